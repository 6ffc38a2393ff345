// The reconciler that seals: for each scope it reads the entries behind the sealed head in the order of their numbers, hashes them, signs the
// new head. Numbers are given under the lock of the scope's head row, in the order of commits and without gaps: an entry with a later
// number is never visible before an earlier one, so there are no late rows to wait for, on either database and with any number of replicas.
import type { AccountId, Region, Scope } from '../ids.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { Database, Tx } from '../store/database.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';
import { absentForm, canonicalForm, CHAIN_START, chainHash, statementText } from './chain.ts';
import {
  appendHashes,
  type ChainRow,
  entriesBetween,
  findChain,
  lastSequence,
  putChain,
  putCheckpoint,
  unsealedScopes,
} from './chain-store.ts';
import { type JournalRecord, toRecord } from './record.ts';
import type { JournalSigner } from './signer.ts';
import { termsOf } from './terms.ts';

export interface SealOptions {
  readonly database: Database;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly signer: JournalSigner;
  /** Called in the unit that seals: exactly once for each record, in their order. */
  readonly onSealed?: (tx: Tx, records: readonly JournalRecord[]) => Promise<void>;
}

export const SEAL_RECONCILER = 'journal-seal';
/** How late an entry may be sealed when nothing else is to do. */
const LOOK_MS = 1_000;
/** One unit: some milliseconds, between which calls have their turn. */
const CHUNK_ENTRIES_MAX = 250;
/** Per look: sealing shares its thread with the calls. A burst above this is sealed after it. */
const CHUNKS_PER_LOOK_MAX = 8;
/** So far apart are the signed places that stay; a damaged chain is proven up to the last of them. */
export const CHECKPOINT_ENTRIES = 1_000;

export function createChainSealer(options: SealOptions): Reconciler {
  const { database, log, metrics } = options;
  const sealed = metrics.counter('muster_journal_sealed_total', 'Records that were sealed.');
  const absent = metrics.counter(
    'muster_journal_absent_total',
    'Records that were gone before they were sealed: somebody removed them.',
  );

  let waiting = 0;
  metrics.gauge('muster_journal_unsealed', 'Records that waited to be sealed at the last look.', () => waiting);

  async function sealChunk(scope: Scope): Promise<number> {
    const done = await database.write('journal.seal', (tx) => sealEntries(tx, scope, options));
    sealed.inc({}, done.sealed);
    if (done.absent.length > 0) {
      absent.inc({}, done.absent.length);
      log.error('journal: records were gone before they were sealed', { ...scope, numbers: done.absent.slice(0, 10).join(' ') });
    }
    return done.sealed;
  }

  return {
    name: SEAL_RECONCILER,
    periodMs: LOOK_MS,
    async due(_now, limit) {
      const scopes = await database.read((tx) => unsealedScopes(tx, limit));
      waiting = scopes.reduce((sum, { unsealed }) => sum + unsealed, 0);
      return scopes.map(({ account, region }) => `${account}/${region}`);
    },
    async reconcile(key) {
      const [account = '', region = ''] = key.split('/');
      const scope = { account: account as AccountId, region: region as Region };
      for (let chunks = 0; chunks < CHUNKS_PER_LOOK_MAX; chunks++) if ((await sealChunk(scope)) < CHUNK_ENTRIES_MAX) break;
      return undefined;
    },
  };
}

async function sealEntries(
  tx: Tx,
  scope: Scope,
  { clock, signer, onSealed }: SealOptions,
): Promise<{ sealed: number; absent: number[] }> {
  // The number before the entries: what it names is visible to every later statement.
  const last = await lastSequence(tx, scope);
  const chain = (await findChain(tx, scope)) ?? emptyChain(scope);
  const through = Math.min(last, chain.sealed_sequence + CHUNK_ENTRIES_MAX);
  if (through <= chain.sealed_sequence) return { sealed: 0, absent: [] };
  const rows = await entriesBetween(tx, scope, chain.sealed_sequence, through, CHUNK_ENTRIES_MAX);
  const bySequence = new Map(rows.map((row) => [row.sequence, row]));
  const hashes = [];
  const absent = [];
  let { sealed_hash: hash, sealed_bytes: bytes } = chain;
  for (let sequence = chain.sealed_sequence + 1; sequence <= through; sequence++) {
    const row = bySequence.get(sequence);
    const canonical = row === undefined ? absentForm(scope, sequence) : canonicalForm(row);
    if (row === undefined) absent.push(sequence);
    hash = chainHash(hash, canonical);
    const size = Buffer.byteLength(canonical);
    bytes += size;
    hashes.push({ ...scope, sequence, hash, size_bytes: size });
  }
  const records = rows.map(toRecord);
  const terms = records.flatMap((record) =>
    termsOf(record).map((term) => ({ ...scope, term, at: record.at.getTime(), sequence: record.sequence })),
  );
  await appendHashes(tx, hashes, terms);
  const at = clock.now().getTime();
  const place = { ...scope, sequence: through, hash, at };
  await putChain(tx, {
    ...chain,
    sealed_sequence: through,
    sealed_hash: hash,
    sealed_at: at,
    sealed_signature: signer.sign(statementText({ kind: 'head', ...place })),
    sealed_bytes: bytes,
  });
  if (Math.floor(through / CHECKPOINT_ENTRIES) > Math.floor(chain.sealed_sequence / CHECKPOINT_ENTRIES))
    await putCheckpoint(tx, { ...place, signature: signer.sign(statementText({ kind: 'checkpoint', ...place })) });
  await onSealed?.(tx, records);
  return { sealed: through - chain.sealed_sequence, absent };
}

function emptyChain(scope: Scope): ChainRow {
  return {
    ...scope,
    sealed_sequence: 0,
    sealed_hash: CHAIN_START,
    sealed_at: 0,
    sealed_signature: '',
    sealed_bytes: 0,
    cut_sequence: 0,
    cut_hash: CHAIN_START,
    cut_at: 0,
    cut_signature: '',
    cut_bytes: 0,
  };
}
