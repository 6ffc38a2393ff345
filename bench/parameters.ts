// parameters: how fast Parameter Store reads, writes and lists, beside a raw node:http echo and the same rows by SQL alone in the same run; on a disk
// as it is and on one whose fsync takes 5 ms more. `--only` runs parts alone.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildFsyncShim, fsyncShimEnvironment, whyNoFsyncShim } from '@muster/testkit/fsync-shim/fsync-shim.ts';
import { callBytes, callOnce, type ParameterServer, startParameterServer } from './parameters-server.ts';
import { measureMemory } from './parameters-memory.ts';
import { measurePages } from './parameters-pages.ts';
import { measureRate, startCallers } from './parameters-rates.ts';
import { rawPutsPerSecond, rawReadMicroseconds } from './parameters-raw.ts';
import { type Bar, judge } from './verdict.ts';

export interface ParametersOptions {
  readonly clients: number;
  readonly rounds: number;
  readonly seconds: number;
  /** How many parameters there are when pages are read. */
  readonly sizes: readonly number[];
  /** Of each form and size. */
  readonly pages: number;
  /** Names of parts; empty: all. */
  readonly only: readonly string[];
}

const GET_RATIO_MIN = 0.18;
const PUT_RATIO_MIN = 0.1;
const PUTS_PER_FSYNC_MIN = 8;
const SLOW_FSYNC_MS = 5;
const SLOW_PUTS_MIN = 3_000;
const LOOP_DELAY_MS_MAX = 20;
/** Names that are put again and again; each keeps its hundred versions, as everywhere. */
const NAMES = 1_024;
const SECRET = { Name: '/bench/secret', Type: 'SecureString', Value: 'a-password-of-a-usual-length-0123456789' };
const TEXT = { Name: '/bench/text', Type: 'String', Value: 'a-value-of-a-usual-length-0123456789' };

const PARTS: Readonly<Record<string, (directory: string, options: ParametersOptions) => Promise<readonly Bar[]>>> = {
  gets,
  puts: (directory, options) => puts(directory, options, 0),
  pages: measurePages,
  'slow-disk': (directory, options) => puts(directory, options, SLOW_FSYNC_MS),
  memory,
};

export async function parameters(options: ParametersOptions): Promise<void> {
  const unknown = options.only.filter((name) => !(name in PARTS));
  if (unknown.length > 0) throw new Error(`--only ${unknown.join(',')}: the parts are ${Object.keys(PARTS).join(', ')}`);
  process.stdout.write(
    `parameters, ${options.clients} clients, median of ${options.rounds} warm rounds of ${options.seconds} s\n`,
  );
  const bars: Bar[] = [];
  for (const [name, part] of Object.entries(PARTS)) {
    if (options.only.length > 0 && !options.only.includes(name)) continue;
    const directory = await mkdtemp(join(tmpdir(), 'muster-bench-parameters-'));
    try {
      bars.push(...(await part(directory, options)));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
  judge(bars);
}

async function gets(directory: string, options: ParametersOptions): Promise<readonly Bar[]> {
  using callers = await startCallers();
  await using target = await startParameterServer(directory);
  for (const input of [TEXT, SECRET]) await callOnce(target.server, 'PutParameter', input);
  const measure = (what: string, operation: string, input: object) =>
    measureRate(what, callers, target, () => [callBytes(target, operation, input)], options);
  await measure('GetParameter String', 'GetParameter', { Name: TEXT.Name });
  const secret = await measure('GetParameter SecureString', 'GetParameter', { Name: SECRET.Name, WithDecryption: true });
  const raw = rawReadMicroseconds(directory, SECRET.Name.slice(1));
  process.stdout.write(`  the row by SQL alone               ${(1e6 / raw).toFixed(0)} a second, ${raw.toFixed(1)} µs each\n`);
  return [{ what: 'GetParameter of a SecureString beside the echo', measured: secret.ratio, atLeast: GET_RATIO_MIN, unit: '×' }];
}

async function memory(directory: string, { clients }: ParametersOptions): Promise<readonly Bar[]> {
  using callers = await startCallers();
  await using target = await startParameterServer(directory);
  await callOnce(target.server, 'PutParameter', SECRET);
  const secret = () => callBytes(target, 'GetParameter', { Name: SECRET.Name, WithDecryption: true });
  const requests = () => putCalls(target).flatMap((put) => [secret(), secret(), put]);
  return await measureMemory(callers, target, requests, clients);
}

async function puts(directory: string, options: ParametersOptions, delayMs: number): Promise<readonly Bar[]> {
  const why = whyNoFsyncShim();
  if (why !== undefined) {
    process.stdout.write(`  NOT RUN  PutParameter and its fsyncs: ${why}\n`);
    process.exitCode = 1;
    return [];
  }
  using callers = await startCallers();
  await using shim = await buildFsyncShim();
  const fsyncLog = join(directory, 'fsyncs');
  const environment = fsyncShimEnvironment(shim, { delayMs, log: fsyncLog });
  await using target = await startParameterServer(join(directory, 'data'), { environment });
  const disk = delayMs === 0 ? '' : ` (fsync + ${delayMs} ms)`;
  const rates = await measureRate(`PutParameter${disk}`, callers, target, () => putCalls(target), { ...options, fsyncLog });
  if (delayMs === 0) {
    const raw = rawPutsPerSecond(directory, options.clients);
    process.stdout.write(`  puts by SQL alone, ${options.clients} in a COMMIT   ${raw.toFixed(0)} a second\n`);
    return [
      { what: 'PutParameter beside the echo', measured: rates.ratio, atLeast: PUT_RATIO_MIN, unit: '×' },
      { what: 'PutParameter for each fsync', measured: rates.perFsync, atLeast: PUTS_PER_FSYNC_MIN, unit: 'puts' },
    ];
  }
  return [
    {
      what: `PutParameter with ${delayMs} ms more for each fsync`,
      measured: rates.own,
      atLeast: SLOW_PUTS_MIN,
      unit: 'a second',
    },
    {
      what: 'event loop delay meanwhile, p99 of the worst round',
      measured: rates.loopDelayMsP99,
      atMost: LOOP_DELAY_MS_MAX,
      unit: 'ms',
    },
  ];
}

/** Names that exist already, but for the first round. */
function putCalls(target: ParameterServer): Buffer[] {
  const { Type, Value } = TEXT;
  return Array.from({ length: NAMES }, (_, i) =>
    callBytes(target, 'PutParameter', { Name: `/bench/puts/${i}`, Type, Value, Overwrite: true }),
  );
}
