// Every data directory that an earlier version left behind opens: its rows are read through the API, and what was under way comes to its end.
// The fixtures are SQL text (see scripts/dump-data-directory.ts); a landed one is never edited.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { Simulation } from '@muster/testkit/simulation.ts';

const FIXTURES = join(import.meta.dirname, 'testdata/data-directories');
/** Longer than any command of the fixtures lives. */
const AFTERWARDS_MS = 3 * 3_600_000;

/** Of the fourth fixture, which was made by a server whose master key is that of the simulations: see scripts/dump-data-directory.ts. */
const ARN = 'arn:aws:ssm:us-east-1:000000000000:parameter';
const KEYS = {
  app: '8703472a-f841-49db-b7d8-bf6633cc34e8',
  off: 'aa46461f-d606-4945-828b-97ba1ac0e7ae',
  gone: '948391f3-36ca-4618-b030-5a4744149731',
  limited: '41780710-ff2a-435f-ad6d-9b228e558899',
};
const BEFORE_THE_ROTATION =
  'AYcDRyr4QUnbt9i/ZjPMNOgAAAAAAAAAAAABzC0BOoclqrYX2p2NrvgaO5OzW0Dm1jrh1VP61n7zp0iFRI/6WMhx118x3UFsZaZpNJmlXzhxMQKpodjwz3PBGcrJi1GCIs8N';

interface CommandAnswer {
  readonly Comment: string;
  readonly Status: string;
  readonly StatusDetails: string;
}

async function openFixture(name: string, now: Date): Promise<Simulation> {
  const simulation = new Simulation({
    seed: 1,
    now,
    prepare(directory) {
      const database = new DatabaseSync(join(directory, 'muster.db'));
      database.exec(readFileSync(join(FIXTURES, name), 'utf8'));
      database.close();
    },
  });
  await simulation.start();
  return simulation;
}

async function commandsByComment(simulation: Simulation): Promise<Record<string, string>> {
  const { body } = await simulation.call('ListCommands', {});
  const commands = body['Commands'] as CommandAnswer[];
  return Object.fromEntries(commands.map((command) => [command.Comment, command.StatusDetails]));
}

test('0001: commands, nodes and documents of the first version are read, and its open commands end', async () => {
  const simulation = await openFixture('0001-first-command.sql', new Date('2026-11-21T02:55:00Z'));
  try {
    assert.deepEqual(await commandsByComment(simulation), {
      succeeds: 'Success',
      'never answers': 'InProgress',
      'one succeeds, one fails, one is off': 'InProgress',
    });
    const nodes = await simulation.call('DescribeInstanceInformation', {});
    assert.equal((nodes.body['InstanceInformationList'] as unknown[]).length, 3);
    const document = await simulation.call('GetDocument', { Name: 'Hello', DocumentVersion: '$LATEST' });
    assert.match(String(document.body['Content']), /hello \{\{ who \}\}/);

    await simulation.clock.advance(AFTERWARDS_MS);
    assert.deepEqual(await commandsByComment(simulation), {
      succeeds: 'Success',
      'never answers': 'DeliveryTimedOut',
      'one succeeds, one fails, one is off': 'Incomplete',
    });
  } finally {
    await simulation.stop();
  }
});

test('every fixture has a test', () => {
  const tested = new Set(readFileSync(import.meta.filename, 'utf8').match(/\d{4}-[\w-]+\.sql/g));
  assert.deepEqual(
    readdirSync(FIXTURES).filter((name) => !tested.has(name)),
    [],
  );
});

