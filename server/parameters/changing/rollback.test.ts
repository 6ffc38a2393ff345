// Muster.RollbackParameter on every database: what comes back, what stays, and who is told that it came too late.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import { NOW, setUp } from '../parameters.fixture.ts';

type Kit = Awaited<ReturnType<typeof setUp>>;
interface RolledBack {
  readonly Version: number;
  readonly RestoredVersion: number;
  readonly Tier: string;
}

const rollback = (kit: Kit, input: object) => kit.call<RolledBack>('RollbackParameter', input);
async function newest(kit: Kit, Name: string): Promise<Record<string, unknown>> {
  const { Parameters } = await kit.call<{ Parameters: Record<string, unknown>[] }>('GetParameterHistory', {
    Name,
    WithDecryption: true,
  });
  return Parameters.at(-1) ?? {};
}

eachDatabase((_kind, open) => {
  test('an older version comes back as a new one with its value, type, description, pattern and data type', async () => {
    await using kit = await setUp(open);
    await kit.put('/r', '80', { Description: 'port', AllowedPattern: '^\\d+$' });
    await kit.put('/r', 'a,b', { Type: 'StringList', Overwrite: true, Description: 'hosts', AllowedPattern: '' });
    assert.deepEqual(await rollback(kit, { Name: '/r', ParameterVersion: 1 }), {
      Version: 3,
      RestoredVersion: 1,
      Tier: 'Standard',
    });
    assert.partialDeepStrictEqual(await newest(kit, '/r'), {
      Version: 3,
      Value: '80',
      Type: 'String',
      Description: 'port',
      AllowedPattern: '^\\d+$',
      Labels: [],
    });
    await rollback(kit, { Name: '/r', ParameterVersion: 2 });
    const { AllowedPattern, ...back } = await newest(kit, '/r');
    assert.equal(AllowedPattern, undefined);
    assert.partialDeepStrictEqual(back, { Version: 4, Value: 'a,b', Type: 'StringList', Description: 'hosts' });
  });

  test('a description that was not there then is not there afterwards', async () => {
    await using kit = await setUp(open);
    await kit.put('/r', '1');
    await kit.put('/r', '2', { Overwrite: true, Description: 'later' });
    await rollback(kit, { Name: '/r', ParameterVersion: 1 });
    assert.equal((await newest(kit, '/r'))['Description'], undefined);
  });

  test('tier and policies stay those of the newest version', async () => {
    await using kit = await setUp(open);
    await kit.put('/r', '1');
    const Policies = JSON.stringify([
      { Type: 'Expiration', Version: '1.0', Attributes: { Timestamp: new Date(NOW.getTime() + 86_400_000).toISOString() } },
    ]);
    await kit.put('/r', '2', { Overwrite: true, Tier: 'Advanced', Policies });
    assert.equal((await rollback(kit, { Name: '/r', ParameterVersion: 1 })).Tier, 'Advanced');
    const { Tier, Policies: kept } = await newest(kit, '/r');
    assert.equal(Tier, 'Advanced');
    assert.equal((kept as readonly { PolicyType: string }[])[0]?.PolicyType, 'Expiration');
  });

  test('a secret comes back by a label, sealed anew', async () => {
    await using kit = await setUp(open);
    await kit.put('/s', 'good secret', { Type: 'SecureString' });
    await kit.call('LabelParameterVersion', { Name: '/s', ParameterVersion: 1, Labels: ['good'] });
    await kit.put('/s', 'z'.repeat(5_000), { Type: 'SecureString', Overwrite: true, Tier: 'Advanced' });
    await rollback(kit, { Name: '/s', Label: 'good' });
    assert.partialDeepStrictEqual(await newest(kit, '/s'), { Version: 3, Value: 'good secret', KeyId: 'alias/aws/ssm' });
    const sealed = async (Name: string) =>
      (await kit.call<{ Parameter: { Value: string } }>('GetParameter', { Name })).Parameter.Value;
    assert.notEqual(await sealed('/s:3'), await sealed('/s:1'));
  });

  test('whoever says which version is the newest is told when it is not', async () => {
    await using kit = await setUp(open);
    await kit.put('/r', '1');
    await kit.put('/r', '2', { Overwrite: true });
    await assert.rejects(rollback(kit, { Name: '/r', ParameterVersion: 1, ExpectedVersion: 1 }), {
      name: 'TooManyUpdates',
      message: /^The newest version of \/r is 2, not 1\./,
    });
    assert.equal((await rollback(kit, { Name: '/r', ParameterVersion: 1, ExpectedVersion: 2 })).Version, 3);
  });

  test('of many rollbacks and puts at once each makes a version of its own or is told TooManyUpdates', async () => {
    await using kit = await setUp(open);
    await kit.put('/r', 'first', { Type: 'SecureString' });
    await kit.put('/r', 'second', { Type: 'SecureString', Overwrite: true });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, at) =>
        at % 2 === 0
          ? rollback(kit, { Name: '/r', ParameterVersion: 1 })
          : kit.put('/r', `value ${at}`, { Type: 'SecureString', Overwrite: true }),
      ),
    );
    const made = outcomes.flatMap((outcome) => {
      if (outcome.status === 'fulfilled') return [outcome.value.Version];
      assert.equal((outcome.reason as Error).name, 'TooManyUpdates');
      return [];
    });
    assert.deepEqual(
      made.toSorted((a, b) => a - b),
      Array.from({ length: made.length }, (_, at) => at + 3),
    );
  });

  test('what is not there, or not said, is refused', async () => {
    await using kit = await setUp(open);
    await kit.put('/r', '1');
    await assert.rejects(rollback(kit, { Name: '/none', ParameterVersion: 1 }), { name: 'ParameterNotFound' });
    await assert.rejects(rollback(kit, { Name: '/r', ParameterVersion: 7 }), {
      name: 'ParameterVersionNotFound',
      message: 'Systems Manager could not find version 7 of /r. Verify the version and try again.',
    });
    await assert.rejects(rollback(kit, { Name: '/r', Label: 'nobody' }), { name: 'ParameterVersionNotFound' });
    await assert.rejects(rollback(kit, { Name: '/r' }), { name: 'ValidationException' });
    await assert.rejects(rollback(kit, { Name: '/r', ParameterVersion: 1, Label: 'x' }), { name: 'ValidationException' });
    await assert.rejects(rollback(kit, { Name: '/aws/service/x', ParameterVersion: 1 }), { name: 'AccessDeniedException' });
  });

  test('it needs the rights of the read and of the put, on the key as well', async () => {
    await using kit = await setUp(open);
    await kit.put('/s', 'one', { Type: 'SecureString' });
    for (const missing of ['ssm:GetParameter', 'ssm:PutParameter', 'kms:Decrypt', 'kms:Encrypt'])
      await assert.rejects(
        kit.call('RollbackParameter', { Name: '/s', ParameterVersion: 1 }, { allowed: (action) => action !== missing }),
        { name: 'AccessDeniedException' },
        missing,
      );
    assert.equal((await newest(kit, '/s'))['Version'], 1);
  });
});
