// The reconciler that enforces parameter policies: what expires goes, notices are given, each with its event in the same unit; what goes is on record.
// One key for all: a pass takes what has been due for longest, wherever it is, and names the moment of the next. It may stop anywhere: what is due
// stands in the rows.
import type { Scope } from '../../platform/ids.ts';
import type { JournalEntry } from '../../platform/journal/index.ts';
import type { Reconciler } from '../../platform/reconcile/reconciler.ts';
import { afterCommit } from '../../platform/store/index.ts';
import type { Tx } from '../../platform/store/index.ts';
import type { Parameters } from '../domain.ts';
import { changeEvent, policyEvent } from '../events.ts';
import { findNextDue, listDue } from '../listing/list-store.ts';
import { nameOf, parameterArn } from '../name.ts';
import { nextDue, planPolicies } from './parameter-policies.ts';
import { TAG_TYPE } from '../parameter.ts';
import type { Parameter } from '../parameter.ts';
import * as store from '../store.ts';

export const POLICY_ENFORCER = 'parameters.policies';
const KEY = 'due';
/** What comes due later than this is found by the next look. */
const PERIOD_MS = 60_000;
/** Of one pass; the next follows at once. */
const PARAMETERS_A_PASS_MAX = 100;
const SERVICE = 'ssm.amazonaws.com';

export function createPolicyEnforcer(domain: Parameters): Reconciler {
  const { database } = domain;
  const soonest = async (now: Date): Promise<Date | undefined> => {
    const next = await database.read(findNextDue);
    return next !== undefined && next.getTime() <= now.getTime() + PERIOD_MS ? next : undefined;
  };
  return {
    name: POLICY_ENFORCER,
    periodMs: PERIOD_MS,
    due: async (now) => ((await soonest(now)) === undefined ? [] : [KEY]),
    async reconcile(_key, now) {
      const due = await database.read((tx) => listDue(tx, now, PARAMETERS_A_PASS_MAX));
      const outcomes = await Promise.allSettled(due.map(({ scope, key }) => enforce(domain, scope, key, now)));
      // One that fails does not hold up the others of its pass.
      const failure = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failure !== undefined) throw new Error('Enforcing a parameter policy failed', { cause: failure.reason });
      return soonest(now);
    },
  };
}

/** A policy that comes due before the next look. After the commit of `tx`. */
export function wakeEnforcer({ wakeups }: Pick<Parameters, 'wakeups'>, tx: Tx, { policies }: Parameter, now: Date): void {
  const due = nextDue(policies);
  if (due !== undefined && due <= now.getTime() + PERIOD_MS) afterCommit(tx, () => wakeups.wake(POLICY_ENFORCER, KEY));
}

async function enforce(domain: Parameters, scope: Scope, key: string, now: Date): Promise<void> {
  const { database, outbox, tags, watchers, journal } = domain;
  await database.write('parameters.enforce-policies', async (tx) => {
    const parameter = await store.findParameter(tx, scope, key);
    if (parameter === undefined) return;
    const { expires, due, after } = planPolicies(parameter.policies, now);
    // Changed meanwhile: the next pass sees what is due then.
    if (due.length === 0) return;
    const changed = expires
      ? await store.deleteParameter(tx, scope, key)
      : await store.updatePolicies(tx, scope, parameter, after);
    if (!changed) return;
    if (expires) {
      await tags.removeAll(tx, scope, TAG_TYPE, key);
      watchers.changed(tx, scope, key);
      await journal.write(tx, recordOf(domain, scope, parameter, now));
    }
    await outbox.put(tx, [
      ...due.map((policy) => policyEvent(scope, parameter, policy, now)),
      ...(expires ? [changeEvent(scope, parameter, 'Delete', now)] : []),
    ]);
  });
}

/** As AWS puts on record what nobody called for. */
function recordOf({ ids }: Pick<Parameters, 'ids'>, scope: Scope, { key, rooted }: Parameter, at: Date): JournalEntry {
  const { account, region } = scope;
  return {
    account,
    region,
    requestId: ids.uuid(),
    at,
    eventSource: SERVICE,
    eventName: 'DeleteParameter',
    auditClass: 'write',
    principal: { kind: 'service', account, service: SERVICE, accessKeyId: '' },
    sourceIp: SERVICE,
    userAgent: SERVICE,
    requestParameters: JSON.stringify({ name: nameOf(key, rooted), reason: 'Expiration' }),
    resources: [parameterArn(scope, key)],
  };
}
