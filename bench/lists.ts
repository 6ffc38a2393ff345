// lists: pages of ListCommands and ListCommandInvocations with every filter, through the API of a server whose store holds millions of
// invocations; beside the same rows read by their keys from the same file.
import { mkdtemp, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ListCommandInvocationsCommand, ListCommandsCommand } from '@aws-sdk/client-ssm';
import { COMMON_DOCUMENT, type Filled, fillHistory, RARE_DOCUMENT } from './fill.ts';
import { ACCOUNT, type BenchServer, REGION, startServer } from './server-process.ts';
import { type Bar, judge, quantile } from './verdict.ts';

export interface ListsOptions {
  readonly invocations: number;
  readonly commands: number;
  /** Pages of each form. */
  readonly pages: number;
  /** Kept, and filled only once; else a temporary one. */
  readonly dataDir: string | undefined;
}

const P99_MS_MAX = 50;
const PAGE = 50;
/** Pages of one walk before it starts again elsewhere. */
const WALK_PAGES = 10;
const WARM_UP_PAGES = 20;
/** With indexes; a fill needs as much again for sorting. */
const BYTES_PER_INVOCATION = 700;

interface Form {
  readonly name: string;
  readonly operation: 'ListCommands' | 'ListCommandInvocations';
  /** Another input for each walk: random nodes, commands and times. */
  readonly input: (pick: Picks) => object;
}

interface Picks {
  readonly node: string;
  readonly command: string;
  readonly commandWithSteps: string;
  readonly time: string;
  readonly later: string;
}

export async function lists(options: ListsOptions): Promise<void> {
  const directory = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'muster-bench-lists-')));
  try {
    const filled = await fill(directory, options);
    await using server = await startServer(directory, ['--command-retention-days', '0']);
    process.stdout.write(
      `lists, ${options.invocations} invocations of ${options.commands} commands, ${options.pages} pages of ${PAGE} of each form; raw: the same rows by primary key\n`,
    );
    using raw = new DatabaseSync(join(directory, 'muster.db'), { readOnly: true });
    const bars: Bar[] = [];
    for (const form of FORMS) bars.push(await measure(server, raw, form, filled, options.pages));
    const slowest = bars.toSorted((a, b) => b.measured - a.measured)[0];
    if (slowest !== undefined) judge([{ ...slowest, what: `p99 of the slowest form (${slowest.what})` }]);
  } finally {
    if (options.dataDir === undefined) await rm(directory, { recursive: true, force: true });
  }
}

async function fill(directory: string, options: ListsOptions): Promise<Filled> {
  const note = join(directory, 'bench-lists.json');
  const known = await readFile(note, 'utf8').catch(() => undefined);
  // Written by this function.
  if (known !== undefined) return JSON.parse(known) as Filled;
  const { bavail, bsize } = await statfs(directory);
  const needed = options.invocations * BYTES_PER_INVOCATION * 2;
  if (bavail * bsize < needed) throw new Error(`${directory}: ${Math.ceil(needed / 1e9)} GB are needed to fill it`);
  // Its first start makes the tables.
  await (await startServer(directory))[Symbol.asyncDispose]();
  const startedAt = performance.now();
  const filled = fillHistory(directory, {
    commands: options.commands,
    nodesPerCommand: Math.round(options.invocations / options.commands),
  });
  process.stdout.write(`filled in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s\n`);
  await writeFile(note, JSON.stringify(filled));
  return filled;
}

async function measure(server: BenchServer, raw: DatabaseSync, form: Form, filled: Filled, pages: number): Promise<Bar> {
  const took: number[] = [];
  const rawTook: number[] = [];
  let rows = 0;
  for (let page = -WARM_UP_PAGES; page < pages;) {
    const input = form.input(picks(filled));
    let token: string | undefined;
    for (let walked = 0; walked < WALK_PAGES && page < pages; walked++, page++) {
      const startedAt = performance.now();
      const answer = await send(server, form, {
        ...input,
        MaxResults: PAGE,
        ...(token === undefined ? {} : { NextToken: token }),
      });
      const elapsed = performance.now() - startedAt;
      const rawElapsed = readByKeys(raw, answer.keys);
      if (page >= 0) {
        took.push(elapsed);
        rawTook.push(rawElapsed);
        rows += answer.keys.length;
      }
      token = answer.next;
      if (token === undefined) {
        page++;
        break;
      }
    }
  }
  const [p50, p99] = [quantile(took, 0.5), quantile(took, 0.99)];
  process.stdout.write(
    `  ${form.operation.padEnd(22)} ${form.name.padEnd(44)} p50 ${p50.toFixed(1).padStart(6)} ms  p99 ${p99.toFixed(1).padStart(6)} ms  ` +
      `raw p50 ${quantile(rawTook, 0.5).toFixed(2).padStart(5)} ms  ${(rows / took.length).toFixed(1).padStart(5)} rows a page\n`,
  );
  return { what: `${form.operation} ${form.name}`, measured: p99, atMost: P99_MS_MAX, unit: 'ms' };
}

interface Answer {
  readonly keys: readonly (readonly [string, string | undefined])[];
  readonly next: string | undefined;
}

