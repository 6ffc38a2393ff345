// A grant: what one principal may do with one key beside its policy. It allows and never denies. Pure.
import type { GrantListEntry, GrantOperation } from '../../../platform/api/models/kms.types.gen.ts';
import type { AccountId, Scope } from '../../../platform/ids.ts';
import type { EncryptionContext } from '../face.ts';
import { keyArn, type usageOf } from '../key.ts';

export interface Constraints {
  readonly equals: EncryptionContext | undefined;
  readonly subset: EncryptionContext | undefined;
}

/** The scope is the key's. */
export interface Grant extends Scope {
  readonly keyId: string;
  /** 64 hexadecimal digits. */
  readonly grantId: string;
  readonly name: string | undefined;
  readonly grantee: string;
  readonly retiring: string | undefined;
  /** Whose call made it. */
  readonly issuer: AccountId;
  readonly operations: readonly GrantOperation[];
  readonly constraints: Constraints;
  readonly createdAt: Date;
}

/** What a caller wants to do with the key, as far as a grant limits it. */
export interface Asked {
  readonly context?: EncryptionContext | undefined;
  /** Of CreateGrant: what the new grant would allow. */
  readonly grant?: Pick<Grant, 'operations' | 'constraints'> | undefined;
}

/** As AWS counts them. */
export const GRANTS_PER_KEY_MAX = 50_000;
/** All of one grantee's are read to decide a call that no policy allows. */
export const GRANTS_PER_GRANTEE_MAX = 500;
/** As in AWS. */
export const CONSTRAINT_PAIRS_MAX = 8;
export const CONSTRAINT_VALUE_CHARACTERS_MAX = 384;

const OF_ALL: readonly GrantOperation[] = ['CreateGrant', 'DescribeKey', 'RetireGrant'];

/** What keys of a usage can be granted for. Operations that this server does not have yet allow nothing. */
export const GRANTABLE: Readonly<Record<ReturnType<typeof usageOf>, ReadonlySet<GrantOperation>>> = {
  ENCRYPT_DECRYPT: new Set<GrantOperation>([
    ...OF_ALL,
    'Decrypt',
    'Encrypt',
    'GenerateDataKey',
    'GenerateDataKeyPair',
    'GenerateDataKeyPairWithoutPlaintext',
    'GenerateDataKeyWithoutPlaintext',
    'ReEncryptFrom',
    'ReEncryptTo',
  ]),
  GENERATE_VERIFY_MAC: new Set<GrantOperation>([...OF_ALL, 'GenerateMac', 'VerifyMac']),
};

/** The operation that a grant must list for an IAM action; undefined: no grant can give it. RetireGrant is decided by itself. */
export function grantOperationOf(action: string): GrantOperation | undefined {
  const name = action.startsWith('kms:') ? action.slice('kms:'.length) : '';
  for (const operation of new Set(Object.values(GRANTABLE).flatMap((set) => [...set])))
    if (operation === name && operation !== 'RetireGrant') return operation;
  return undefined;
}

export function allows(grant: Grant, operation: GrantOperation, asked: Asked): boolean {
  if (!grant.operations.includes(operation)) return false;
  if (operation === 'DescribeKey') return true;
  if (operation === 'CreateGrant') return asked.grant !== undefined && isWithin(asked.grant, grant);
  const { equals, subset } = grant.constraints;
  const context = asked.context ?? {};
  return (equals === undefined || isSame(context, equals)) && (subset === undefined || includes(context, subset));
}

/** Whoever makes a grant by the right of another gives no more than that one has. */
function isWithin(child: Pick<Grant, 'operations' | 'constraints'>, parent: Grant): boolean {
  const { equals, subset } = child.constraints;
  const { equals: mustEqual, subset: mustInclude } = parent.constraints;
  return (
    child.operations.every((operation) => parent.operations.includes(operation)) &&
    (mustEqual === undefined || (equals !== undefined && isSame(equals, mustEqual))) &&
    (mustInclude === undefined || [equals, subset].some((context) => context !== undefined && includes(context, mustInclude)))
  );
}

/** A retry: nothing differs but when, and who asks. */
export function isRepeated(grant: Grant, one: Omit<Grant, 'grantId' | 'createdAt'>): boolean {
  return (
    one.name !== undefined &&
    grant.name === one.name &&
    grant.grantee === one.grantee &&
    grant.retiring === one.retiring &&
    grant.operations.length === one.operations.length &&
    one.operations.every((operation) => grant.operations.includes(operation)) &&
    isSameOrNone(grant.constraints.equals, one.constraints.equals) &&
    isSameOrNone(grant.constraints.subset, one.constraints.subset)
  );
}

const USER = /^arn:aws:iam::\d{12}:(?:root|(?:user|role)\/[\w+=,.@/-]+)$/;
const SESSION = /^arn:aws:sts::\d{12}:(?:assumed-role|federated-user)\/[\w+=,.@/-]+$/;

/** How a grant calls a principal: an ARN, of an account that of its root. Undefined: it is none. */
export function principalNamed(given: string): string | undefined {
  if (/^\d{12}$/.test(given)) return rootOf(given);
  return USER.test(given) || SESSION.test(given) ? given : undefined;
}

export function rootOf(account: string): string {
  return `arn:aws:iam::${account}:root`;
}

export function entryOf(grant: Grant): GrantListEntry {
  const { equals, subset } = grant.constraints;
  return {
    KeyId: keyArn(grant, grant.keyId),
    GrantId: grant.grantId,
    Name: grant.name,
    CreationDate: grant.createdAt,
    GranteePrincipal: grant.grantee,
    RetiringPrincipal: grant.retiring,
    IssuingAccount: rootOf(grant.issuer),
    Operations: grant.operations,
    ...(equals === undefined && subset === undefined
      ? {}
      : { Constraints: { EncryptionContextEquals: equals, EncryptionContextSubset: subset } }),
  };
}

function includes(context: EncryptionContext, wanted: EncryptionContext): boolean {
  return Object.entries(wanted).every(([name, value]) => Object.hasOwn(context, name) && context[name] === value);
}

function isSame(a: EncryptionContext, b: EncryptionContext): boolean {
  return Object.keys(a).length === Object.keys(b).length && includes(a, b);
}

function isSameOrNone(a: EncryptionContext | undefined, b: EncryptionContext | undefined): boolean {
  return a === undefined || b === undefined ? a === b : isSame(a, b);
}
