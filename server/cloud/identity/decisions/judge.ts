// What the policies of one caller say, for one call: judged for each resource. What a policy asks of the resources is read once for all of them, and
// only then does anybody wait: every other decision is made at once.
import type { ConditionFacts, DecisionOptions, NowOrLater } from '../../../platform/access/authenticator.ts';
import type { Principal } from '../../../platform/access/principal.ts';
import type { ReadTx } from '../../../platform/store/index.ts';
import { evaluate, type PolicySet } from '../policy-engine/evaluate.ts';
import { type CallerFacts, resourceName } from '../policy-engine/request.ts';
import { ownerOf, resourceAccountOf } from '../policy-engine/resource-account.ts';
import { type Call, callerFacts, principalKeys } from './caller.ts';
import type { FoundPolicies } from './find-policies.ts';
import { throughGrants } from './granted.ts';
import type { Judge, Judgement } from './judgement.ts';
import { type Asked, asksAbout, asksOf, type FoundFacts, keysOf, type Lookups } from './lookups.ts';
import { compiledResourcePolicy } from './resource-policies.ts';
import { settledByAction, settledByNode, withResource } from './rules.ts';

const NO_OPTIONS: DecisionOptions = {};
const NOTHING_ASKED: Asked = { tags: false, keys: false };
const NOTHING_FOUND: FoundFacts = { tags: undefined, keys: undefined };

/** By ARN; undefined: nobody asked. */
type Found<Lookup extends (...asked: never[]) => unknown> = Awaited<ReturnType<Lookup>> | undefined;

/** One decision: what of it is the same for all its resources. */
interface Matter {
  readonly action: string;
  readonly resources: readonly string[];
  readonly policies: PolicySet;
  readonly facts: ConditionFacts | undefined;
  readonly mustAllow: boolean;
}

export class PolicyJudge implements Judge {
  readonly found: FoundPolicies;
  readonly #lookups: Lookups;
  readonly #principal: Principal;
  readonly #caller: CallerFacts;
  readonly #keys: ConditionFacts;
  readonly #tx: ReadTx | undefined;

  /** `tx`: what the decisions were opened with. */
  constructor(lookups: Lookups, principal: Principal, call: Call, found: FoundPolicies, tx: ReadTx | undefined) {
    this.found = found;
    this.#lookups = lookups;
    this.#principal = principal;
    this.#caller = callerFacts(principal);
    this.#keys = principalKeys(principal, found.tags, call);
    this.#tx = tx;
  }

  judge(action: string, resources: readonly string[], options = NO_OPTIONS): NowOrLater<readonly Judgement[]> {
    const settled = settledByAction(this.#principal, action);
    if (settled !== undefined) return ofEach(resources, settled);
    const { set } = this.found;
    const { facts, resourcePolicy, tx = this.#tx } = options;
    const policy = resourcePolicy === undefined ? undefined : compiledResourcePolicy(resourcePolicy.text);
    const matter: Matter = {
      action,
      resources,
      policies: policy === undefined ? set : withResourcePolicy(set, policy),
      facts,
      mustAllow: resourcePolicy?.mustAllow === true,
    };
    const asked = asksAbout(set, action);
    const also = policy === undefined ? NOTHING_ASKED : asksOf(policy);
    const isAsked = asked.tags || asked.keys || also.tags || also.keys;
    const judged = isAsked ? this.#lookUp(matter, [asked, also], tx) : this.#judgeAll(matter, undefined, undefined);
    const grants = resourcePolicy?.grants;
    return grants === undefined ? judged : throughGrants(judged, { set, grants, action, tx });
  }

  async #lookUp(matter: Matter, asked: readonly Asked[], tx: ReadTx | undefined): Promise<readonly Judgement[]> {
    const { account } = this.#principal;
    // Of what belongs to another account nothing is looked up, so an explanation can tell nothing of it.
    const own = matter.resources.filter((arn) => ownerOf(arn, account) === account);
    const tags = asked.some((one) => one.tags) ? await this.#lookups.resourceTags(own, tx) : undefined;
    const keys = asked.some((one) => one.keys) ? await this.#lookups.resourceKeys(own, tx, this.#principal) : undefined;
    return this.#judgeAll(matter, tags, keys);
  }

  #judgeAll(matter: Matter, tags: Found<Lookups['resourceTags']>, keys: Found<Lookups['resourceKeys']>): readonly Judgement[] {
    return matter.resources.map((arn) => {
      const found = tags === undefined && keys === undefined ? NOTHING_FOUND : { tags: tags?.get(arn), keys: keys?.get(arn) };
      return this.#judgeOne(matter, arn, found);
    });
  }

  #judgeOne({ action, policies, facts, mustAllow }: Matter, arn: string, found: FoundFacts): Judgement {
    const settled = settledByNode(this.#principal, action, arn);
    if (settled !== undefined) return settled;
    const request = {
      caller: this.#caller,
      action,
      resource: resourceName(arn),
      resourceAccount: resourceAccountOf(action, arn, this.#principal.account),
      keys: keysOf(this.#keys, facts, found),
    };
    const decision = evaluate(policies, request);
    return { rule: undefined, request, decision: mustAllow ? withResource(decision) : decision };
  }
}

function withResourcePolicy({ identity, boundary, session }: PolicySet, resource: PolicySet['resource']): PolicySet {
  return { identity, boundary, session, resource };
}

function ofEach(resources: readonly string[], judgement: Judgement): readonly Judgement[] {
  return resources.map(() => judgement);
}
