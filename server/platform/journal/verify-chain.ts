// Verifies the chain of a scope, a bounded stretch at a call: every record against its hash, every hash against the one before, the
// checkpoints, and at the end the signed head. Reads only; what was cut by retention starts from the signed cut.
import type { Scope } from '../ids.ts';
import type { Database } from '../store/database.ts';
import { CHAIN_START, type Statement, statementText } from './chain.ts';
import { type ChainRow, checkpointsBetween, entriesBetween, findChain, hashesBetween, lastSequence } from './chain-store.ts';
import type { JournalSigner } from './signer.ts';
import { type Problem, problem, walkChain, type WalkState } from './walk-chain.ts';

/** Some milliseconds of hashing, and rows that fit into memory at their largest. */
const STRETCH_ENTRIES_MAX = 500;

export interface ChainEnd {
  readonly sequence: number;
  readonly hash: string;
  readonly sealedAt: Date | undefined;
  /** Records through this number were cut by retention. */
  readonly cutSequence: number;
  /** Written, and not yet sealed. */
  readonly unsealed: number;
}

export interface Verification {
  /** Records looked at in this stretch. */
  readonly verified: number;
  readonly problems: readonly Problem[];
  /** Pass it to the next call; undefined: this was the end, and `end` says what it is. */
  readonly next: WalkState | undefined;
  readonly end: ChainEnd | undefined;
}

export async function verifyChain(
  { database, signer }: { readonly database: Database; readonly signer: JournalSigner },
  scope: Scope,
  from: WalkState | undefined,
): Promise<Verification> {
  return database.read(async (tx) => {
    const chain = await findChain(tx, scope);
    const cut = { sequence: chain?.cut_sequence ?? 0, hashes: [chain?.cut_hash ?? CHAIN_START] };
    const begins = from === undefined || from.sequence < cut.sequence;
    const start = begins ? cut : from;
    const sealed = chain?.sealed_sequence ?? 0;
    const through = Math.max(start.sequence, Math.min(sealed, start.sequence + STRETCH_ENTRIES_MAX));
    // Hashes and checkpoints first: what is cut by retention meanwhile is missing among the entries only, and found out below.
    const hashes = await hashesBetween(tx, scope, start.sequence, through);
    const checkpoints = await checkpointsBetween(tx, scope, start.sequence, through);
    const rows = await entriesBetween(tx, scope, start.sequence, through, STRETCH_ENTRIES_MAX);
    const last = await lastSequence(tx, scope);
    const beyond = [
      ...(await hashesBetween(tx, scope, sealed, sealed + 1)),
      ...(await checkpointsBetween(tx, scope, sealed, Number.MAX_SAFE_INTEGER)),
    ];
    const now = await findChain(tx, scope);
    if (now !== undefined && now.cut_sequence > start.sequence) {
      return { verified: 0, problems: [], next: { sequence: now.cut_sequence, hashes: [now.cut_hash] }, end: undefined };
    }
    const walked = walkChain(scope, start, stretchOf(start.sequence, through, rows, hashes));
    const problems = [...(begins && chain !== undefined ? cutProblems(scope, chain, signer) : []), ...walked.problems];
    const stored = new Map(hashes.map(({ sequence, hash }) => [sequence, hash]));
    for (const { sequence, hash, at, signature } of checkpoints) {
      const text = statementText({ kind: 'checkpoint', ...scope, sequence, hash, at });
      if (!signer.verifies(text, signature) || stored.get(sequence) !== hash) problems.push(problem('statement', sequence));
    }
    const verified = through - start.sequence;
    if (through < sealed) return { verified, problems, next: walked.state, end: undefined };
    problems.push(...headProblems(scope, chain, walked.state, last, signer));
    // An older head was put back over newer hashes; unless it was sealed just now.
    if (beyond.length > 0 && (now?.sealed_sequence ?? 0) === sealed) problems.push(problem('statement', sealed));
    return { verified, problems, next: undefined, end: endOf(chain, last) };
  });
}

function stretchOf(
  after: number,
  through: number,
  rows: Awaited<ReturnType<typeof entriesBetween>>,
  hashes: Awaited<ReturnType<typeof hashesBetween>>,
) {
  const rowOf = new Map(rows.map((row) => [row.sequence, row]));
  const hashOf = new Map(hashes.map(({ sequence, hash }) => [sequence, hash]));
  return Array.from({ length: through - after }, (_, at) => {
    const sequence = after + 1 + at;
    return { sequence, row: rowOf.get(sequence), hash: hashOf.get(sequence) };
  });
}

function cutProblems(scope: Scope, chain: ChainRow, signer: JournalSigner): Problem[] {
  if (chain.cut_sequence === 0 && chain.cut_hash === CHAIN_START) return [];
  const statement: Statement = {
    kind: 'cut',
    ...scope,
    sequence: chain.cut_sequence,
    hash: chain.cut_hash,
    at: chain.cut_at,
  };
  return signer.verifies(statementText(statement), chain.cut_signature) ? [] : [problem('statement', chain.cut_sequence)];
}

function headProblems(
  scope: Scope,
  chain: ChainRow | undefined,
  reached: WalkState,
  last: number,
  signer: JournalSigner,
): Problem[] {
  if (chain === undefined) return [];
  const { sealed_sequence: sequence, sealed_hash: hash, sealed_at: at } = chain;
  const signed = signer.verifies(statementText({ kind: 'head', ...scope, sequence, hash, at }), chain.sealed_signature);
  const fits = reached.hashes.length === 0 || reached.hashes.includes(hash);
  return [
    ...(signed && fits ? [] : [problem('statement', sequence)]),
    // The counter of the journal never goes back.
    ...(last < sequence ? [problem('cut-off', last)] : []),
  ];
}

function endOf(chain: ChainRow | undefined, last: number): ChainEnd {
  const sequence = chain?.sealed_sequence ?? 0;
  return {
    sequence,
    hash: chain?.sealed_hash ?? CHAIN_START,
    sealedAt: chain === undefined ? undefined : new Date(chain.sealed_at),
    cutSequence: chain?.cut_sequence ?? 0,
    unsealed: Math.max(0, last - sequence),
  };
}

/** Whether the chain runs through a place that somebody kept elsewhere. What it finds is what cannot be seen in the database alone. */
export async function verifyPlace(
  { database }: { readonly database: Database },
  scope: Scope,
  place: { readonly sequence: number; readonly hash: string },
): Promise<Problem[]> {
  return database.read(async (tx) => {
    const chain = await findChain(tx, scope);
    if (chain === undefined || place.sequence > chain.sealed_sequence) return [problem('cut-off', chain?.sealed_sequence ?? 0)];
    if (place.sequence < chain.cut_sequence) return [problem('unknown', place.sequence)];
    const [stored] = await hashesBetween(tx, scope, place.sequence - 1, place.sequence);
    const hash = place.sequence === chain.cut_sequence ? chain.cut_hash : stored?.hash;
    return hash === place.hash ? [] : [problem('replaced', place.sequence)];
  });
}
