// Authenticators form a list; the first that claims a request decides it. Authentication has two halves so that no
// stranger's body is ever buffered: `begin` sees the head only (key known? date fresh? scope right?), `confirm` gets the body's hash.
import type { Principal } from './principal.ts';
import type { Region } from '../ids.ts';
import type { ReadTx } from '../store/database.ts';

export interface RequestHead {
  readonly method: string;
  /** As on the wire: undecoded, without the query. */
  readonly rawPath: string;
  /** As on the wire, without `?`. */
  readonly rawQuery: string;
  /** Lower-case names; repeated headers joined by `,` as SigV4 wants them. */
  readonly headers: ReadonlyMap<string, string>;
  readonly sourceIp: string;
  readonly receivedAt: Date;
  /** True when the request came over plain HTTP. */
  readonly plaintext: boolean;
}

export interface Identity {
  readonly principal: Principal;
  /** The region of the credential scope. */
  readonly region: Region;
}

export interface PendingAuthentication {
  readonly identity: Identity;
  /** Lower-case hex SHA-256 of the body as received. Throws ApiError when the signature does not cover it. Constant-time. */
  confirm(bodySha256: string): void;
}

export interface Authenticator {
  readonly name: string;
  /** Whether this request is signed in this authenticator's way. Looks at the head only; never throws. */
  claims(head: RequestHead): boolean;
  /**
   * `signingName` is what the route expects in the credential scope (`ssm`, `ssmmessages`, …). Throws ApiError with AWS's code. A promise only
   * where something must be read first: nearly every key is known.
   */
  begin(head: RequestHead, signingName: string): NowOrLater<PendingAuthentication>;
}

/** What conditions of policies may ask about a call. */
export interface CallFacts {
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly at: Date;
  /** False over plain HTTP. */
  readonly secure: boolean;
  readonly region: Region;
}

export interface AccessDecision {
  readonly allowed: boolean;
  /** The end of AWS's sentence: `because no identity-based policy allows the ssm:X action`. Empty when allowed. */
  readonly reason: string;
}

/**
 * Condition keys by their names in lower case: `aws:requesttag/env`, `ssm:documenttype`. One with several values is a list of them; what is not
 * there has no entry.
 */
export type ConditionFacts = Pick<ReadonlyMap<string, readonly string[]>, 'get'>;

export interface DecisionOptions {
  readonly facts?: ConditionFacts;
  /** For a decision inside of a unit of work: what must be read is read there. */
  readonly tx?: ReadTx;
  /** The policy that the resources of this decision have themselves. */
  readonly resourcePolicy?: ResourcePolicy;
}

/** Judged together with the caller's policies. A text that cannot be read denies. */
export interface ResourcePolicy {
  readonly text: string;
  /** As of keys: what it does not allow, no policy of a caller does. Otherwise it adds to what they allow. */
  readonly mustAllow: boolean;
  /**
   * What was given to somebody beside the text: asked only where no policy allows and none denies. A policy that allows the action to those of
   * `names` who may (a caller's own ARN, that of the role, that of the account); undefined: to nobody.
   */
  readonly grants?: (names: readonly string[], action: string, tx: ReadTx | undefined) => Promise<string | undefined>;
}

/** What is in memory comes at once, what must be read comes later: `await` takes both, and who is on every call's path need not wait. */
export type NowOrLater<Value> = Value | Promise<Value>;

/** What one caller may do: decisions of one call. */
export interface Permissions {
  /** One decision for each resource, in their order. Tags of the resources are read once, and only where a policy asks for them. */
  decide(action: string, resources: readonly string[], options?: DecisionOptions): NowOrLater<readonly AccessDecision[]>;
}

/** Filled by cloud/identity. From memory on the hot path. */
export interface Authorizer {
  /** `tx`: as in DecisionOptions. */
  open(principal: Principal, call: CallFacts, tx?: ReadTx): NowOrLater<Permissions>;
}
