// What a handler is told about its call, and what it may ask the front door for.
import type {
  AccessDecision,
  CallFacts,
  ConditionFacts,
  DecisionOptions,
  Identity,
  NowOrLater,
  Permissions,
  RequestHead,
} from '../access/index.ts';
import { LayeredFacts } from '../access/layered-facts.ts';
import type { ProvedIdentity } from '../access/principal.ts';
import type { Tx } from '../store/database.ts';
import { type AccessDenied, accessDenied } from './access-denied.ts';
import { fail } from './errors.ts';
import type { Passage } from './gate.ts';
import type { RequestContext } from './operation.ts';
import type { RequestJournal } from './request-journal.ts';

export interface ContextParts {
  readonly requestId: string;
  readonly head: RequestHead;
  readonly identity: Identity;
  readonly call: CallFacts;
  readonly permissions: Permissions;
  /** The operation's own action, and what the input says about it: wherever that action is decided, these facts are the same. */
  readonly action: string;
  readonly facts: ConditionFacts | undefined;
  readonly deniedCode: 'AccessDenied' | 'AccessDeniedException';
  readonly journal: RequestJournal;
  readonly passage: Pick<Passage, 'signal'>;
}

export function createContext(parts: ContextParts): RequestContext {
  return new CallContext(parts);
}

/** Where nobody has to wait, its promises are ready ones: an async function for each would cost more than the decision. */
class CallContext implements RequestContext {
  readonly account: RequestContext['account'];
  readonly region: RequestContext['region'];
  readonly requestId: string;
  readonly principal: RequestContext['principal'];
  readonly now: Date;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly call: CallFacts;
  readonly fail = fail;
  readonly #parts: ContextParts;

  constructor(parts: ContextParts) {
    const { requestId, head, identity, call } = parts;
    this.account = identity.principal.account;
    this.region = identity.region;
    this.requestId = requestId;
    this.principal = identity.principal;
    this.now = head.receivedAt;
    this.sourceIp = head.sourceIp;
    this.userAgent = call.userAgent;
    this.call = call;
    this.#parts = parts;
  }

  get signal(): AbortSignal {
    return this.#parts.passage.signal;
  }

  allowed(action: string, resources: readonly string[], options?: DecisionOptions): Promise<readonly boolean[]> {
    const decisions = this.#decide(action, resources, options);
    return decisions instanceof Promise ? decisions.then(areAllowed) : Promise.resolve(areAllowed(decisions));
  }

  authorize(action: string, resources: string | readonly string[], options?: DecisionOptions): Promise<void> {
    const list = typeof resources === 'string' ? [resources] : resources;
    const decisions = this.#decide(action, list, options);
    if (decisions instanceof Promise) return this.#requireAll(action, list, decisions);
    const denied = this.#denial(action, list, decisions);
    return denied === undefined ? AUTHORIZED : Promise.reject(denied);
  }

  journal(tx: Tx, resources: readonly string[]): Promise<void> {
    return this.#parts.journal.write(tx, resources);
  }

  proved(who: ProvedIdentity): void {
    this.#parts.journal.proved(who);
  }

  #decide(
    action: string,
    resources: readonly string[],
    options: DecisionOptions | undefined,
  ): NowOrLater<readonly AccessDecision[]> {
    const { permissions, facts } = this.#parts;
    return permissions.decide(action, resources, action === this.#parts.action ? withFacts(facts, options) : options);
  }

  async #requireAll(action: string, resources: readonly string[], decisions: Promise<readonly AccessDecision[]>): Promise<void> {
    const denied = this.#denial(action, resources, await decisions);
    if (denied !== undefined) throw denied;
  }

  /** For the first resource that is not allowed. */
  #denial(action: string, resources: readonly string[], decisions: readonly AccessDecision[]): AccessDenied | undefined {
    const at = decisions.findIndex(isDenied);
    if (at < 0) return undefined;
    return accessDenied(this.principal, action, resources[at] ?? '*', decisions[at]?.reason ?? '', this.#parts.deniedCode);
  }
}

const AUTHORIZED = Promise.resolve();

const isDenied = ({ allowed }: AccessDecision): boolean => !allowed;
const areAllowed = (decisions: readonly AccessDecision[]): readonly boolean[] => decisions.map(({ allowed }) => allowed);

/** What the call says about itself, and before it what is given with the decision. */
function withFacts(facts: ConditionFacts | undefined, options: DecisionOptions | undefined): DecisionOptions | undefined {
  if (facts === undefined) return options;
  return { ...options, facts: options?.facts === undefined ? facts : new LayeredFacts(options.facts, facts) };
}
