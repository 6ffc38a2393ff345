// What a caller wants of a session: checked against AWS's rules and packed. Pure; what is wrong is said in AWS's sentences.
import type { RolePrincipal } from '../../../platform/access/principal.ts';
import { fail } from '../../../platform/api/errors.ts';
import { parsePolicy, PolicyError } from '../policy-engine/document.ts';
import { PACKED_BYTES_MAX, type SessionPolicies } from './sessions.ts';

export interface SessionInput {
  readonly RoleSessionName: string;
  readonly DurationSeconds?: number | undefined;
  readonly Policy?: string | undefined;
  readonly PolicyArns?: readonly { readonly arn?: string | undefined }[] | undefined;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[] | undefined;
  readonly TransitiveTagKeys?: readonly string[] | undefined;
  readonly SourceIdentity?: string | undefined;
}

/** What a session inherits from the one that asks for it. */
export type Parent = Pick<RolePrincipal, 'tags' | 'transitiveTagKeys' | 'sourceIdentity'>;

export interface WantedSession {
  readonly sessionName: string;
  readonly seconds: number;
  /** Inherited ones too. */
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  readonly sessionPolicies: SessionPolicies | undefined;
  readonly sourceIdentity: string | undefined;
  /** Of the allotted space; undefined where nothing takes any. */
  readonly packedPercent: number | undefined;
  /** What conditions may ask of the request. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
}

const SECONDS_DEFAULT = 3_600;
/** AWS's bounds. */
const POLICY_CHARACTERS_MAX = 2_048;
const POLICY_ARNS_MAX = 10;
const TAGS_MAX = 50;

export function wantedSession(input: SessionInput, parent: Parent | undefined): WantedSession {
  const requested = input.Tags ?? [];
  const { tags, transitiveTagKeys } = tagsOf(requested, input.TransitiveTagKeys ?? [], parent);
  const sessionPolicies = policiesOf(input);
  return {
    sessionName: input.RoleSessionName,
    seconds: input.DurationSeconds ?? SECONDS_DEFAULT,
    tags,
    transitiveTagKeys,
    sessionPolicies,
    sourceIdentity: input.SourceIdentity ?? parent?.sourceIdentity,
    packedPercent: packedPercent(tags, transitiveTagKeys, sessionPolicies),
    keys: keysOf(input, requested),
  };
}

function tagsOf(
  requested: readonly { readonly Key: string; readonly Value: string }[],
  transitive: readonly string[],
  parent: Parent | undefined,
): Pick<WantedSession, 'tags' | 'transitiveTagKeys'> {
  const folded = new Set(requested.map(({ Key }) => Key.toLowerCase()));
  if (folded.size < requested.length)
    fail('InvalidParameterValue', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  if (transitive.some((key) => !folded.has(key.toLowerCase())))
    fail('InvalidParameterValue', 'The specified transitive tag key must be included in the requested tags.');
  const inheritedKeys = parent?.transitiveTagKeys ?? [];
  if (inheritedKeys.some((key) => folded.has(key.toLowerCase())))
    fail(
      'InvalidParameterValue',
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  const inherited = Object.entries(parent?.tags ?? {}).filter(([key]) => inheritedKeys.includes(key));
  const tags = Object.fromEntries([...inherited, ...requested.map(({ Key, Value }) => [Key, Value] as const)]);
  if (Object.keys(tags).length > TAGS_MAX)
    fail('InvalidParameterValue', `A session has at most ${TAGS_MAX} tags, with those that it inherits.`);
  // Spelled as the tags are.
  const own = requested.map(({ Key }) => Key).filter((key) => transitive.some((one) => one.toLowerCase() === key.toLowerCase()));
  return { tags, transitiveTagKeys: [...inheritedKeys, ...own] };
}

function policiesOf({ Policy, PolicyArns }: SessionInput): SessionPolicies | undefined {
  if (Policy === undefined && (PolicyArns === undefined || PolicyArns.length === 0)) return undefined;
  if (Policy !== undefined && Policy.length > POLICY_CHARACTERS_MAX)
    fail(
      'ValidationException',
      `1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to ${POLICY_CHARACTERS_MAX}`,
    );
  if (PolicyArns !== undefined && PolicyArns.length > POLICY_ARNS_MAX)
    fail(
      'ValidationException',
      `1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to ${POLICY_ARNS_MAX}`,
    );
  const arns = (PolicyArns ?? []).map(({ arn }) => arn ?? fail('ValidationException', 'Each of PolicyArns must have an arn.'));
  try {
    if (Policy !== undefined) parsePolicy(Policy, 'identity');
  } catch (error) {
    if (error instanceof PolicyError) fail('MalformedPolicyDocument', error.message);
    throw error;
  }
  return { texts: Policy === undefined ? [] : [Policy], arns: [...new Set(arns)] };
}

function packedPercent(
  tags: WantedSession['tags'],
  transitiveTagKeys: readonly string[],
  policies: SessionPolicies | undefined,
): number | undefined {
  const percentOf = (value: unknown): number => Math.ceil((Buffer.byteLength(JSON.stringify(value)) * 100) / PACKED_BYTES_MAX);
  const ofTags = Object.keys(tags).length === 0 ? 0 : percentOf([tags, transitiveTagKeys]);
  if (ofTags > 100) fail('PackedPolicyTooLarge', `Packed size of session tags consumes ${ofTags}% of allotted space.`);
  const whole = ofTags + (policies === undefined ? 0 : percentOf(policies));
  if (whole > 100) fail('PackedPolicyTooLarge', `Packed policy consumes ${whole}% of allotted space, please use smaller policy.`);
  return whole === 0 ? undefined : whole;
}

function keysOf(input: SessionInput, requested: NonNullable<SessionInput['Tags']>): WantedSession['keys'] {
  const keys = new Map<string, readonly string[]>([['sts:rolesessionname', [input.RoleSessionName]]]);
  if (requested.length > 0) keys.set('aws:tagkeys', [...new Set(requested.map(({ Key }) => Key))]);
  for (const { Key, Value } of requested) keys.set(`aws:requesttag/${Key.toLowerCase()}`, [Value]);
  if (input.TransitiveTagKeys !== undefined && input.TransitiveTagKeys.length > 0)
    keys.set('sts:transitivetagkeys', input.TransitiveTagKeys);
  if (input.SourceIdentity !== undefined) keys.set('sts:sourceidentity', [input.SourceIdentity]);
  return keys;
}