test('0002: documents of every kind, a paused command and the output of a running one are as they were, and the rollout goes on', async () => {
  const simulation = await openFixture('0002-documents-and-rollouts.sql', new Date('2026-11-21T06:17:00Z'));
  const ok = async (service: string, operation: string, input: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const { status, body } = await simulation.callOf(service, operation, input);
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  };
  try {
    assert.deepEqual(await commandsByComment(simulation), {
      'two steps': 'Success',
      failed: 'Failed',
      'long output': 'Success',
      paused: 'InProgress',
      'still runs': 'InProgress',
    });
    for (const [name, type, format] of [
      ['Say', 'Command', 'YAML'],
      ['MyShell', 'Session', 'JSON'],
      ['Nap', 'Automation', 'JSON'],
      ['Holidays', 'ChangeCalendar', 'TEXT'],
      ['HelloPkg', 'Package', 'JSON'],
    ]) {
      const { Document } = await ok('ssm', 'DescribeDocument', { Name: name });
      const { DocumentType, DocumentFormat } = Document as Record<string, unknown>;
      assert.deepEqual([DocumentType, DocumentFormat], [type, format]);
    }
    const { AttachmentsContent } = await ok('ssm', 'GetDocument', { Name: 'HelloPkg' });
    assert.equal((AttachmentsContent as { Name: string }[])[0]?.Name, 'h.zip');
    const { AccountIds } = await ok('ssm', 'DescribeDocumentPermission', { Name: 'Say', PermissionType: 'Share' });
    assert.deepEqual(AccountIds, ['210987654321']);

    const { Commands } = await ok('ssm', 'ListCommands', {});
    const idOf = (comment: string): string =>
      (Commands as { Comment: string; CommandId: string }[]).find((one) => one.Comment === comment)?.CommandId ?? '';
    const { CommandInvocations } = await ok('ssm', 'ListCommandInvocations', { CommandId: idOf('long output') });
    const [{ InstanceId } = { InstanceId: '' }] = CommandInvocations as { InstanceId: string }[];
    const page = await ok('muster', 'GetCommandOutput', { CommandId: idOf('long output'), InstanceId, MaxBytes: 200_000 });
    const text = Buffer.from(String(page['Data']), 'base64').toString();
    assert.deepEqual([text.length, page['Complete'], page['Whole']], [108_898, true, true]);
    assert.match(text, /^1\n2\n[^]*\n20000\nend\n$/);

    const { Command: paused } = await ok('muster', 'DescribeCommand', { CommandId: idOf('paused') });
    const { Paused, PausedReason, Counts } = paused as { Paused: boolean; PausedReason: string; Counts: Record<string, number> };
    assert.deepEqual([Paused, PausedReason, Counts['Pending'], Counts['InFlight']], [true, 'night', 1, 1]);
    await ok('muster', 'ResumeCommand', { CommandId: idOf('paused') });
    await simulation.clock.advance(AFTERWARDS_MS);
    const after = await commandsByComment(simulation);
    assert.deepEqual([after['paused'], after['still runs']], ['DeliveryTimedOut', 'DeliveryTimedOut']);
  } finally {
    await simulation.stop();
  }
});

test('0003: users, roles and policies decide as they did, and the record is read', async () => {
  const simulation = await openFixture('0003-identity-and-audit.sql', new Date('2026-11-21T06:45:00Z'));
  const decision = async (action: string): Promise<unknown> => {
    const asked = { PrincipalArn: 'arn:aws:iam::000000000000:user/team/ann', Action: action, Resource: '*' };
    const { status, body } = await simulation.callOf('muster', 'ExplainAccess', asked);
    assert.equal(status, 200, JSON.stringify(body));
    return body['Decision'];
  };
  try {
    // By the group's policy within the boundary; outside of both; by the user's own Deny.
    assert.equal(await decision('ssm:DescribeInstanceInformation'), 'allowed');
    assert.equal(await decision('ssm:CreateActivation'), 'implicitDeny');
    assert.equal(await decision('ssm:DeleteDocument'), 'explicitDeny');
    const events = await simulation.callOf('cloudtrail', 'LookupEvents', {
      LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'CreateUser' }],
    });
    assert.deepEqual([events.status, (events.body['Events'] as unknown[]).length], [200, 1]);
    const trails = await simulation.callOf('cloudtrail', 'DescribeTrails', {});
    assert.equal((trails.body['trailList'] as { Name: string }[])[0]?.Name, 'everything');
  } finally {
    await simulation.stop();
  }
});

