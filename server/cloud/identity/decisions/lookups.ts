// What policies ask about resources that somebody must look up first: tags, and a few further facts. Only what a statement about the action asks for
// is read; what is found is put before the keys of the caller. Pure.
import type { ConditionFacts } from '../../../platform/access/authenticator.ts';
import { LayeredFacts } from '../../../platform/access/layered-facts.ts';
import type { Principal } from '../../../platform/access/principal.ts';
import type { ReadTx } from '../../../platform/store/index.ts';
import { type CompiledPolicy, remembering } from '../policy-engine/compile.ts';
import type { PolicySet } from '../policy-engine/evaluate.ts';

/** Tags of resources by ARN; what has no tags, or is unknown, may be left out. */
export type ResourceTags = (
  arns: readonly string[],
  tx: ReadTx | undefined,
) => Promise<ReadonlyMap<string, ReadonlyMap<string, string>>>;

/** Further facts about resources, by ARN: those of `RESOURCE_KEYS` that there are for this caller. */
export type ResourceKeys = (
  arns: readonly string[],
  tx: ReadTx | undefined,
  caller: Principal,
) => Promise<ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>>;

export interface Lookups {
  readonly resourceTags: ResourceTags;
  readonly resourceKeys: ResourceKeys;
}

/** What is looked up where a policy asks for it. Lower case. */
const RESOURCE_KEYS = ['ssm:documenttype', 'iam:permissionsboundary', 'muster:nodegroup'];
const TAG_KEYS = ['aws:resourcetag/', 'ssm:resourcetag/', 'iam:resourcetag/'];

export interface Asked {
  readonly tags: boolean;
  readonly keys: boolean;
}

/** Found once for each action that a caller's policies are asked about: going over a hundred statements for it takes as long as the decision. */
const askedOf = new WeakMap<PolicySet, (action: string) => Asked>();

/** What a statement about this action asks for: what only others ask for need not be read. */
export function asksAbout(set: PolicySet, action: string): Asked {
  const known = askedOf.get(set);
  if (known !== undefined) return known(action);
  const fresh = remembering((one: string): Asked => {
    const { identity, boundary, session = [] } = set;
    const policies = [...identity, ...session, ...(boundary === undefined ? [] : [boundary])];
    return askedBy(policies.flatMap(({ about }) => about(one.toLowerCase()).flatMap(({ asksFor }) => asksFor)));
  });
  askedOf.set(set, fresh);
  return fresh(action);
}

const askedOfResource = new WeakMap<CompiledPolicy, Asked>();

/** Of a policy of a resource: what any of its statements asks for. */
export function asksOf(policy: CompiledPolicy): Asked {
  const known = askedOfResource.get(policy);
  if (known !== undefined) return known;
  const fresh = askedBy([...policy.asksFor]);
  askedOfResource.set(policy, fresh);
  return fresh;
}

function askedBy(keys: readonly string[]): Asked {
  return {
    tags: keys.some((key) => TAG_KEYS.some((prefix) => key.startsWith(prefix))),
    keys: keys.some((key) => RESOURCE_KEYS.includes(key)),
  };
}

/** What was found of one resource. */
export interface FoundFacts {
  readonly tags: ReadonlyMap<string, string> | undefined;
  readonly keys: ConditionFacts | undefined;
}

/** `known`: of the caller and the call. */
export function keysOf(known: ConditionFacts, given: ConditionFacts | undefined, { tags, keys }: FoundFacts): ConditionFacts {
  const ofResource = keys === undefined ? known : new LayeredFacts(keys, known);
  // What the call makes of the resource beats what the resource is.
  const withGiven = given === undefined ? ofResource : new LayeredFacts(given, ofResource);
  return tags === undefined || tags.size === 0 ? withGiven : new LayeredFacts(tagKeys(tags), withGiven);
}

function tagKeys(tags: ReadonlyMap<string, string>): ConditionFacts {
  const tagged = new Map<string, readonly string[]>();
  for (const [key, value] of tags) for (const prefix of TAG_KEYS) tagged.set(`${prefix}${key.toLowerCase()}`, [value]);
  return tagged;
}
