// What a handler is told about its call, and what it may ask the front door for.
import type { Authorizer, Identity, RequestHead } from '../access/index.ts';
import { accessDenied } from './access-denied.ts';
import { fail } from './errors.ts';
import type { RequestContext } from './operation.ts';
import type { RequestJournal } from './request-journal.ts';

export interface ContextParts {
  readonly requestId: string;
  readonly head: RequestHead;
  readonly identity: Identity;
  readonly authorizer: Authorizer;
  readonly journal: RequestJournal;
  readonly signal: AbortSignal;
}

export function createContext({ requestId, head, identity, authorizer, journal, signal }: ContextParts): RequestContext {
  const { principal, region } = identity;
  const allowed = (action: string, resource: string) => authorizer.allowed(principal, action, resource);
  return {
    account: principal.account,
    region,
    requestId,
    principal,
    now: head.receivedAt,
    sourceIp: head.sourceIp,
    userAgent: head.headers.get('user-agent') ?? '',
    signal,
    allowed,
    authorize(action, resource) {
      if (!allowed(action, resource)) throw accessDenied(principal, action, resource);
    },
    journal: (tx, resources) => journal.write(tx, resources),
    fail,
  };
}