async function send(server: BenchServer, form: Form, input: object): Promise<Answer> {
  if (form.operation === 'ListCommands') {
    const answer = await server.client.send(new ListCommandsCommand(input));
    return { keys: (answer.Commands ?? []).map((row) => [row.CommandId ?? '', undefined]), next: answer.NextToken };
  }
  const answer = await server.client.send(new ListCommandInvocationsCommand(input));
  return {
    keys: (answer.CommandInvocations ?? []).map((row) => [row.CommandId ?? '', row.InstanceId ?? '']),
    next: answer.NextToken,
  };
}

function readByKeys(raw: DatabaseSync, keys: Answer['keys']): number {
  const startedAt = performance.now();
  const command = raw.prepare('select * from run_command_command where account = ? and region = ? and command_id = ?');
  const invocation = raw.prepare(
    'select * from run_command_invocation where account = ? and region = ? and command_id = ? and node_id = ?',
  );
  for (const [commandId, nodeId] of keys) {
    if (nodeId === undefined) command.get(ACCOUNT, REGION, commandId);
    else invocation.get(ACCOUNT, REGION, commandId, nodeId);
  }
  return performance.now() - startedAt;
}

function picks(filled: Filled): Picks {
  const one = (from: readonly string[]) => from[Math.floor(Math.random() * from.length)] ?? '';
  const at = filled.firstAt + Math.random() * (filled.lastAt - filled.firstAt);
  return {
    node: one(filled.nodeIds),
    command: one(filled.commandIds),
    commandWithSteps: one(filled.commandIds.filter((_, index) => index % 100 === 0)),
    time: new Date(at).toISOString(),
    later: new Date(Math.min(filled.lastAt, at + 86_400_000)).toISOString(),
  };
}

const filters = (...pairs: readonly (readonly [string, string])[]) => ({
  Filters: pairs.map(([key, value]) => ({ key, value })),
});

/** The same words filter both lists. */
const SHARED: readonly (readonly [string, (pick: Picks) => object])[] = [
  ['all', () => ({})],
  ['InvokedBefore', (pick) => filters(['InvokedBefore', pick.later])],
  ['InvokedAfter, InvokedBefore', (pick) => filters(['InvokedAfter', pick.time], ['InvokedBefore', pick.later])],
  ['Status=Success', () => filters(['Status', 'Success'])],
  ['Status=Failed', () => filters(['Status', 'Failed'])],
  ['Status=TimedOut', () => filters(['Status', 'TimedOut'])],
  ['Status=Cancelled (none)', () => filters(['Status', 'Cancelled'])],
  ['Status=Failed, InvokedBefore', (pick) => filters(['Status', 'Failed'], ['InvokedBefore', pick.later])],
  ['ExecutionStage=Executing', () => filters(['ExecutionStage', 'Executing'])],
  ['ExecutionStage=Complete', () => filters(['ExecutionStage', 'Complete'])],
  ['DocumentName', () => filters(['DocumentName', COMMON_DOCUMENT])],
  ['DocumentName (rare)', () => filters(['DocumentName', RARE_DOCUMENT])],
  ['DocumentName (none)', () => filters(['DocumentName', 'No-Such-Document'])],
  ['DocumentName, Status=Failed', () => filters(['DocumentName', COMMON_DOCUMENT], ['Status', 'Failed'])],
  ['DocumentName (rare), Status=TimedOut', () => filters(['DocumentName', RARE_DOCUMENT], ['Status', 'TimedOut'])],
  ['InstanceId', (pick) => ({ InstanceId: pick.node })],
  ['InstanceId, Status=Failed', (pick) => ({ InstanceId: pick.node, ...filters(['Status', 'Failed']) })],
  ['InstanceId, Status=Success', (pick) => ({ InstanceId: pick.node, ...filters(['Status', 'Success']) })],
  ['InstanceId, ExecutionStage=Executing', (pick) => ({ InstanceId: pick.node, ...filters(['ExecutionStage', 'Executing']) })],
  ['InstanceId, DocumentName (rare)', (pick) => ({ InstanceId: pick.node, ...filters(['DocumentName', RARE_DOCUMENT]) })],
  [
    'InstanceId, DocumentName (rare), Status=Success',
    (pick) => ({ InstanceId: pick.node, ...filters(['DocumentName', RARE_DOCUMENT], ['Status', 'Success']) }),
  ],
  ['InstanceId, InvokedBefore', (pick) => ({ InstanceId: pick.node, ...filters(['InvokedBefore', pick.later]) })],
  ['CommandId', (pick) => ({ CommandId: pick.command })],
  ['CommandId, InstanceId', (pick) => ({ CommandId: pick.command, InstanceId: pick.node })],
];

const FORMS: readonly Form[] = [
  ...SHARED.map(([name, input]) => ({ name, input, operation: 'ListCommands' as const })),
  ...SHARED.map(([name, input]) => ({ name, input, operation: 'ListCommandInvocations' as const })),
  ...(
    [
      ['Status=Undeliverable (three, far back)', () => filters(['Status', 'Undeliverable'])],
      ['CommandId, Status=Failed', (pick) => ({ CommandId: pick.command, ...filters(['Status', 'Failed']) })],
      ['CommandId, DocumentName (rare)', (pick) => ({ CommandId: pick.command, ...filters(['DocumentName', RARE_DOCUMENT]) })],
      ['CommandId, Details', (pick) => ({ CommandId: pick.commandWithSteps, Details: true })],
    ] satisfies readonly (readonly [string, (pick: Picks) => object])[]
  ).map(([name, input]) => ({ name, input, operation: 'ListCommandInvocations' as const })),
];
