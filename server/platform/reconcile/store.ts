// The SQL of leases. Each statement decides in the database, so two replicas that ask at the same moment get different answers.
import { sql } from 'kysely';
import type { Tx } from '../store/database.ts';
import { tables } from '../store/index.ts';
import type { ReconcileTables } from './tables.ts';

export interface LeaseTerms {
  readonly holder: string;
  readonly now: Date;
  readonly expiresAt: Date;
}

/** Takes those of `names` that are free, have run out, or are this holder's already (from before a restart). Answers name -> epoch. */
export async function acquireLeases(tx: Tx, names: readonly string[], terms: LeaseTerms): Promise<Map<string, number>> {
  const rows = await tables<ReconcileTables>(tx)
    .insertInto('reconcile_lease')
    .values(names.map((name) => ({ name, holder: terms.holder, epoch: 1, expires_at: terms.expiresAt.getTime() })))
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet((eb) => ({
          holder: eb.ref('excluded.holder'),
          epoch: sql<number>`reconcile_lease.epoch + 1`,
          expires_at: eb.ref('excluded.expires_at'),
        }))
        .where((eb) =>
          eb.or([eb('reconcile_lease.expires_at', '<=', terms.now.getTime()), eb('reconcile_lease.holder', '=', terms.holder)]),
        ),
    )
    .returning(['name', 'epoch'])
    .execute();
  return new Map(rows.map(({ name, epoch }) => [name, epoch]));
}

/** Answers name -> epoch of those that are still this holder's. */
export async function renewLeases(tx: Tx, names: readonly string[], terms: LeaseTerms): Promise<Map<string, number>> {
  const rows = await tables<ReconcileTables>(tx)
    .updateTable('reconcile_lease')
    .set({ expires_at: terms.expiresAt.getTime() })
    .where('name', 'in', names)
    .where('holder', '=', terms.holder)
    .returning(['name', 'epoch'])
    .execute();
  return new Map(rows.map(({ name, epoch }) => [name, epoch]));
}

/** Gives back: anybody may take them at once. */
export async function releaseLeases(tx: Tx, names: readonly string[], holder: string): Promise<void> {
  await tables<ReconcileTables>(tx)
    .updateTable('reconcile_lease')
    .set({ expires_at: 0 })
    .where('name', 'in', names)
    .where('holder', '=', holder)
    .execute();
}
