// What a handler is told about its call, and what it may ask the front door for.
import type { CallFacts, ConditionFacts, DecisionOptions, Identity, Permissions, RequestHead } from '../access/index.ts';
import { accessDenied } from './access-denied.ts';
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
  readonly facts: ConditionFacts;
  readonly deniedCode: 'AccessDenied' | 'AccessDeniedException';
  readonly journal: RequestJournal;
  readonly passage: Pick<Passage, 'signal'>;
}

export function createContext(parts: ContextParts): RequestContext {
  const { requestId, head, identity, call, permissions, deniedCode, journal, passage } = parts;
  const { principal, region } = identity;
  const decide: Permissions['decide'] = (action, resources, options) =>
    permissions.decide(action, resources, action === parts.action ? withFacts(parts.facts, options) : options);
  return {
    account: principal.account,
    region,
    requestId,
    principal,
    now: head.receivedAt,
    sourceIp: head.sourceIp,
    userAgent: call.userAgent,
    get signal() {
      return passage.signal;
    },
    call,
    allowed: async (action, resources, options) => (await decide(action, resources, options)).map(({ allowed }) => allowed),
    async authorize(action, resources, options) {
      const list = typeof resources === 'string' ? [resources] : resources;
      const decisions = await decide(action, list, options);
      const at = decisions.findIndex(({ allowed }) => !allowed);
      if (at >= 0) throw accessDenied(principal, action, list[at] ?? '*', decisions[at]?.reason ?? '', deniedCode);
    },
    journal: (tx, resources) => journal.write(tx, resources),
    proved: (who) => journal.proved(who),
    fail,
  };
}

function withFacts(facts: ConditionFacts, options: DecisionOptions = {}): DecisionOptions {
  if (facts.size === 0) return options;
  return { ...options, facts: options.facts === undefined ? facts : new Map([...facts, ...options.facts]) };
}
