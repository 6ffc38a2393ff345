// What the world is told when a parameter policy is due: EventBridge's events, word for word, in the unit of work that does what they tell.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import type { OutboxTables } from '../../platform/outbox/tables.ts';
import { tables } from '../../platform/store/index.ts';
import { NOW, setUp } from '../parameters.fixture.ts';

const policy = (Type: string, Attributes: object) => ({ Type, Version: '1.0', Attributes });
const later = (hours: number) => new Date(NOW.getTime() + hours * 3_600_000);
const RESOURCES = JSON.stringify(['arn:aws:ssm:us-east-1:123456789012:parameter/a/p']);

eachDatabase((_kind, open) => {
  test('each policy is told once with its own text, an expiration with the end of the parameter, and never a value', async () => {
    await using kit = await setUp(open);
    const [reconciler] = kit.parameters.reconcilers;
    assert.ok(reconciler);
    const expiration = policy('Expiration', { Timestamp: later(5).toISOString() });
    const before = policy('ExpirationNotification', { Before: '2', Unit: 'Hours' });
    const quiet = policy('NoChangeNotification', { After: '1', Unit: 'Hours' });
    const Policies = JSON.stringify([expiration, before, quiet], undefined, 2);
    await kit.put('/a/p', 'nobody-is-told-this', { Type: 'SecureString', Tier: 'Advanced', Policies, Description: 'why' });
    for (let hour = 0; hour <= 6; hour += 1)
      for (const key of await reconciler.due(later(hour), 10)) await reconciler.reconcile(key, later(hour));
    assert.deepEqual(await reconciler.due(later(1_000), 10), []);
    const rows = await kit.database.read((tx) =>
      tables<OutboxTables>(tx).selectFrom('outbox_event').selectAll().orderBy('id').execute(),
    );
    const told = (written: { Type: string }, hours: number, reason: string) => ({
      type: 'Parameter Store Policy Action',
      at: later(hours).getTime(),
      detail: {
        'parameter-name': '/a/p',
        'parameter-type': 'SecureString',
        'policy-type': written.Type,
        'policy-content': JSON.stringify(written),
        'action-status': 'Success',
        'action-reason': reason,
      },
    });
    const change = (operation: string, hours: number) => ({
      type: 'Parameter Store Change',
      at: later(hours).getTime(),
      detail: { name: '/a/p', type: 'SecureString', operation, description: 'why' },
    });
    assert.deepEqual(
      rows.map((row) => ({ type: row.detail_type, at: row.at, detail: JSON.parse(row.detail) as unknown })),
      [
        change('Create', 0),
        told(quiet, 1, 'NoChangeNotification policy is due'),
        told(before, 3, 'ExpirationNotification policy is due'),
        told(expiration, 5, 'Expiration timestamp exceeded'),
        change('Delete', 5),
      ],
    );
    assert.ok(rows.every(({ source, resources }) => source === 'aws.ssm' && resources === RESOURCES));
    assert.doesNotMatch(JSON.stringify(rows), /nobody-is-told-this/);
  });
});