test('0004: keys open what they sealed, parameters have their versions, and the chain of the journal still holds', async () => {
  const simulation = await openFixture('0004-keys-and-parameters.sql', new Date('2026-11-21T09:00:00Z'));
  const { call, ok } = callsOf(simulation);
  const valueOf = async (Name: string): Promise<unknown> => {
    const { Parameter } = await ok('ssm', 'GetParameter', { Name, WithDecryption: true });
    return (Parameter as { Value: string }).Value;
  };
  const history = async (Name: string): Promise<unknown[]> => {
    const { Parameters } = await ok('ssm', 'GetParameterHistory', { Name, WithDecryption: true });
    return (Parameters as { Version: number; Value: string; Labels: string[] }[]).map((one) => [
      one.Version,
      one.Value,
      one.Labels.join(),
    ]);
  };
  try {
    // Small and large, under AWS's key and our own, before and after a rotation.
    assert.deepEqual(await history('/app/password'), [
      [1, 'first secret of the fixture', 'old'],
      [2, 'second secret of the fixture', ''],
    ]);
    assert.equal(await valueOf('/app/certificate'), `large secret ${'x'.repeat(5_000)} end`);
    assert.equal(await valueOf('/app/before'), 'sealed before the rotation');
    const opened = await ok('kms', 'Decrypt', { CiphertextBlob: BEFORE_THE_ROTATION, EncryptionContext: { stage: 'test' } });
    assert.equal(Buffer.from(String(opened['Plaintext']), 'base64').toString(), 'from before the rotation');
    const keyState = async (KeyId: string): Promise<unknown> => {
      const { KeyMetadata } = await ok('kms', 'DescribeKey', { KeyId });
      return (KeyMetadata as { KeyState: string }).KeyState;
    };
    const refused = await call('ssm', 'GetParameter', { Name: '/app/off', WithDecryption: true });
    assert.deepEqual([refused.status, await keyState('alias/off')], [400, 'Disabled']);
    const { Keys } = await ok('kms', 'ListKeys', {});
    const states = await Promise.all((Keys as { KeyId: string }[]).map(async ({ KeyId }) => String(await keyState(KeyId))));
    assert.deepEqual(states.toSorted(), ['Disabled', 'Enabled', 'Enabled', 'Enabled', 'PendingDeletion']);
    const { Rotations } = await ok('kms', 'ListKeyRotations', { KeyId: KEYS.app });
    assert.equal((Rotations as unknown[]).length, 1);
    const { Policy } = await ok('kms', 'GetKeyPolicy', { KeyId: KEYS.limited });
    assert.match(String(Policy), /user\/ann/);
    await ok('kms', 'EnableKey', { KeyId: KEYS.off });
    assert.equal(await valueOf('/app/off'), 'cannot be opened while its key is off');

    assert.deepEqual(await history('/app/colour'), [
      [1, 'green', 'first'],
      [2, 'blue', 'stable'],
      [3, 'red', ''],
    ]);
    const pattern = await call('ssm', 'PutParameter', { Name: '/app/colour', Value: 'RED', Overwrite: true });
    assert.match(JSON.stringify(pattern.body), /ParameterPatternMismatch/);
    const names = async (filter: object): Promise<unknown[]> => {
      const { Parameters } = await ok('ssm', 'DescribeParameters', { ParameterFilters: [filter], MaxResults: 50 });
      return (Parameters as { Name: string }[]).map(({ Name }) => Name);
    };
    assert.deepEqual(await names({ Key: 'tag:team', Values: ['blue'] }), ['/app/colour']);
    assert.deepEqual(await names({ Key: 'Type', Values: ['StringList'] }), ['/app/hosts']);
    assert.deepEqual(await names({ Key: 'KeyId', Values: ['alias/app'] }), ['/app/before', '/app/certificate']);
    assert.deepEqual(await names({ Key: 'Tier', Values: ['Advanced'] }), ['/app/certificate', '/app/expires', '/shared/a']);
    assert.deepEqual(await names({ Key: 'Path', Values: ['/app/deep'], Option: 'Recursive' }), ['/app/deep/er/value']);
    assert.equal((await names({ Key: 'Name', Option: 'Contains', Values: ['a'] })).length, 11);
    const { Policies } = await ok('ssm', 'GetResourcePolicies', { ResourceArn: `${ARN}/shared/a` });
    assert.match(JSON.stringify(Policies), /210987654321/);
    assert.equal((await call('ssm', 'GetParameter', { Name: '/full:3' })).status, 400);
    assert.equal(await valueOf('/full:4'), '4');
    assert.equal((await ok('ssm', 'PutParameter', { Name: '/full', Value: '104', Overwrite: true }))['Version'], 104);
    assert.equal((await call('ssm', 'GetParameter', { Name: '/deleted' })).status, 400);
    const verified = await ok('muster', 'VerifyAudit', {});
    assert.deepEqual([verified['Problems'], Number(verified['VerifiedCount']) >= 140], [[], true]);
  } finally {
    await simulation.stop();
  }
});

