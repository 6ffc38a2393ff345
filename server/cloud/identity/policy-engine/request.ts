// What a decision is about: who wants to do what to which resource, and the facts that conditions may ask for.
import type { ConditionFacts } from '../../../platform/access/authenticator.ts';
import type { AccountId } from '../../../platform/ids.ts';
import { splitArn } from './arn.ts';

/** Of the caller, as policies of resources name it. */
export interface CallerFacts {
  readonly account: AccountId;
  /** `arn:aws:iam::A:user/U`, `arn:aws:sts::A:assumed-role/R/S`, …; empty for nobody. */
  readonly arn: string;
  /** Of a role's session: the role's own ARN. Policies may name either. */
  readonly roleArn?: string;
  /** A service of ours that acts by itself, such as `ssm.amazonaws.com`. */
  readonly service?: string;
  /** The identity provider of a federated caller. */
  readonly federated?: string;
}

/** What is acted upon, split once for all the patterns that look at it. Made by `resourceName`. */
export interface ResourceName {
  /** An ARN, or `*` for actions without a resource type. */
  readonly text: string;
  /** The six parts of the ARN; undefined where it is none. */
  readonly parts: readonly string[] | undefined;
}

export interface RequestFacts {
  readonly caller: CallerFacts;
  /** `ssm:SendCommand`. */
  readonly action: string;
  readonly resource: ResourceName;
  /** Who owns the resource; the caller's own where the ARN says nothing. */
  readonly resourceAccount: string;
  readonly keys: ConditionFacts;
}

export function resourceName(text: string): ResourceName {
  return { text, parts: splitArn(text) };
}
