// A file that a document can name as an attachment: announced by a signed call, which the AWS CLI does not know, then PUT.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { createSocketTransport } from '@muster/testkit/fleet/transport.ts';
import { callOperation } from '@muster/testkit/signed-call.ts';
import type { RunningServer } from './running-server.ts';

export const sha256Of = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Answers the AttachmentUrl. */
export async function upload(server: RunningServer, bytes: Buffer): Promise<string> {
  const { environment } = server;
  const credentials = {
    accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
  };
  const ca = readFileSync(server.caFile, 'utf8');
  const transport = createSocketTransport(server.endpoint, ca);
  const caller = { transport, region: environment['AWS_DEFAULT_REGION'] ?? '', now: new Date(), credentials };
  const input = { Sha256: sha256Of(bytes), SizeBytes: bytes.length };
  const { body } = await callOperation(caller, 'muster', 'CreateAttachmentUpload', input);
  transport.close();
  const { UploadUrl = '', AttachmentUrl = '' } = JSON.parse(body) as Record<string, string>;
  const sending = request(UploadUrl, { method: 'PUT', ca, agent: false }).end(bytes);
  const [answer] = await once(sending, 'response');
  const said = Buffer.concat(await answer.toArray()).toString();
  assert.equal(answer.statusCode, 200, said);
  return AttachmentUrl;
}
