// A file that a document can name as an attachment: announced by a signed call, which the AWS CLI does not know, then PUT.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { muster } from './muster-call.ts';
import type { RunningServer } from './running-server.ts';

export const sha256Of = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Answers the AttachmentUrl. */
export async function upload(server: RunningServer, bytes: Buffer): Promise<string> {
  const input = { Sha256: sha256Of(bytes), SizeBytes: bytes.length };
  const { UploadUrl, AttachmentUrl } = await muster(server, 'CreateAttachmentUpload', input);
  const ca = readFileSync(server.caFile, 'utf8');
  const sending = request(String(UploadUrl), { method: 'PUT', ca, agent: false }).end(bytes);
  const [answer] = await once(sending, 'response');
  const said = Buffer.concat(await answer.toArray()).toString();
  assert.equal(answer.statusCode, 200, said);
  return String(AttachmentUrl);
}
