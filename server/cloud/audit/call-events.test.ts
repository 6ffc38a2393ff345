// What is told to the world of a recorded call, and how callers of each kind are named in it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, NodeId, Region } from '../../platform/ids.ts';
import type { JournalRecord } from '../../platform/journal/index.ts';
import type { OutboxEvent } from '../../platform/outbox/index.ts';
import type { Tx } from '../../platform/store/index.ts';
import { tellCalls } from './call-events.ts';
import { cloudTrailEvent } from './cloud-trail-event.ts';

const account = '123456789012' as AccountId;
const region = 'eu-central-1' as Region;
const base = { account, accessKeyId: 'ASIAEXAMPLE' };

const record = (over: Partial<JournalRecord>): JournalRecord => ({
  account,
  region,
  sequence: 7,
  requestId: 'request',
  at: new Date('2027-01-02T03:04:05.678Z'),
  eventSource: 'ssm.amazonaws.com',
  eventName: 'StartSession',
  auditClass: 'secret',
  principal: { ...base, kind: 'user', arn: `arn:aws:iam::${account}:user/ann`, userId: 'AIDA', userName: 'ann' },
  sourceIp: '192.0.2.1',
  userAgent: 'aws-cli',
  requestParameters: '{"target":"mi-1"}',
  resources: ['arn:aws:ssm:eu-central-1:123456789012:managed-instance/mi-1', '*'],
  ...over,
});

async function told(...records: readonly JournalRecord[]): Promise<OutboxEvent[]> {
  const events: OutboxEvent[] = [];
  const put = (_tx: Tx, given: readonly OutboxEvent[]) => Promise.resolve(void events.push(...given));
  await tellCalls({ isHeard: true, put })(undefined as unknown as Tx, records);
  return events;
}

test('a session that starts is an event that rules match, a read is none', async () => {
  const [event, ...more] = await told(
    record({}),
    record({ eventName: 'DescribeSessions', auditClass: 'read' }),
    record({ eventName: 'GetParameter', auditClass: 'secret' }),
  );
  assert.deepEqual(more, []);
  assert.deepEqual([event?.source, event?.detailType], ['aws.ssm', 'AWS API Call via CloudTrail']);
  const detail = event?.detail ?? {};
  assert.deepEqual(
    [detail['eventName'], detail['eventTime'], detail['requestParameters'], detail['readOnly']],
    ['StartSession', '2027-01-02T03:04:05Z', { target: 'mi-1' }, false],
  );
  assert.deepEqual(detail['resources'], [
    { accountId: account, type: 'AWS::SSM::ManagedInstance', ARN: 'arn:aws:ssm:eu-central-1:123456789012:managed-instance/mi-1' },
  ]);
});

test('what is too large for the bus is told without its parameters', async () => {
  const [event] = await told(record({ requestParameters: JSON.stringify({ text: 'x'.repeat(300_000) }) }));
  assert.deepEqual(event?.detail['requestParameters'], { omitted: true, reason: 'requestParameters too large' });
});

test('users, roles, nodes, nobody and the server itself are told apart', () => {
  const identity = (principal: JournalRecord['principal']) => cloudTrailEvent(record({ principal }))['userIdentity'];
  assert.deepEqual(identity(record({}).principal), {
    type: 'IAMUser',
    principalId: 'AIDA',
    arn: `arn:aws:iam::${account}:user/ann`,
    accountId: account,
    accessKeyId: 'ASIAEXAMPLE',
    userName: 'ann',
  });
  const session = `arn:aws:sts::${account}:assumed-role/admin/bob`;
  const issuer = {
    type: 'Role',
    principalId: 'AROA',
    arn: `arn:aws:iam::${account}:role/x/admin`,
    accountId: account,
    userName: 'admin',
  };
  assert.deepEqual(
    identity({
      ...base,
      kind: 'role',
      arn: session,
      userId: 'AROA:bob',
      roleName: 'admin',
      roleArn: issuer.arn,
      sessionName: 'bob',
      issuedAt: '2027-01-02T00:00:00Z',
      tags: {},
      transitiveTagKeys: [],
      sessionPolicies: undefined,
    }),
    {
      type: 'AssumedRole',
      principalId: 'AROA:bob',
      arn: session,
      accountId: account,
      accessKeyId: 'ASIAEXAMPLE',
      sessionContext: {
        sessionIssuer: issuer,
        attributes: { creationDate: '2027-01-02T00:00:00Z', mfaAuthenticated: 'false' },
      },
    },
  );
  const node = { kind: 'node', nodeId: 'mi-1' as NodeId, region, roleName: 'MusterNode', signedWith: 'node-key' } as const;
  const seen = identity({ ...base, ...node, arn: `arn:aws:sts::${account}:assumed-role/MusterNode/mi-1`, userId: 'AROA:mi-1' });
  assert.deepEqual((seen as { type: string }).type, 'AssumedRole');
  assert.deepEqual(identity({ ...base, kind: 'anonymous', arn: '', userId: '' }), {
    type: 'AWSAccount',
    principalId: '',
    accountId: 'ANONYMOUS_PRINCIPAL',
  });
  assert.deepEqual(identity({ kind: 'service', account, service: 'cloudtrail.amazonaws.com', accessKeyId: '' }), {
    type: 'AWSService',
    invokedBy: 'cloudtrail.amazonaws.com',
  });
});
