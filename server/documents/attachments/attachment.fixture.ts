// The documents domain on a real database and a real disk, with a clock that stands still, for the tests of sharing, attachments and downloads.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import type { OpenTestDatabase } from '@muster/testkit/database.ts';
import { createSeededIds } from '@muster/testkit/random.ts';
import { requestContext, scopeOf } from '@muster/testkit/request-context.ts';
import type { TestContextOptions } from '@muster/testkit/request-context.ts';
import { createBlobs } from '../../platform/blobs/blobs.ts';
import { sealWith } from '../../platform/seal/index.ts';
import { createPageTokens } from '../../platform/store/index.ts';
import { createTags, migrations as tagMigrations } from '../../platform/tags/index.ts';
import { createDocuments, migrations } from '../index.ts';
import type { DocumentsOptions } from '../index.ts';

export const PUBLIC_URL = 'https://muster.test';
export const NEIGHBOUR = scopeOf('210987654321', 'us-east-1');

export const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

export async function* inPieces(bytes: string | Buffer): AsyncGenerator<Uint8Array> {
  const whole = Buffer.from(bytes);
  for (let start = 0; start < whole.length; start += 1000) yield whole.subarray(start, start + 1000);
}

export async function openDocuments(open: OpenTestDatabase, over: Partial<DocumentsOptions> = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'muster-documents-'));
  const database = await open([tagMigrations, migrations]);
  const clock = createSimulatedClock(new Date('2027-03-01T10:00:00Z'));
  const ids = createSeededIds(1);
  const blobs = createBlobs({ dataDir, ids, clock });
  const documents = createDocuments({
    database,
    tags: createTags(),
    clock,
    pageTokens: createPageTokens(Buffer.alloc(32, 1)),
    ids,
    blobs,
    seal: sealWith(Buffer.alloc(32, 1), ids),
    publicUrl: PUBLIC_URL,
    ...over,
  });
  const call = async <Output>(name: string, input: object, options: Partial<TestContextOptions> = {}): Promise<Output> => {
    const bound = documents.operations.find((operation) => operation.name === name);
    assert.ok(bound, name);
    const ctx = requestContext({ now: clock.now(), ...options });
    const output = await bound.handle(ctx, input);
    if (bound.audit === 'write') assert.equal(ctx.journaled.length, 1, 'a write is journaled exactly once');
    return output as Output;
  };
  /** Announces and stores a file; how to name it in `Attachments`. */
  const upload = async (name: string, bytes: string | Buffer, options: Partial<TestContextOptions> = {}) => {
    const input = { Sha256: sha256(bytes), SizeBytes: Buffer.byteLength(bytes) };
    const made = await call<{ UploadUrl: string; AttachmentUrl: string }>('CreateAttachmentUpload', input, options);
    const { pathname, searchParams } = new URL(made.UploadUrl);
    const ready = await documents.downloads.findUpload(pathname, searchParams);
    assert.ok(!('status' in ready));
    assert.equal(await ready.store(inPieces(bytes)), undefined);
    return { Key: 'S3FileUrl', Values: [made.AttachmentUrl], Name: name };
  };
  return {
    database,
    clock,
    blobs,
    dataDir,
    documents,
    call,
    upload,
    async [Symbol.asyncDispose]() {
      await database.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

export const script = (command = 'true'): string =>
  JSON.stringify({
    schemaVersion: '2.2',
    mainSteps: [{ action: 'aws:runShellScript', name: 'one', inputs: { runCommand: [command] } }],
  });

/** A manifest that promises `files`, all for every machine. */
export const manifest = (files: Readonly<Record<string, string | Buffer>>, version = '1.0.0'): string =>
  JSON.stringify({
    schemaVersion: '2.0',
    version,
    packages: { _any: { _any: Object.fromEntries(Object.keys(files).map((file, index) => [`arch${index}`, { file }])) } },
    files: Object.fromEntries(
      Object.entries(files).map(([file, bytes]) => [
        file,
        { checksums: { sha256: sha256(bytes) }, size: Buffer.byteLength(bytes) },
      ]),
    ),
  });

/** For `assert.rejects`: the error's code and what its sentence says. */
export const refusedWith =
  (code: string, sentence = /./) =>
  (error: unknown): true => {
    assert.ok(error instanceof Error);
    assert.equal(error.name, code, error.message);
    assert.match(error.message, sentence);
    return true;
  };
