// Service settings: their defaults, their changes, and what is not there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import { requestContext, testScope } from '@muster/testkit/request-context.ts';
import type { ServiceSetting } from '../platform/api/models/ssm.types.gen.ts';
import type { Region } from '../platform/ids.ts';
import { createTags, migrations as tagMigrations } from '../platform/tags/index.ts';
import { createAccount, migrations } from './index.ts';

const NOW = new Date('2027-03-01T10:00:00Z');
const TIER = '/ssm/parameter-store/default-parameter-tier';
const ARN = `arn:aws:ssm:${testScope.region}:${testScope.account}:servicesetting`;

eachDatabase((_kind, open) => {
  const setUp = async () => {
    const database = await open([tagMigrations, migrations]);
    const none = () => Promise.resolve(false);
    const resources = { ManagedInstance: none, Document: none, Parameter: none };
    const account = createAccount({ database, tags: createTags(), resources });
    const call = async (name: string, input: object): Promise<ServiceSetting> => {
      const bound = account.operations.find((operation) => operation.name === name);
      assert.ok(bound, name);
      const ctx = requestContext({ now: NOW });
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the operation's own output
      const output = (await bound.handle(ctx, input)) as { ServiceSetting?: ServiceSetting };
      if (bound.audit === 'write') assert.deepEqual(ctx.journaled, [[`${ARN}${TIER}`]]);
      return output.ServiceSetting ?? {};
    };
    return { call, database, settings: account.settings, [Symbol.asyncDispose]: () => database.close() };
  };

  test('a setting has its default until it is changed, and again when it is reset', async () => {
    await using account = await setUp();
    const tier = (region = testScope.region) =>
      account.database.read((tx) => account.settings.defaultParameterTier(tx, { ...testScope, region }));
    const untouched = {
      SettingId: TIER,
      SettingValue: 'Standard',
      LastModifiedDate: undefined,
      LastModifiedUser: 'System',
      ARN: `${ARN}${TIER}`,
      Status: 'Default',
    };
    assert.deepEqual(await account.call('GetServiceSetting', { SettingId: TIER }), untouched);
    assert.equal(await tier(), 'Standard');
    await account.call('UpdateServiceSetting', { SettingId: TIER, SettingValue: 'Advanced' });
    await account.call('UpdateServiceSetting', { SettingId: `${ARN}${TIER}`, SettingValue: 'Intelligent-Tiering' });
    const changed = await account.call('GetServiceSetting', { SettingId: `${ARN}${TIER}` });
    assert.partialDeepStrictEqual(changed, { SettingValue: 'Intelligent-Tiering', LastModifiedDate: NOW, Status: 'Customized' });
    assert.match(changed.LastModifiedUser ?? '', /^arn:/);
    assert.deepEqual([await tier(), await tier('eu-west-1' as Region)], ['Intelligent-Tiering', 'Standard']);
    const reset = { ...untouched, LastModifiedDate: NOW };
    assert.deepEqual(await account.call('ResetServiceSetting', { SettingId: TIER }), reset);
    assert.deepEqual(await account.call('GetServiceSetting', { SettingId: TIER }), reset);
    assert.equal(await tier(), 'Standard');
  });

  test('what a setting cannot say is refused with what it can', async () => {
    await using account = await setUp();
    for (const [SettingId, SettingValue, said] of [
      [TIER, 'standard', /must be one of \[Standard, Advanced, Intelligent-Tiering\], not "standard"/],
      ['/ssm/parameter-store/high-throughput-enabled', 'yes', /must be one of \[false, true\]/],
      ['/ssm/managed-instance/activation-tier', 'standard', /Every node has what the advanced tier gives/],
    ] as const)
      await assert.rejects(account.call('UpdateServiceSetting', { SettingId, SettingValue }), said);
    const tier = await account.call('GetServiceSetting', { SettingId: '/ssm/managed-instance/activation-tier' });
    assert.deepEqual([tier.SettingValue, tier.Status], ['advanced', 'Default']);
  });

  test('an id that is not there, of another account or without a meaning here, is not found', async () => {
    await using account = await setUp();
    for (const [SettingId, said] of [
      ['/ssm/nothing', /^The specified service setting was not found\./],
      ['toString', /^The specified service setting was not found\./],
      [`arn:aws:ssm:${testScope.region}:210987654321:servicesetting${TIER}`, /^The specified service setting was not found\./],
      ['/ssm/opsinsights/opscenter', /not supported by this server: there is no OpsCenter here yet/],
    ] as const)
      for (const name of ['GetServiceSetting', 'UpdateServiceSetting', 'ResetServiceSetting'])
        await assert.rejects(account.call(name, { SettingId, SettingValue: 'x' }), (error: unknown) => {
          assert.ok(error instanceof Error);
          assert.equal(error.name, 'ServiceSettingNotFound');
          assert.match(error.message, said);
          return true;
        });
  });
});
