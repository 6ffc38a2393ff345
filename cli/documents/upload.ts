// `muster upload`: brings a file into the server that a document can name as an attachment. The file is read twice, once for its
// checksum and once to send it, and never held in memory; when it changes in between, the server refuses it.
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { CommandPage, OptionTable } from '@muster/server/main.ts';
import { AwsError, exchange } from '../aws-call.ts';
import type { AwsEndpoint } from '../aws-call.ts';
import type { Host } from '../host.ts';
import { readOptions, SERVER_ENVIRONMENT, SERVER_EXITS, SERVER_OPTIONS } from '../options.ts';
import { EXIT } from '../run-command/outcome.ts';
import { withServer } from '../server-session.ts';
import { UsageError } from '../usage-error.ts';

const OPTIONS = {
  ...SERVER_OPTIONS,
  json: { ...SERVER_OPTIONS.json, meaning: '{"attachmentUrl":…,"sha256":…,"sizeBytes":…}' },
} as const satisfies OptionTable;

export const UPLOAD_PAGE: CommandPage = {
  command: 'upload',
  what: 'bring a file into the server, for a document to name as an attachment',
  forms: [['muster upload FILE [OPTION]…', 'prints its address and its checksum']],
  examples: [
    ['muster upload package.zip', ''],
    ['aws ssm create-document … --attachments Key=S3FileUrl,Values=ADDRESS,Name=package.zip', 'then'],
  ],
  options: OPTIONS,
  environment: SERVER_ENVIRONMENT,
  exits: SERVER_EXITS,
};

/** A gigabyte over a slow line. */
const UPLOAD_MS_MAX = 60 * 60_000;
const REFUSAL_CHARS_MAX = 500;

export async function uploadCommand(argv: readonly string[], host: Host): Promise<number> {
  const { values, positionals } = readOptions('upload', argv, OPTIONS);
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UsageError('muster upload FILE; muster upload --help');
  const sizeBytes = sizeOf(file);
  return withServer(host, values['data-dir'], async ({ client, endpoint, screen }) => {
    const sha256 = await checksum(file);
    const made = await client.write('muster', 'Muster.CreateAttachmentUpload', { Sha256: sha256, SizeBytes: sizeBytes });
    await put(endpoint, String(made['UploadUrl']), file, sizeBytes);
    const attachmentUrl = String(made['AttachmentUrl']);
    if (values.json === true) screen.printJson({ attachmentUrl, sha256, sizeBytes });
    else for (const line of [attachmentUrl, `sha256 ${sha256}`]) screen.print(line);
    return EXIT.success;
  });
}

function sizeOf(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`no such file: ${file}`);
  if (!found.isFile()) throw new UsageError(`${file} is no file`);
  if (found.size === 0) throw new UsageError(`${file} is empty: an attachment has at least one byte`);
  return found.size;
}

async function checksum(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function put(endpoint: AwsEndpoint, url: string, file: string, sizeBytes: number): Promise<void> {
  const headers = { 'content-length': String(sizeBytes), 'content-type': 'application/octet-stream' };
  const answer = await exchange(
    endpoint,
    { timeoutMs: UPLOAD_MS_MAX },
    (request) => {
      // One byte more than was measured would be one too many: the stream ends where the checksum did.
      const content = createReadStream(file, { end: sizeBytes - 1 });
      content.on('error', (error) => request.destroy(error));
      content.pipe(request);
    },
    { method: 'PUT', headers },
    new URL(url),
  );
  if (answer.status >= 200 && answer.status < 300) return;
  throw new AwsError('UploadRefused', `${answer.status} ${answer.text.slice(0, REFUSAL_CHARS_MAX)}`, answer.status);
}
