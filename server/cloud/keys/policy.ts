// Policies of keys. A key is used by those whom its own policy lets; the shipped one leaves that to the account's identity policies. Pure.
import type { DecisionOptions, ResourcePolicy } from '../../platform/access/authenticator.ts';
import type { Scope } from '../../platform/ids.ts';
import type { KeyUse } from './face.ts';
import { FactsOfUse } from './facts-of-use.ts';
import type { Key } from './key.ts';

/** The only one there is. */
export const POLICY_NAME = 'default';
/** AWS's bound of a key policy. */
export const POLICY_BYTES_MAX = 32 * 1024;

export function defaultPolicy({ account }: Pick<Scope, 'account'>): string {
  return policy('key-default-1', [
    {
      Sid: 'Enable IAM User Permissions',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
  ]);
}

/** As AWS's own for alias/aws/ssm: everybody in the account, through Systems Manager; directly, it can only be looked at. */
export function ssmPolicy({ account, region }: Scope): string {
  return policy('auto-ssm-1', [
    {
      Sid: 'Allow access through SSM for all principals in the account that are authorized to use SSM',
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:CreateGrant', 'kms:DescribeKey'],
      Resource: '*',
      Condition: { StringEquals: { 'kms:ViaService': `ssm.${region}.amazonaws.com`, 'kms:CallerAccount': account } },
    },
    {
      Sid: 'Allow direct access to key metadata to the account',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
      Resource: '*',
    },
  ]);
}

function policy(id: string, statements: readonly unknown[]): string {
  return JSON.stringify({ Version: '2012-10-17', Id: id, Statement: statements }, undefined, 2);
}

/** What a decision about the key must know: its policy, without which nobody may, what was granted beside it, and the condition keys of the use. */
export function permissionOf(key: Key, use: KeyUse, grants: ResourcePolicy['grants']): DecisionOptions {
  const resourcePolicy =
    grants === undefined ? { text: key.policy, mustAllow: true } : { text: key.policy, mustAllow: true, grants };
  return { facts: new FactsOfUse(key, use), resourcePolicy };
}
