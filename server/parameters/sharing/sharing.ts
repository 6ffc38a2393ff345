// Resource policies of parameters: who is named in them, and what may be given. Pure.
import { hash } from 'node:crypto';
import { whyNotResourcePolicy } from '../../cloud/identity/index.ts';
import { fail } from '../../platform/api/errors.ts';
import type { Scope } from '../../platform/ids.ts';
import { findReference, parameterArn } from '../name.ts';
import { EVERYBODY } from './sharing-store.ts';

/** AWS's two limits of PutResourcePolicy. */
const POLICY_BYTES_MAX = 1024;
/** What AWS lets a parameter's policy give. */
const SHAREABLE: ReadonlySet<string> = new Set([
  'ssm:GetParameter',
  'ssm:GetParameters',
  'ssm:GetParameterHistory',
  'ssm:DescribeParameters',
]);

type Json = Readonly<Record<string, unknown>>;

/** For authorization; what is no parameter's ARN is refused later, by its own sentence. */
export const sharedResourceOf = (scope: Scope, arn: string): string => {
  const reference = arn.startsWith('arn:') ? findReference(scope, arn) : undefined;
  return reference === undefined ? '*' : parameterArn(reference.owner, reference.key);
};

/** The key of one's own parameter that an ARN names. */
export function ownKeyOf(scope: Scope, arn: string): string {
  const reference = arn.startsWith('arn:') ? findReference(scope, arn) : undefined;
  if (reference === undefined)
    return fail(
      'ResourcePolicyInvalidParameterException',
      'ResourceArn must be the ARN of a parameter; other resources take no policy here.',
      { members: { ParameterNames: ['ResourceArn'] } },
    );
  const { owner, key, selector } = reference;
  if (owner.account !== scope.account || owner.region !== scope.region || selector !== undefined) return refuseMissing(arn);
  return key;
}

export function refuseMissing(arn: string): never {
  return fail('ResourceNotFoundException', `The specified parameter to be shared could not be found: ${arn}.`);
}

/** The accounts that the policy names. Throws what is wrong with it. `arn`: of its parameter. */
export function readResourcePolicy(text: string, arn: string): readonly string[] {
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX)
    fail('ResourcePolicyLimitExceededException', `A policy can't be greater than ${POLICY_BYTES_MAX} bytes in size.`, {
      members: { Limit: POLICY_BYTES_MAX, LimitType: 'PolicySize' },
    });
  const reason = whyNotResourcePolicy(text);
  if (reason !== undefined) malformed(reason.replace(/\.$/, ''));
  const statements = statementsOf(text);
  return [...new Set(statements.flatMap((statement) => granteesOf(statement, arn)))];
}

export const hashOf = (text: string): string => hash('sha256', text, 'hex');

function statementsOf(text: string): readonly Json[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    document = undefined;
  }
  const given = isObject(document) ? document['Statement'] : undefined;
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  return list.length > 0 && list.every(isObject) ? list : malformed('it must be a JSON object with a list Statement');
}

function granteesOf(
  { Effect, Principal, Action, Resource, NotPrincipal, NotAction, NotResource }: Json,
  arn: string,
): readonly string[] {
  if (NotPrincipal !== undefined || NotAction !== undefined || NotResource !== undefined)
    malformed('NotPrincipal, NotAction and NotResource say nothing certain about whom a parameter is shared with');
  if (Effect !== 'Allow' && Effect !== 'Deny') malformed('Effect must be Allow or Deny');
  const action = textsOf(Action).find((one) => !SHAREABLE.has(one));
  if (action !== undefined || textsOf(Action).length === 0)
    malformed(`Action must be of ${[...SHAREABLE].join(', ')}, not ${String(action).slice(0, 80)}`);
  if (textsOf(Resource).length !== 1 || textsOf(Resource)[0] !== arn) malformed(`Resource must be ${arn}`);
  const principals = typeof Principal === 'string' ? [Principal] : isObject(Principal) ? textsOf(Principal['AWS']) : [];
  if (principals.length === 0) malformed('Principal must be {"AWS": …} with accounts or ARNs');
  return Effect === 'Deny' ? [] : principals.map((principal) => accountOf(principal));
}

function accountOf(principal: string): string {
  if (principal === EVERYBODY) return EVERYBODY;
  const account = /^([0-9]{12})$/.exec(principal)?.[1] ?? /^arn:aws:(?:iam|sts)::([0-9]{12}):/.exec(principal)?.[1];
  return account ?? malformed(`Principal ${principal.slice(0, 80)} is neither an account nor an ARN of a user or role`);
}

function textsOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((one) => typeof one === 'string');
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(what: string): never {
  return fail('MalformedResourcePolicyDocumentException', `The specified policy document is malformed: ${what}.`);
}
