// The reconciler that keeps the journal within its retention and its size. What goes leaves two things, in the same unit: a signed cut, from
// which the rest of the chain can still be verified, and a record that says what was dropped and why.
import type { Ids, Scope } from '../ids.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { Database, Tx } from '../store/database.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';
import { statementText } from './chain.ts';
import { type ChainRow, deleteThrough, entriesBetween, findChain, hashesBetween, listChains, putChain } from './chain-store.ts';
import type { Journal } from './journal.ts';
import { planCut } from './plan-cut.ts';
import { toRecord } from './record.ts';
import type { JournalSigner } from './signer.ts';
import { termsOf } from './terms.ts';

export interface RetentionSettings {
  readonly retentionDays: number;
  /** Of the records' text in all scopes together; the tables and indexes around it need about as much again. */
  readonly bytesMax: number;
}

export interface CutOptions extends RetentionSettings {
  readonly database: Database;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<Ids, 'uuid'>;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly signer: JournalSigner;
  readonly journal: Pick<Journal, 'write'>;
}

const DAY_MS = 86_400_000;
const LOOK_MS = 60_000;
/** One unit: some milliseconds of deleting. */
const CHUNK_ENTRIES_MAX = 500;
/** Per pass; when more is to go, the next pass follows after a moment for others. */
const CHUNKS_PER_PASS_MAX = 10;
const NEXT_PASS_MS = 500;
/** Records are dropped a day at a time, so that the records about it stay few. */
const SLACK_MS = DAY_MS;
const ONLY_KEY = 'records';

export function createChainCutter(options: CutOptions): Reconciler {
  const { database, log, metrics, retentionDays, bytesMax } = options;
  const dropped = metrics.counter('muster_journal_cut_total', 'Records dropped by retention or by the size cap.');
  const keptBytes = (chains: readonly ChainRow[]): number =>
    chains.reduce((sum, chain) => sum + chain.sealed_bytes - chain.cut_bytes, 0);

  /** Whose oldest record goes next; undefined: nothing has to go. `cutoffMs`: before it all goes once something is due. */
  async function next(
    nowMs: number,
    under: boolean,
  ): Promise<{ scope: Scope; cutoffMs: number; excessBytes: number } | undefined> {
    return database.read(async (tx) => {
      const chains = await listChains(tx);
      const excessBytes = Math.max(0, keptBytes(chains) - bytesMax);
      const cutoffMs = nowMs - retentionDays * DAY_MS;
      let oldest: { scope: Scope; at: number } | undefined;
      for (const { account, region, cut_sequence: cut, sealed_sequence: sealed } of chains) {
        const [first] = cut < sealed ? await entriesBetween(tx, { account, region }, cut, sealed, 1) : [];
        if (first !== undefined && (oldest === undefined || first.at < oldest.at))
          oldest = { scope: { account, region }, at: first.at };
      }
      if (oldest === undefined) return undefined;
      const due = excessBytes > 0 || oldest.at < cutoffMs - (under ? 0 : SLACK_MS);
      return due ? { scope: oldest.scope, cutoffMs, excessBytes } : undefined;
    });
  }

  return {
    name: 'journal-cut',
    periodMs: LOOK_MS,
    async due(now) {
      return (await next(now.getTime(), false)) === undefined ? [] : [ONLY_KEY];
    },
    async reconcile(_key, now) {
      for (let chunks = 0; chunks < CHUNKS_PER_PASS_MAX; chunks++) {
        const what = await next(now.getTime(), true);
        if (what === undefined) return undefined;
        const { scope, ...limits } = what;
        const count = await database.write('journal.cut', (tx) => cutChunk(tx, scope, limits, options));
        if (count === 0) return undefined;
        dropped.inc({}, count);
        log.info('journal: records were dropped', { ...scope, count });
      }
      return new Date(now.getTime() + NEXT_PASS_MS);
    },
  };
}

async function cutChunk(
  tx: Tx,
  scope: Scope,
  { cutoffMs, excessBytes }: { readonly cutoffMs: number; readonly excessBytes: number },
  { clock, ids, signer, journal }: CutOptions,
): Promise<number> {
  const chain = await findChain(tx, scope);
  if (chain === undefined) return 0;
  const through = Math.min(chain.sealed_sequence, chain.cut_sequence + CHUNK_ENTRIES_MAX);
  const hashes = await hashesBetween(tx, scope, chain.cut_sequence, through);
  const rows = await entriesBetween(tx, scope, chain.cut_sequence, through, CHUNK_ENTRIES_MAX);
  const atOf = new Map(rows.map((row) => [row.sequence, row.at]));
  // A record that somebody removed has no time of its own: it goes with those around it.
  const candidates = hashes.map(({ sequence, size_bytes: sizeBytes }) => ({ at: atOf.get(sequence) ?? 0, sizeBytes }));
  const plan = planCut(candidates, cutoffMs, excessBytes);
  const lastCut = hashes[plan.count - 1];
  if (lastCut === undefined) return 0;
  const going = rows.filter(({ sequence }) => sequence <= lastCut.sequence);
  const times = going.map(({ at }) => at);
  const terms = new Set(going.flatMap((row) => termsOf(toRecord(row))));
  await deleteThrough(tx, scope, lastCut.sequence, [...terms], Math.max(0, ...times));
  const now = clock.now();
  const place = { ...scope, sequence: lastCut.sequence, hash: lastCut.hash, at: now.getTime() };
  await putChain(tx, {
    ...chain,
    cut_sequence: lastCut.sequence,
    cut_hash: lastCut.hash,
    cut_at: place.at,
    cut_signature: signer.sign(statementText({ kind: 'cut', ...place })),
    cut_bytes: chain.cut_bytes + plan.sizeBytes,
  });
  await journal.write(tx, {
    ...scope,
    requestId: ids.uuid(),
    at: now,
    eventSource: 'muster.amazonaws.com',
    eventName: 'DropAuditRecords',
    auditClass: 'write',
    principal: { kind: 'service', account: scope.account, service: 'cloudtrail.amazonaws.com', accessKeyId: '' },
    sourceIp: 'cloudtrail.amazonaws.com',
    userAgent: 'cloudtrail.amazonaws.com',
    requestParameters: JSON.stringify({
      reason: plan.reason,
      records: plan.count,
      firstNumber: chain.cut_sequence + 1,
      lastNumber: lastCut.sequence,
      oldest: new Date(Math.min(now.getTime(), ...times)).toISOString(),
      newest: new Date(Math.max(0, ...times)).toISOString(),
    }),
    resources: [],
  });
  return plan.count;
}
