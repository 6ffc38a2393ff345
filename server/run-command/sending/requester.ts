// Who sent a command and from where, as its row keeps it: nodes that are found later are authorized as if they had been named in the call.
import type { CallFacts } from '../../platform/access/index.ts';
import type { Principal } from '../../platform/access/principal.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { Scope } from '../../platform/ids.ts';
import type { CommandRow } from '../tables.ts';

export interface Requester {
  readonly principal: Principal;
  readonly call: CallFacts;
}

export function requesterText({ principal, call }: Pick<RequestContext, 'principal' | 'call'>): string {
  return JSON.stringify({ ...principal, call });
}

/** Rows of older versions hold the principal alone: no fact of the call is known then. */
export function parseRequester(row: Pick<CommandRow, 'requested_by'>, { region }: Scope, now: Date): Requester {
  // What stands there was written by `requesterText`.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { call, ...principal } = JSON.parse(row.requested_by) as Principal & { call?: Omit<CallFacts, 'at'> & { at: string } };
  return {
    principal,
    call:
      call === undefined ? { sourceIp: '', userAgent: '', at: now, secure: true, region } : { ...call, at: new Date(call.at) },
  };
}
