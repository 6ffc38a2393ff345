// Follows a command until it has ended: by its events where lines are shown as they come, by its counters where only the result
// matters. A lost connection is tried again from the cursor; what is told twice is reported once.
import { AwsError } from '../aws-call.ts';
import type { ReadOptions } from '../aws-client.ts';
import type { Clock } from '../clock.ts';
import type { CommandApi, CommandProgress, WatchPage } from './command-api.ts';
import { EventTeller } from './event-teller.ts';
import { outputPages } from './kept-output.ts';
import type { OutputOf } from './kept-output.ts';
import type { NodeLabels } from './node-labels.ts';
import { isFinal } from './outcome.ts';
import type { OutputLine } from './output-lines.ts';
import type { CommandReport } from './report.ts';

export interface FollowOptions {
  readonly api: CommandApi;
  readonly clock: Clock;
  readonly commandId: string;
  /** Only these; undefined: all. */
  readonly instanceIds?: readonly string[] | undefined;
  readonly report: CommandReport;
  readonly labels: NodeLabels;
  /** `auto`: lines, until there are more nodes than a person can read. */
  readonly show: 'lines' | 'nothing' | 'auto';
  /** False: what there is by now, without waiting for more. */
  readonly wait: boolean;
  /** Which lines are reported. */
  readonly wants?: (line: OutputLine) => boolean;
  readonly signal: AbortSignal;
}

/** More than this many nodes at once is a waterfall, not a report. */
export const LIVE_NODES_MAX = 20;
/** The server's limit of a long poll. */
const WATCH_SECONDS = 20;
/** A server may be restarted or moved while a command runs. */
const PATIENCE_MS = 10 * 60_000;
const POLL_FIRST_MS = 100;
const POLL_MAX_MS = 1_000;

export interface Followed {
  /** As it was last seen. */
  readonly command: CommandProgress;
  /** Whether its lines were shown as they came. */
  readonly shown: boolean;
}

/** Undefined when `signal` aborted before the command had ended. */
export async function followCommand(options: FollowOptions): Promise<Followed | undefined> {
  const { signal, show, report } = options;
  try {
    const seen = show === 'nothing' ? undefined : await watch(options);
    if (seen !== undefined) return { command: seen, shown: true };
    return { command: await poll(options), shown: false };
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    await report.settle();
  }
}

/** Undefined when there turn out to be too many nodes. */
async function watch({ api, clock, report, labels, show, wait, signal, ...options }: FollowOptions) {
  const { commandId, instanceIds, wants = () => true } = options;
  const kept = (of: Omit<OutputOf, 'commandId'>) => outputPages(api, { ...of, commandId }, patience(report, signal));
  const teller = new EventTeller({ report, labels, wants, kept });
  let cursor: string | undefined;
  let pauseMs = POLL_FIRST_MS;
  for (;;) {
    const askedAt = clock.elapsedMs();
    const input = { CommandId: commandId, Cursor: cursor, InstanceIds: instanceIds, WaitSeconds: wait ? WATCH_SECONDS : 0 };
    const page: WatchPage = await api.watch(input, patience(report, signal)).catch((error: unknown) => {
      // A cursor that the server no longer knows: from the beginning, nothing is reported twice.
      if (cursor === undefined || !(error instanceof AwsError) || error.code !== 'InvalidCursor') throw error;
      return api.watch({ ...input, Cursor: undefined }, patience(report, signal));
    });
    cursor = page.Cursor ?? cursor;
    const targetCount = page.Command.TargetCount ?? 0;
    if (show === 'auto' && targetCount > LIVE_NODES_MAX) {
      report.quiet(targetCount);
      return undefined;
    }
    for (const event of page.Events ?? []) await teller.tell(event);
    report.progress(page.Command);
    await report.settle();
    if (page.Final === true || (!wait && (page.Events ?? []).length === 0)) {
      teller.finish();
      return page.Command;
    }
    // A server that answers early with nothing to tell has too many who wait.
    const isEarly = (page.Events ?? []).length === 0 && clock.elapsedMs() - askedAt < (WATCH_SECONDS * 1000) / 2;
    if (isEarly) await clock.wait(pauseMs, signal);
    pauseMs = isEarly ? Math.min(pauseMs * 1.5, POLL_MAX_MS) : POLL_FIRST_MS;
  }
}

async function poll({ api, clock, commandId, report, wait, signal }: FollowOptions): Promise<CommandProgress> {
  for (let pauseMs = POLL_FIRST_MS; ; pauseMs = Math.min(pauseMs * 1.5, POLL_MAX_MS)) {
    const command = await api.describe(commandId, patience(report, signal));
    report.progress(command);
    if (isFinal(command) || !wait) return command;
    await clock.wait(pauseMs, signal);
  }
}

function patience(report: CommandReport, signal: AbortSignal): ReadOptions {
  return {
    signal,
    patienceMs: PATIENCE_MS,
    onLost: (reason) => report.notice(`no connection (${reason}): trying again; the command goes on meanwhile`),
    onFound: () => report.notice('connected again'),
  };
}
