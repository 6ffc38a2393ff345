// The default tier of an account: what a put without a tier gets, from the next call on, and who may set it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callOperation } from '@muster/testkit/signed-call.ts';
import { Simulation } from '@muster/testkit/simulation.ts';

const simulation = new Simulation({ seed: 14 });
const SettingId = '/ssm/parameter-store/default-parameter-tier';
type Input = Readonly<Record<string, unknown>>;

before(() => simulation.start());
after(() => simulation.stop());

async function call(operation: string, input: Input, service = 'ssm', credentials = simulation.administrator) {
  const caller = { transport: simulation.network, region: 'us-east-1', now: simulation.clock.now(), credentials };
  return callOperation(caller, service, operation, input);
}
async function tierOf(input: Input): Promise<string> {
  const { body, code } = await call('PutParameter', { Type: 'String', ...input });
  return /"Tier":"([^"]+)"/.exec(body)?.[1] ?? code;
}
const set = async (SettingValue: string) =>
  assert.equal((await call('UpdateServiceSetting', { SettingId, SettingValue })).status, 200);

test('a put without a tier gets the default, one with a tier its own', async () => {
  assert.equal(await tierOf({ Name: '/tier/a', Value: 'v' }), 'Standard');
  await set('Advanced');
  assert.equal(await tierOf({ Name: '/tier/b', Value: 'v' }), 'Advanced');
  assert.equal(await tierOf({ Name: '/tier/c', Value: 'v', Tier: 'Standard' }), 'Standard');
  assert.equal(await tierOf({ Name: '/tier/a', Value: 'w', Overwrite: true }), 'Advanced');
  await set('Intelligent-Tiering');
  assert.equal(await tierOf({ Name: '/tier/d', Value: 'v' }), 'Standard');
  assert.equal(await tierOf({ Name: '/tier/e', Value: 'v'.repeat(4097) }), 'Advanced');
  assert.equal((await call('ResetServiceSetting', { SettingId })).status, 200);
  assert.equal(await tierOf({ Name: '/tier/f', Value: 'v' }), 'Standard');
  assert.equal(await tierOf({ Name: '/tier/g', Value: 'v'.repeat(4097) }), 'ValidationException');
});

test('an advanced parameter stays so under the default Standard, which nobody asked for', async () => {
  assert.equal(await tierOf({ Name: '/tier/h', Value: 'v', Tier: 'Advanced' }), 'Advanced');
  assert.equal(await tierOf({ Name: '/tier/h', Value: 'w', Overwrite: true }), 'Advanced');
});

test("a setting is authorized by its ARN, and its value is nobody's secret", async () => {
  const Resource = `arn:aws:ssm:us-east-1:000000000000:servicesetting${SettingId}`;
  const statement = { Effect: 'Allow', Action: ['ssm:GetServiceSetting', 'ssm:ResetServiceSetting'], Resource };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statement });
  await call('CreateUser', { UserName: 'tiers' }, 'iam');
  await call('PutUserPolicy', { UserName: 'tiers', PolicyName: 'own', PolicyDocument }, 'iam');
  const { body } = await call('CreateAccessKey', { UserName: 'tiers' }, 'iam');
  const field = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(body)?.[1] ?? '';
  const user = { accessKeyId: field('AccessKeyId'), secretAccessKey: field('SecretAccessKey') };
  const codeOf = async (operation: string, input: Input) => (await call(operation, input, 'ssm', user)).code;
  assert.equal(await codeOf('GetServiceSetting', { SettingId }), '');
  assert.equal(await codeOf('GetServiceSetting', { SettingId: Resource }), '');
  assert.equal(await codeOf('ResetServiceSetting', { SettingId }), '');
  assert.equal(await codeOf('UpdateServiceSetting', { SettingId, SettingValue: 'Advanced' }), 'AccessDeniedException');
  assert.equal(
    await codeOf('GetServiceSetting', { SettingId: '/ssm/parameter-store/high-throughput-enabled' }),
    'AccessDeniedException',
  );
});
