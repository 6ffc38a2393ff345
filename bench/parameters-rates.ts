// How many calls of Parameter Store a second: the callers of `api` against the server and, in turn, against the raw echo; and what the server's
// CPU, disk and event loop did meanwhile.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { readFsyncs } from '@muster/testkit/fsync-shim/fsync-shim.ts';
import type { ApiOrder, ApiReport } from './api-client.ts';
import { told } from './children.ts';
import { type ParameterServer, readings } from './parameters-server.ts';
import { cpuSeconds, median } from './process-readings.ts';
import { quantile } from './verdict.ts';

export interface Callers extends Disposable {
  readonly callers: ChildProcess;
  readonly echoPort: number;
}

export async function startCallers(): Promise<Callers> {
  const echo = fork(join(import.meta.dirname, 'http-echo.ts'));
  const callers = fork(join(import.meta.dirname, 'api-client.ts'));
  const dispose = () => {
    echo.kill('SIGKILL');
    callers.kill('SIGKILL');
  };
  const [{ port }] = await Promise.all([told<{ port: number }>(echo, 'port'), told<{ ready: true }>(callers, 'ready')]);
  return { callers, echoPort: port, [Symbol.dispose]: dispose };
}

export interface RateOptions {
  readonly clients: number;
  readonly rounds: number;
  readonly seconds: number;
  /** Where the server's fsyncs are on record. */
  readonly fsyncLog?: string;
}

export interface Rate {
  /** A second, the median of all rounds. */
  readonly own: number;
  readonly ratio: number;
  /** Answers for each fsync of the database and its log; NaN without a record. */
  readonly perFsync: number;
  /** The worst round's. */
  readonly loopDelayMsP99: number;
}

interface Round {
  readonly own: ApiReport;
  readonly raw: ApiReport;
  readonly cpuSeconds: number;
  readonly fsyncs: number;
  readonly loopDelayMs: number;
}

/** `requests` are made anew for each round: signatures are good for some minutes only. Rounds of both sides alternate. */
export async function measureRate(
  what: string,
  callers: Callers,
  target: ParameterServer,
  requests: () => readonly Buffer[],
  options: RateOptions,
): Promise<Rate> {
  const rounds: Round[] = [];
  for (let round = -1; round < options.rounds; round++) {
    const done = await runRound(callers, target, requests(), options);
    if (round >= 0) rounds.push(done);
  }
  const { seconds } = options;
  const sum = (of: (round: Round) => number) => rounds.reduce((total, round) => total + of(round), 0);
  const answers = sum(({ own }) => own.answers);
  const took = rounds.flatMap(({ own }) => own.took);
  const rate: Rate = {
    own: median(rounds.map(({ own }) => own.answers / seconds)),
    ratio: median(rounds.map(({ own, raw }) => own.answers / raw.answers)),
    perFsync: answers / sum(({ fsyncs }) => fsyncs),
    loopDelayMsP99: Math.max(...rounds.map(({ loopDelayMs }) => loopDelayMs)),
  };
  process.stdout.write(
    `  ${what.padEnd(34)} ${rate.own.toFixed(0).padStart(6)} a second   p50 ${quantile(took, 0.5).toFixed(1)} ms  p99 ${quantile(took, 0.99).toFixed(1)} ms   ` +
      `${((sum((round) => round.cpuSeconds) / answers) * 1e6).toFixed(0)} µs of CPU each   loop delay p99 ${rate.loopDelayMsP99.toFixed(1)} ms   ` +
      (Number.isNaN(rate.perFsync) ? '' : `${rate.perFsync.toFixed(1)} for each fsync   `) +
      `raw echo ${median(rounds.map(({ raw }) => raw.answers / seconds)).toFixed(0)}   ratio ${rate.ratio.toFixed(2)}\n`,
  );
  return rate;
}

async function runRound(
  { callers, echoPort }: Callers,
  { server, port }: ParameterServer,
  requests: readonly Buffer[],
  { clients, seconds, fsyncLog }: RateOptions,
): Promise<Round> {
  const [request = '', ...others] = requests.map((bytes) => bytes.toString('base64'));
  const order = { request, others, clients, seconds };
  const raw = await give(callers, { ...order, port: echoPort });
  const fsyncs = async () => (fsyncLog === undefined ? Number.NaN : (await readFsyncs(fsyncLog)).length);
  const fsyncsBefore = await fsyncs();
  await readings(server);
  const cpuBefore = cpuSeconds(server.pid);
  const own = await give(callers, { ...order, port });
  const loopDelayMs = ((await readings(server)).get('nodejs_eventloop_delay_p99_seconds') ?? Number.NaN) * 1_000;
  if (own.refused + raw.refused > 0) throw new Error(`${own.refused + raw.refused} calls were refused`);
  return { own, raw, cpuSeconds: cpuSeconds(server.pid) - cpuBefore, fsyncs: (await fsyncs()) - fsyncsBefore, loopDelayMs };
}

export async function give(callers: ChildProcess, order: ApiOrder): Promise<ApiReport> {
  const report = told<{ report: ApiReport }>(callers, 'report');
  callers.send(order);
  return (await report).report;
}
