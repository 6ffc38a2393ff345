// The reconciler that enforces parameter policies: what expires goes, notices are given, each with its event in the same unit. Keys are
// `<account> <region>`, since names are longer than keys may be; a pass takes a scope's due parameters, oldest first. It may stop anywhere:
// what is due stands in the rows.
import type { AccountId, Region, Scope } from '../platform/ids.ts';
import type { Reconciler } from '../platform/reconcile/reconciler.ts';
import type { Parameters } from './domain.ts';
import { changeEvent, policyEvent } from './events.ts';
import { listDueKeys, listDueScopes } from './list-store.ts';
import { planPolicies } from './parameter-policies.ts';
import { TAG_TYPE } from './parameter.ts';
import * as store from './store.ts';

/** Policies count in hours: a minute late is in time. */
const PERIOD_MS = 60_000;
/** Of one pass; the next follows at once. */
const PARAMETERS_A_PASS_MAX = 100;

export function createPolicyEnforcer(domain: Parameters): Reconciler {
  const { database } = domain;
  return {
    name: 'parameters.policies',
    periodMs: PERIOD_MS,
    due: (now, limit) =>
      database.read(async (tx) => (await listDueScopes(tx, now, limit)).map(({ account, region }) => `${account} ${region}`)),
    async reconcile(key, now) {
      const [account = '', region = ''] = key.split(' ');
      const scope = { account: account as AccountId, region: region as Region };
      const names = await database.read((tx) => listDueKeys(tx, scope, now, PARAMETERS_A_PASS_MAX));
      await Promise.all(names.map((name) => enforce(domain, scope, name, now)));
      return names.length === PARAMETERS_A_PASS_MAX ? now : undefined;
    },
  };
}

async function enforce({ database, outbox, tags, watchers }: Parameters, scope: Scope, key: string, now: Date): Promise<void> {
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
    }
    await outbox.put(tx, [
      ...due.map((policy) => policyEvent(scope, parameter, policy, now)),
      ...(expires ? [changeEvent(scope, parameter, 'Delete', now)] : []),
    ]);
  });
}
