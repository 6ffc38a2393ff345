// Puts the next version of a parameter over its newest, inside a unit of work: the oldest goes where there are too many, unless it is labelled.
import type { RequestContext } from '../../platform/api/operation.ts';
import type { Tx } from '../../platform/store/index.ts';
import { nameOf } from '../name.ts';
import { oldestIsLabelled, outgoingVersion } from '../parameter.ts';
import type { Parameter } from '../parameter.ts';
import * as store from '../store.ts';

type Caller = Pick<RequestContext<'ParameterMaxVersionLimitExceeded' | 'TooManyUpdates'>, 'account' | 'region' | 'fail'>;

/** What was written. Throws TooManyUpdates when `next` does not follow the newest any more. */
export async function putNextVersion(tx: Tx, ctx: Caller, next: Parameter): Promise<Parameter> {
  const outgoing = outgoingVersion(next);
  if (outgoing !== undefined && (await store.hasLabel(tx, ctx, next.key, outgoing)))
    ctx.fail('ParameterMaxVersionLimitExceeded', oldestIsLabelled(nameOf(next.key, next.rooted), outgoing));
  const kept = outgoing === undefined ? next : { ...next, oldestVersion: outgoing + 1 };
  if (!(await store.replaceParameter(tx, ctx, kept))) ctx.fail('TooManyUpdates', '');
  if (outgoing !== undefined) await store.deleteOldVersion(tx, ctx, next.key, outgoing);
  return kept;
}
