// What decisions are made of: judgements, the rules that some of them rest on, and the judge of one call.
import type { DecisionOptions, NowOrLater } from '../../../platform/access/authenticator.ts';
import type { Decision } from '../policy-engine/evaluate.ts';
import type { RequestFacts } from '../policy-engine/request.ts';
import type { FoundPolicies } from './find-policies.ts';

/** What policies said about one request, or the rule that settles it whatever they say. */
export type Judgement = RuledJudgement | PolicyJudgement;
export interface PolicyJudgement {
  readonly rule: undefined;
  readonly request: RequestFacts;
  readonly decision: Decision;
}
export interface RuledJudgement {
  readonly rule: Rule;
  readonly allowed: boolean;
}

/** `node-key`: a node's key is good for getting credentials, and for nothing else. */
export type Rule = 'anonymous' | 'administrator' | 'node-key' | 'everybody' | 'user-session' | 'other-node';

export interface Judge {
  /** Empty for callers whose rights no policy gives. */
  readonly found: FoundPolicies | undefined;
  judge(action: string, resources: readonly string[], options?: DecisionOptions): NowOrLater<readonly Judgement[]>;
}
