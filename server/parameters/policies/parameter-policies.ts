// Parameter policies: from the caller's JSON to what the reconciler enforces. Pure.
//
//   Pending ──due──▶ Finished          an Expiration takes its parameter along, so nobody sees it finished
import { fail } from '../../platform/api/errors.ts';

export type PolicyType = 'Expiration' | 'ExpirationNotification' | 'NoChangeNotification';

export interface StoredPolicy {
  readonly type: PolicyType;
  /** As the caller wrote it, in one line. */
  readonly text: string;
  readonly status: 'Pending' | 'Finished';
  /** Milliseconds since the epoch. */
  readonly dueAt: number;
}

/** As AWS. */
const POLICIES_MAX = 10;
const UNIT_MS: Readonly<Record<string, number>> = { Days: 86_400_000, Hours: 3_600_000 };
/** ISO_INSTANT or ISO_OFFSET_DATE_TIME, whose offset may have seconds: AWS's own example does. */
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))(:00)?$/;
/** Further away is a typing mistake: a thousand years. */
const AMOUNT_MAX = 365_000;

/** `[{}]` clears: an empty list. `now`: when the parameter changed. */
export function readPolicies(text: string, now: Date): readonly StoredPolicy[] {
  const list = parse(text);
  if (list.length > POLICIES_MAX)
    fail(
      'PoliciesLimitExceededException',
      `You specified more than the maximum number of allowed policies for the parameter. The maximum is ${POLICIES_MAX}.`,
    );
  if (list.length === 1 && Object.keys(list[0] ?? {}).length === 0) return [];
  const types = list.map(typeOf);
  const expirations = list.filter((_, at) => types[at] === 'Expiration');
  if (expirations.length > 1)
    fail(
      'IncompatiblePolicyException',
      "There is a conflict in the policies specified for this parameter. You can't, for example, specify two Expiration policies for a parameter. Review your policies, and try again.",
    );
  const expiresAt = expirations[0] === undefined ? undefined : timestampOf(expirations[0]);
  return list.map((policy, at) => {
    const type = types[at] ?? 'Expiration';
    return { type, text: JSON.stringify(policy), status: 'Pending', dueAt: dueAt(policy, type, expiresAt, now.getTime()) };
  });
}

/** The same policies for a parameter that has just changed: what counts from the last change counts anew. */
export function rearm(policies: readonly StoredPolicy[], now: Date): readonly StoredPolicy[] {
  return policies.map((policy) =>
    policy.type === 'NoChangeNotification'
      ? { ...policy, status: 'Pending', dueAt: now.getTime() + amountMs(JSON.parse(policy.text), 'After') }
      : policy,
  );
}

/** When the next of them wants something. */
export function nextDue(policies: readonly StoredPolicy[]): number | undefined {
  const due = policies.filter(({ status }) => status === 'Pending').map((policy) => policy.dueAt);
  return due.length === 0 ? undefined : Math.min(...due);
}

export interface PolicyStep {
  readonly expires: boolean;
  /** Those whose time has come. */
  readonly due: readonly StoredPolicy[];
  readonly after: readonly StoredPolicy[];
}

/** What is to be done at `now`. A notice that missed its time because the parameter expires now is not given any more. */
export function planPolicies(policies: readonly StoredPolicy[], now: Date): PolicyStep {
  const isDue = (policy: StoredPolicy): boolean => policy.status === 'Pending' && policy.dueAt <= now.getTime();
  const due = policies.filter(isDue);
  const expiration = due.find(({ type }) => type === 'Expiration');
  if (expiration !== undefined) return { expires: true, due: [expiration], after: [] };
  return { expires: false, due, after: policies.map((policy) => (isDue(policy) ? { ...policy, status: 'Finished' } : policy)) };
}

type Written = Readonly<Record<string, unknown>>;

function parse(text: string): readonly Written[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const isObject = (one: unknown): one is Written => typeof one === 'object' && one !== null && !Array.isArray(one);
  if (!Array.isArray(value) || !value.every(isObject))
    return fail(
      'InvalidPolicyAttributeException',
      'Policies must be a JSON list of objects, such as [{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2030-01-01T00:00:00Z"}}].',
    );
  return value;
}

function typeOf(policy: Written): PolicyType {
  const { Type: type, Version: version } = policy;
  if (type !== 'Expiration' && type !== 'ExpirationNotification' && type !== 'NoChangeNotification')
    return fail(
      'InvalidPolicyTypeException',
      `The policy type isn't supported: ${(JSON.stringify(type) ?? 'none').slice(0, 80)}. Parameter Store supports the following policy types: Expiration, ExpirationNotification, and NoChangeNotification.`,
    );
  if (version !== '1.0') return wrong(`Version of the policy ${type} must be "1.0".`);
  return type;
}

function dueAt(policy: Written, type: PolicyType, expiresAt: number | undefined, nowMs: number): number {
  if (type === 'NoChangeNotification') return nowMs + amountMs(policy, 'After');
  if (expiresAt === undefined)
    return fail(
      'IncompatiblePolicyException',
      'ExpirationNotification needs an Expiration policy beside it: there is nothing to give notice of.',
    );
  return type === 'Expiration' ? expiresAt : expiresAt - amountMs(policy, 'Before');
}

function attributesOf(policy: Written): Written {
  const attributes = policy['Attributes'];
  return typeof attributes === 'object' && attributes !== null ? { ...attributes } : {};
}

function timestampOf(policy: Written): number {
  const { Timestamp: timestamp } = attributesOf(policy);
  const [, day = '', time = ''] = typeof timestamp === 'string' ? (TIMESTAMP.exec(timestamp) ?? []) : [];
  const at = isDay(day) ? Date.parse(day + time) : Number.NaN;
  return Number.isNaN(at)
    ? wrong('Timestamp of the policy Expiration must be a time such as 2030-01-01T00:00:00.000Z or 2030-01-01T00:00:00+01:00.')
    : at;
}

/** The 30th of February is none, though Date makes it the 2nd of March. */
function isDay(text: string): boolean {
  const midnight = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(text);
}

function amountMs(policy: Written, name: 'Before' | 'After'): number {
  const attributes = attributesOf(policy);
  const unit = UNIT_MS[String(attributes['Unit'])];
  const text = String(attributes[name]);
  if (unit === undefined) return wrong(`Unit of the policy ${String(policy['Type'])} must be Days or Hours.`);
  if (!/^[1-9][0-9]{0,5}$/.test(text) || Number(text) > AMOUNT_MAX)
    return wrong(`${name} of the policy ${String(policy['Type'])} must be a whole number from 1 to ${AMOUNT_MAX}, such as "30".`);
  return Number(text) * unit;
}

function wrong(message: string): never {
  return fail('InvalidPolicyAttributeException', message);
}
