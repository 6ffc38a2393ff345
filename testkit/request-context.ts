// A RequestContext for tests that call bound operations without the front door. Journal rows go where the test says; authorization
// allows everything unless told otherwise. `journaled` shows what the call put on record.
import { fail as apiFail } from '@muster/server/platform/api/errors.ts';
import type { RequestContext } from '@muster/server/platform/api/operation.ts';
import type {
  AdministratorPrincipal,
  AnonymousPrincipal,
  NodePrincipal,
  Principal,
} from '@muster/server/platform/access/principal.ts';
import type { AccountId, NodeId, Region, Scope } from '@muster/server/platform/ids.ts';
import type { Journal } from '@muster/server/platform/journal/journal.ts';

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- branded ids of a fixed test scope
export const testScope = { account: '123456789012', region: 'us-east-1' } as Scope;

export function scopeOf(account: string, region: string): Scope {
  return { account: account as AccountId, region: region as Region };
}

export function administrator(scope: Scope = testScope): AdministratorPrincipal {
  const arn = `arn:aws:iam::${scope.account}:user/administrator`;
  return { kind: 'administrator', account: scope.account, arn, userId: 'AIDATEST', accessKeyId: 'AKIATEST' };
}

export function nodePrincipal(
  nodeId: NodeId,
  signedWith: NodePrincipal['signedWith'] = 'role-credentials',
  scope: Scope = testScope,
  roleName = 'MusterNode',
): NodePrincipal {
  const arn = `arn:aws:sts::${scope.account}:assumed-role/${roleName}/${nodeId}`;
  return { kind: 'node', ...scope, arn, userId: `AROATEST:${nodeId}`, accessKeyId: 'ASIATEST', nodeId, roleName, signedWith };
}

export function anonymous(scope: Scope = testScope): AnonymousPrincipal {
  return { kind: 'anonymous', account: scope.account, arn: '', userId: '', accessKeyId: '' };
}

export interface TestContextOptions {
  readonly now: Date;
  readonly scope?: Scope;
  readonly principal?: Principal;
  readonly journal?: Journal;
  readonly allowed?: (action: string, resource: string) => boolean;
  readonly signal?: AbortSignal;
}

export interface TestContext extends RequestContext {
  /** The ARNs of each call of `journal`, in order. */
  readonly journaled: readonly (readonly string[])[];
}

let requests = 0;

export function requestContext(options: TestContextOptions): TestContext {
  const scope = options.scope ?? testScope;
  const principal = options.principal ?? administrator(scope);
  const allowed = options.allowed ?? (() => true);
  const journaled: (readonly string[])[] = [];
  requests += 1;
  const requestId = `00000000-0000-4000-8000-${String(requests).padStart(12, '0')}`;
  const common = { requestId, principal, sourceIp: '127.0.0.1', userAgent: 'test' };
  return {
    ...scope,
    ...common,
    now: options.now,
    signal: options.signal ?? new AbortController().signal,
    call: { sourceIp: common.sourceIp, userAgent: common.userAgent, at: options.now, secure: true, region: scope.region },
    allowed: (action, resources) => Promise.resolve(resources.map((resource) => allowed(action, resource))),
    async authorize(action, resources) {
      const denied = [resources].flat().find((resource) => !allowed(action, resource));
      if (denied !== undefined)
        apiFail('AccessDeniedException', `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${denied}`);
    },
    proved: () => undefined,
    async journal(tx, resources) {
      journaled.push(resources);
      await options.journal?.write(tx, {
        ...scope,
        ...common,
        at: options.now,
        eventSource: 'ssm.amazonaws.com',
        eventName: 'Test',
        auditClass: 'write',
        requestParameters: '{}',
        resources,
      });
    },
    fail: apiFail,
    journaled,
  };
}
