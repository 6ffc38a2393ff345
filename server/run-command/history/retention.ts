// The reconciler that forgets: finished commands older than the configured days go, with invocations, steps, output, and contents that nobody
// refers to any more. In chunks, the command's own row last: a crash between two of them leaves a command that is still due.
import type { Reconciler } from '../../platform/reconcile/reconciler.ts';
import type { Database, Tx } from '../../platform/store/index.ts';
import type { Metrics } from '../../platform/telemetry/metrics.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { CommandKey } from '../command.ts';
import { parseWakeKey, wakeKey } from '../domain.ts';
import { forgetOutput } from '../output/output-store.ts';
import { commandsFinishedBefore, oldestFinishedAt, removeCommand, removeInvocations } from './retention-store.ts';
import { lockCommand } from '../store.ts';

const RETENTION = 'run-command-retention';
const DAY_MS = 86_400_000;
/** Nobody waits for it; it catches up with a day's history in one look. */
const LOOK_MS = 60_000;
/** Invocations a unit takes away: some milliseconds of the writer, steps with their output included. */
const REMOVED_PER_UNIT = 200;
/** Units one pass may take before other commands have a turn. */
const UNITS_PER_PASS_MAX = 100;

export interface RetentionOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** 0: for ever. */
  readonly days: number;
}

export function createRetention(options: RetentionOptions): Reconciler {
  const { database, clock, metrics, days } = options;
  const commands = metrics.counter('muster_run_command_forgotten_commands_total', 'Commands that retention took away.');
  const invocations = metrics.counter(
    'muster_run_command_forgotten_invocations_total',
    'Invocations that retention took away with their commands.',
  );
  let oldestAt: number | undefined;
  metrics.gauge(
    'muster_run_command_oldest_finished_seconds',
    'Age of the oldest finished command in the history, at the last look.',
    () => (oldestAt === undefined ? 0 : Math.max(0, clock.nowMs() - oldestAt) / 1_000),
  );
  const horizon = (now: Date) => now.getTime() - days * DAY_MS;

  /** One unit. Answers whether the command is gone. */
  async function removeSome(tx: Tx, key: CommandKey): Promise<{ gone: boolean; removed: number }> {
    const row = await lockCommand(tx, key, database.dialect);
    if (row === undefined || row.finished_at === null || row.finished_at >= horizon(clock.now()))
      return { gone: true, removed: 0 };
    if (!(await forgetOutput(tx, key))) return { gone: false, removed: 0 };
    const removed = await removeInvocations(tx, key, REMOVED_PER_UNIT);
    if (removed > 0) return { gone: false, removed };
    await removeCommand(tx, key, row.document_hash);
    commands.inc();
    return { gone: true, removed: 0 };
  }

  return {
    name: RETENTION,
    periodMs: LOOK_MS,
    async due(now, limit) {
      oldestAt = await database.read(oldestFinishedAt);
      if (days === 0) return [];
      return (await database.read((tx) => commandsFinishedBefore(tx, horizon(now), limit))).map(wakeKey);
    },
    async reconcile(text) {
      const key = parseWakeKey(text);
      for (let units = 0; units < UNITS_PER_PASS_MAX; units++) {
        const { gone, removed } = await database.write('run-command.retention', (tx) => removeSome(tx, key));
        invocations.inc({}, removed);
        if (gone) return undefined;
      }
      return clock.now();
    },
  };
}
