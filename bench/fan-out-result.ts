// What both sides of a fan-out measure, how it is printed, and the bars.
import { MESSAGES_PER_JOB } from './frames.ts';
import { median } from './process-readings.ts';
import { type Bar, judge } from './verdict.ts';

export interface FanOutOptions {
  readonly nodes: number;
  readonly rounds: number;
  readonly idleSeconds: number;
  /** Of stdout, from each node. */
  readonly outputBytes: number;
}

export interface FanOutResult {
  readonly roundsMs: readonly number[];
  readonly cpuSecondsPerRound: number;
  readonly bytesPerNode: number;
}

export const WARM_UP_ROUNDS = 1;
/** Until what the warm-up left behind is given back. */
export const BEFORE_MS = 10_000;
const FEW_NODES = 50;
const REST_SECONDS = 60;

/**
 * Memory is counted from a server that a few nodes have warmed up (compiled code, caches), on both sides: what is left is what a node costs,
 * whether there are a thousand or ten thousand of them.
 */
export function fewNodes(nodes: number): number {
  return Math.min(FEW_NODES, Math.floor(nodes / 10));
}

export function printFanOut(options: FanOutOptions, ours: FanOutResult, raw: FanOutResult): void {
  const { nodes, rounds, outputBytes } = options;
  const oursMs = median(ours.roundsMs);
  const rawMs = median(raw.roundsMs);
  const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KB`;
  const list = (values: readonly number[]) => values.map((ms) => ms.toFixed(0)).join(', ');
  const output = outputBytes === 0 ? '' : ` with ${outputBytes} bytes of output each`;
  const lines = [
    `fan-out, ${nodes} nodes${output}, median of ${rounds} warm rounds (${list(ours.roundsMs)} ms; raw ${list(raw.roundsMs)} ms)`,
    `  SendCommand to last Success   ${oursMs.toFixed(0)} ms   (${Math.round((nodes * MESSAGES_PER_JOB * 1_000) / oursMs)} messages/s)`,
    `  raw TLS WebSocket echo        ${rawMs.toFixed(0)} ms   ratio ${(oursMs / rawMs).toFixed(2)}`,
    `  server CPU per round          ${ours.cpuSecondsPerRound.toFixed(2)} s   raw ${raw.cpuSecondsPerRound.toFixed(2)} s`,
    `  memory per idle node          ${kilobytes(ours.bytesPerNode)}   raw ${kilobytes(raw.bytesPerNode)}   difference ${kilobytes(ours.bytesPerNode - raw.bytesPerNode)}   (${options.idleSeconds} s after a fan-out)`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  judge([...barsOf(options, oursMs, oursMs / rawMs), ...memoryBar(options, ours.bytesPerNode - raw.bytesPerNode)]);
}

/** The bars are for 10,000 nodes; smaller fleets are held to their share of the time. */
function barsOf({ nodes, outputBytes }: FanOutOptions, elapsedMs: number, ratio: number): readonly Bar[] {
  const share = Math.max(0.2, nodes / 10_000);
  if (outputBytes > 0)
    return [{ what: 'SendCommand to last Success', measured: elapsedMs, atMost: Math.round(20_000 * share), unit: 'ms' }];
  return [
    { what: 'SendCommand to last Success', measured: elapsedMs, atMost: Math.round(4_000 * share), unit: 'ms' },
    { what: 'times the raw echo', measured: ratio, atMost: 6, unit: '×' },
  ];
}

/** Told only after a minute's rest, when what a round needed has been given back. */
function memoryBar({ idleSeconds }: FanOutOptions, bytesAboveRaw: number): readonly Bar[] {
  if (idleSeconds < REST_SECONDS) return [];
  return [{ what: 'memory of an idle node above the raw echo', measured: bytesAboveRaw / 1024, atMost: 20, unit: 'KB' }];
}
