// The mailbox: durable messages to nodes. A letter is written in the transaction of the deed that it follows from, and taken out in the
// one that closes the matter; whoever can send is woken after the commit.
//
//   put -> waiting -> (sent, perhaps often) -> acknowledged -> settled (row gone)
//              \-> expired without acknowledgement: row removed by mailbox-expiry
import type { NodeId, Scope } from '../ids.ts';
import { afterCommit } from '../store/index.ts';
import type { Database, Tx } from '../store/index.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { Clock } from '../time/clock.ts';
import type { Letter, Mailbox } from './ports.ts';
import * as store from './store.ts';

/** Sequences are milliseconds times this, and one more for each letter of the same millisecond: order survives a restart. */
const SEQUENCES_PER_MS = 1_000;

export interface MailboxOptions {
  readonly clock: Clock;
  /** Called after the commit: these nodes have something to be sent, or room for it. */
  readonly wake: (scope: Scope, nodeIds: readonly NodeId[]) => void;
}

export function createMailbox({ clock, wake }: MailboxOptions): Mailbox {
  let last = 0;
  return {
    async put(tx, letters) {
      if (letters.length === 0) return;
      const rows = letters.map((letter) => {
        last = Math.max(last + 1, clock.nowMs() * SEQUENCES_PER_MS);
        return {
          account: letter.account,
          region: letter.region,
          node_id: letter.nodeId,
          sequence: last,
          job_id: letter.jobId,
          kind: letter.kind,
          reference: letter.reference,
          created_at: letter.createdAt.getTime(),
          expires_at: letter.expiresAt.getTime(),
          acked_at: null,
        };
      });
      await store.insertLetters(tx, rows);
      afterCommit(tx, () => wakeAll(letters, wake));
    },

    async settle(tx, keys, scope) {
      if (keys.length === 0) return;
      await store.deleteLetters(
        tx,
        scope,
        keys.map(({ jobId }) => jobId),
      );
      afterCommit(tx, () =>
        wake(
          scope,
          keys.map(({ nodeId }) => nodeId),
        ),
      );
    },

    async forget(tx: Tx, scope, nodeId) {
      await store.deleteLettersOf(tx, scope, nodeId);
      afterCommit(tx, () => wake(scope, [nodeId]));
    },
  };
}

function wakeAll(letters: readonly Letter[], wake: MailboxOptions['wake']): void {
  for (const group of Map.groupBy(letters, (letter) => `${letter.account}/${letter.region}`).values()) {
    const [first] = group;
    if (first === undefined) continue;
    wake(
      { account: first.account, region: first.region },
      group.map((letter) => letter.nodeId),
    );
  }
}

/** How long after a letter expired it is still there at most. Nobody sends it meanwhile. */
const EXPIRY_PERIOD_MS = 30_000;
/** A command runs for 48 hours at most, and may reboot its node in between; a letter older than this was forgotten by its sender. */
const FORGOTTEN_AFTER_MS = 8 * 24 * 3_600_000;
/** Rows of one unit of work. */
const EXPIRED_ROWS_MAX = 1_000;
const EXPIRED = 'expired';

/** Removes letters that nobody took in time. */
export function createMailboxExpiry(database: Database): Reconciler {
  const find = (now: Date, limit: number) =>
    database.read((tx) => store.expiredLetters(tx, now.getTime(), now.getTime() - FORGOTTEN_AFTER_MS, limit));
  return {
    name: 'mailbox-expiry',
    periodMs: EXPIRY_PERIOD_MS,
    due: async (now) => ((await find(now, 1)).length > 0 ? [EXPIRED] : []),
    async reconcile(_key, now) {
      const rows = await find(now, EXPIRED_ROWS_MAX);
      for (const group of Map.groupBy(rows, (row) => `${row.account}/${row.region}`).values()) {
        const [first] = group;
        if (first === undefined) continue;
        await database.write('mailbox.expire', (tx) =>
          store.deleteLetters(
            tx,
            { account: first.account, region: first.region } as Scope,
            group.map((row) => row.job_id),
          ),
        );
      }
      return rows.length === EXPIRED_ROWS_MAX ? now : undefined;
    },
  };
}
