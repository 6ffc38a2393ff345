// One call of every KMS operation, in an order in which each succeeds for the administrator.
import { systemIds } from '../../platform/ids.ts';
import type { AccountId } from '../../platform/ids.ts';
import { encryptUnder } from './ciphertext.ts';

type Call = readonly [key: string, input: () => Readonly<Record<string, unknown>>, keep?: (answer: string) => void];

const NOTHING = '00000000-0000-0000-0000-000000000000';
const ROOT = 'arn:aws:iam::000000000000:root';
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:*', Resource: '*' },
});

/** `made`: what was there before the calls. */
export function keyCalls(made: { readonly grant: { readonly KeyId: string } }): readonly Call[] {
  let keyId = NOTHING;
  const header = { account: '000000000000' as AccountId, keyId, version: 1 };
  let ciphertext = encryptUnder(Buffer.alloc(32), header, {}, Buffer.from('x'), systemIds).toString('base64');
  const key = () => ({ KeyId: keyId });
  let grantId = '0'.repeat(64);
  const grant = () => ({ KeyId: keyId, GranteePrincipal: ROOT, RetiringPrincipal: ROOT, Operations: ['Decrypt'] });
  const keepGrant = (answer: string): void => void (grantId = /"GrantId":"([^"]+)"/.exec(answer)?.[1] ?? '');
  let mac = 'eA==';
  const ofMac = () => ({ KeyId: made.grant.KeyId, MacAlgorithm: 'HMAC_SHA_256' });
  const keepMac = (answer: string): void => void (mac = /"Mac":"([^"]+)"/.exec(answer)?.[1] ?? '');
  const keepKey = (answer: string): void => void (keyId = /"KeyId":"([^"]+)"/.exec(answer)?.[1] ?? '');
  const keepCiphertext = (answer: string): void => void (ciphertext = /"CiphertextBlob":"([^"]+)"/.exec(answer)?.[1] ?? '');
  return [
    ['kms:CreateKey', () => ({}), keepKey],
    ['kms:DescribeKey', key],
    ['kms:ListKeys', () => ({})],
    ['kms:CreateAlias', () => ({ AliasName: 'alias/walked', TargetKeyId: keyId })],
    ['kms:UpdateAlias', () => ({ AliasName: 'alias/walked', TargetKeyId: keyId })],
    ['kms:ListAliases', () => ({})],
    ['kms:Encrypt', () => ({ KeyId: keyId, Plaintext: 'eA==' }), keepCiphertext],
    ['kms:ReEncrypt', () => ({ CiphertextBlob: ciphertext, DestinationKeyId: keyId })],
    ['kms:GenerateDataKeyWithoutPlaintext', () => ({ KeyId: keyId, KeySpec: 'AES_256' })],
    ['kms:GenerateRandom', () => ({ NumberOfBytes: 8 })],
    ['kms:GenerateMac', () => ({ ...ofMac(), Message: 'eA==' }), keepMac],
    ['kms:VerifyMac', () => ({ ...ofMac(), Message: 'eA==', Mac: mac })],
    ['kms:EnableKeyRotation', key],
    ['kms:GetKeyRotationStatus', key],
    ['kms:RotateKeyOnDemand', key],
    ['kms:ListKeyRotations', key],
    ['kms:DisableKeyRotation', key],
    ['kms:DisableKey', key],
    ['kms:EnableKey', key],
    ['kms:UpdateKeyDescription', () => ({ KeyId: keyId, Description: 'walked' })],
    ['kms:PutKeyPolicy', () => ({ KeyId: keyId, Policy: POLICY })],
    ['kms:GetKeyPolicy', key],
    ['kms:ListKeyPolicies', key],
    ['kms:TagResource', () => ({ KeyId: keyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] })],
    ['kms:ListResourceTags', key],
    ['kms:UntagResource', () => ({ KeyId: keyId, TagKeys: ['a'] })],
    ['kms:CreateGrant', grant, keepGrant],
    ['kms:ListGrants', key],
    ['kms:ListRetirableGrants', () => ({ RetiringPrincipal: ROOT })],
    ['kms:RevokeGrant', () => made.grant],
    ['kms:RetireGrant', () => ({ KeyId: keyId, GrantId: grantId })],
    ['kms:DeleteAlias', () => ({ AliasName: 'alias/walked' })],
    ['kms:ScheduleKeyDeletion', key],
    ['kms:CancelKeyDeletion', key],
  ];
}

/** What `keyCalls` makes MACs with and revokes. `call`: the body of an answer to the administrator. */
export async function makeGrant(
  call: (name: string, input: Readonly<Record<string, unknown>>) => Promise<string>,
): Promise<{ readonly KeyId: string; readonly GrantId: string }> {
  const KeyId =
    /"KeyId":"([^"]+)"/.exec(await call('CreateKey', { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }))?.[1] ?? '';
  const made = await call('CreateGrant', { KeyId, GranteePrincipal: ROOT, Operations: ['GenerateMac'] });
  return { KeyId, GrantId: /"GrantId":"([^"]+)"/.exec(made)?.[1] ?? '' };
}
