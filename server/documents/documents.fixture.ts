// The documents domain on a test's database, called through its operations.
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import type { OpenTestDatabase } from '@muster/testkit/database.ts';
import { createSeededIds } from '@muster/testkit/random.ts';
import { requestContext } from '@muster/testkit/request-context.ts';
import type { TestContextOptions } from '@muster/testkit/request-context.ts';
import { createBlobs } from '../platform/blobs/blobs.ts';
import { sealWith } from '../platform/seal/index.ts';
import { createPageTokens } from '../platform/store/index.ts';
import { createTags, migrations as tagMigrations } from '../platform/tags/index.ts';
import { systemClock } from '../platform/time/clock.ts';
import { createDocuments, migrations } from './index.ts';

export const NOW = new Date('2027-03-01T10:00:00Z');

export async function setUp(open: OpenTestDatabase) {
  const database = await open([tagMigrations, migrations]);
  const tags = createTags();
  const ids = createSeededIds(1);
  const documents = createDocuments({
    database,
    tags,
    clock: systemClock,
    pageTokens: createPageTokens(Buffer.alloc(32, 1)),
    ids,
    blobs: createBlobs({ dataDir: tmpdir(), ids, clock: systemClock }),
    seal: sealWith(Buffer.alloc(32, 1), ids),
    publicUrl: 'https://muster.test',
  });
  const call = async <Output>(name: string, input: object, options: Partial<TestContextOptions> = {}): Promise<Output> => {
    const bound = documents.operations.find((operation) => operation.name === name);
    assert.ok(bound, name);
    const ctx = requestContext({ now: NOW, ...options });
    const output = await bound.handle(ctx, input);
    if (bound.audit === 'write') assert.equal(ctx.journaled.length, 1, 'a write is journaled exactly once');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the operation's own output
    return output as Output;
  };
  return { database, tags, documents, call, [Symbol.asyncDispose]: () => database.close() };
}

/** For `assert.rejects`: an API error of this code that says something. */
export const code = (name: string) => (error: unknown) => {
  assert.ok(error instanceof Error);
  assert.equal(error.name, name, error.message);
  assert.ok(error.message.length > 0 || name === 'InvalidFilterKey');
  return true;
};
