// The parameters domain on a test's database, with real keys, called through its operations.
import assert from 'node:assert/strict';
import type { OpenTestDatabase } from '@muster/testkit/database.ts';
import { quietLog } from '@muster/testkit/database.ts';
import { createSeededIds } from '@muster/testkit/random.ts';
import { requestContext, type TestContextOptions } from '@muster/testkit/request-context.ts';
import { listener } from '@muster/testkit/outbox-sink.ts';
import { createKeys, migrations as keyMigrations } from '../cloud/keys/index.ts';
import type { Region } from '../platform/ids.ts';
import { createOutbox, migrations as outboxMigrations } from '../platform/outbox/index.ts';
import { sealWith } from '../platform/seal/index.ts';
import { createPageTokens, type Tx } from '../platform/store/index.ts';
import { createTags, migrations as tagMigrations } from '../platform/tags/index.ts';
import { systemClock } from '../platform/time/clock.ts';
import { createParameters, migrations, type ParameterLimits } from './index.ts';

export const NOW = new Date('2027-03-01T10:00:00Z');

/** Replicas of one database each have a `seed` of their own. */
export async function setUp(open: OpenTestDatabase, limits: ParameterLimits = {}, seed = 1) {
  const database = await open([tagMigrations, outboxMigrations, keyMigrations, migrations]);
  const tags = createTags();
  const ids = createSeededIds(seed);
  const clock = systemClock;
  const seal = sealWith(Buffer.alloc(32, 1), ids);
  const pageTokens = createPageTokens(Buffer.alloc(32, 1));
  const outbox = createOutbox({ clock, ids, sinks: [listener] });
  const { keys } = createKeys({
    database,
    tags,
    clock,
    ids,
    seal,
    pageTokens,
    log: quietLog,
    journal: { write: () => Promise.resolve() },
    whyNotPolicy: () => undefined,
  });
  const parameters = createParameters({
    database,
    tags,
    outbox,
    ids,
    clock,
    keys,
    seal,
    journal: { write: () => Promise.resolve() },
    wakeups: { wake: () => undefined },
    limits,
    regions: ['us-east-1' as Region],
    authorizer: {
      open: (principal) =>
        Promise.resolve({
          decide: (_action, resources) =>
            Promise.resolve(
              resources.map((arn) => ({ allowed: principal.kind === 'administrator' && !arn.endsWith('/hidden'), reason: '' })),
            ),
        }),
    },
  });
  const call = async <Output = Record<string, unknown>>(
    name: string,
    input: object,
    options: Partial<TestContextOptions> = {},
  ): Promise<Output> => {
    const bound = parameters.operations.find(
      (operation) =>
        operation.name === name && (operation.service === 'ssm' || name === 'WatchParameters' || name === 'RollbackParameter'),
    );
    assert.ok(bound, name);
    const runs: Tx[] = [];
    const journal = { write: async (tx: Tx) => void runs.push(tx), later: () => undefined, durably: () => Promise.resolve() };
    const ctx = requestContext({ now: NOW, journal, ...options });
    const output = await bound.handle(ctx, input);
    // On PostgreSQL a unit may run again, in a transaction of its own.
    if (bound.audit === 'write') assert.ok(runs.length > 0, 'a write is journaled');
    assert.equal(new Set(runs).size, runs.length, 'in one transaction once');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the operation's own output
    return output as Output;
  };
  const put = (Name: string, Value: string, more: object = {}, options: Partial<TestContextOptions> = {}) =>
    call<{ Version: number; Tier: string }>('PutParameter', { Name, Value, Type: 'String', ...more }, options);
  return { database, tags, parameters, call, put, [Symbol.asyncDispose]: () => database.close() };
}