test('0004: a year later what was to expire has expired, and the key that was to go is gone', async () => {
  const simulation = await openFixture('0004-keys-and-parameters.sql', new Date('2027-11-22T00:00:00Z'));
  const { call } = callsOf(simulation);
  try {
    await simulation.clock.advance(2 * 60_000);
    const answers = [
      await call('ssm', 'GetParameter', { Name: '/app/expires' }),
      await call('kms', 'DescribeKey', { KeyId: KEYS.gone }),
    ];
    assert.deepEqual(
      answers.map(({ body }) => String(body['__type']).split('#').at(-1)),
      ['ParameterNotFound', 'NotFoundException'],
    );
  } finally {
    await simulation.stop();
  }
});

test('0005: grants, keys for MACs, settings and a trail into two places are as they were, and the chain of the journal still holds', async () => {
  const simulation = await openFixture('0005-grants-settings-and-log-groups.sql', new Date('2026-11-21T10:00:00Z'));
  const { ok } = callsOf(simulation);
  try {
    const { Grants } = await ok('kms', 'ListGrants', { KeyId: '6606245c-a3b4-4fb9-8061-b145adec0e76' });
    assert.partialDeepStrictEqual(Grants, [
      { Name: 'reader', Operations: ['Decrypt', 'DescribeKey'], Constraints: { EncryptionContextSubset: { app: 'web' } } },
    ]);
    const { Mac } = await ok('kms', 'GenerateMac', {
      KeyId: '4a521ccf-ac58-44e7-abb9-9cbbfb63333f',
      MacAlgorithm: 'HMAC_SHA_256',
      Message: Buffer.from('YSBtZXNzYWdl').toString('base64'),
    });
    assert.equal(Mac, 'fmCz4oO71QrdfD1glukkIsEa4zgTW1A2w7CoDLwss9c=');
    const SettingId = '/ssm/parameter-store/default-parameter-tier';
    const { ServiceSetting } = await ok('ssm', 'GetServiceSetting', { SettingId });
    assert.partialDeepStrictEqual(ServiceSetting, { SettingValue: 'Advanced', Status: 'Customized' });
    const { Parameters } = await ok('ssm', 'DescribeParameters', {
      ParameterFilters: [
        { Key: 'tag:env', Values: ['prod'] },
        { Key: 'Tier', Values: ['Advanced'] },
      ],
    });
    assert.partialDeepStrictEqual(Parameters, [{ Name: '/grp/a', Version: 2, Tier: 'Advanced' }]);
    const { trailList } = await ok('cloudtrail', 'DescribeTrails', {});
    assert.partialDeepStrictEqual(trailList, [
      {
        Name: 'both',
        S3BucketName: 'audit',
        LogFileValidationEnabled: true,
        CloudWatchLogsLogGroupArn: 'arn:aws:logs:us-east-1:000000000000:log-group:audit:*',
      },
    ]);
    const verified = await ok('muster', 'VerifyAudit', {});
    assert.deepEqual([verified['Problems'], Number(verified['VerifiedCount']) >= 10], [[], true]);
  } finally {
    await simulation.stop();
  }
});

type Answer = Awaited<ReturnType<Simulation['callOf']>>;

function callsOf(simulation: Simulation) {
  const call = (service: string, operation: string, input: Record<string, unknown>): Promise<Answer> =>
    simulation.callOf(service, operation, input);
  const ok = async (service: string, operation: string, input: Record<string, unknown>): Promise<Answer['body']> => {
    const { status, body } = await call(service, operation, input);
    assert.equal(status, 200, `${operation}: ${JSON.stringify(body)}`);
    return body;
  };
  return { call, ok };
}
