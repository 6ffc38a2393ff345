// What is still to be told. A reply is sent when it is posted, when the channel comes back, and again and again until the server acknowledges
// it, always under the same message id. Replies that the journal holds survive the agent; the others (first words of a job) do not need to.
import type { Journal } from '../journal/journal.ts';
import type { PendingReply } from '../journal/records.ts';
import type { Clock, Timer } from '../machine/clock.ts';
import { describeError } from '../machine/log.ts';
import type { Log } from '../machine/log.ts';

/** First repetition after 30 s, then doubling: a busy server is not hurried, a lost acknowledgement not waited for long. */
const RESEND_FIRST_MS = 30_000;
const RESEND_MAX_MS = 5 * 60_000;
/** A final reply is the result: kept over a weekend's outage. The server's own time-outs are hours. */
const FINAL_KEPT_MS = 2 * 24 * 3600_000;
/** Progress is of interest while the command runs; the stock agent gives up after 2 h, too. */
const PROGRESS_KEPT_MS = 2 * 3600_000;
/** Above this the agent takes no new jobs (they stay on the server): its journal must not grow with a server that acknowledges nothing. */
export const OUTBOX_REPLIES_MAX = 500;

/** Sends one frame; false when the channel cannot take it. */
export type SendReply = (reply: PendingReply) => boolean;

export interface Outbox {
  post(reply: PendingReply): void;
  acknowledged(messageId: string): void;
  /** The channel is open: everything is sent, in order. Undefined: it is closed. */
  connect(send: SendReply | undefined): void;
  readonly size: number;
  close(): void;
}

interface Entry {
  readonly reply: PendingReply;
  tries: number;
  dueAtMs: number;
}

export interface OutboxOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { journal, clock, log } = options;
  const entries = new Map<string, Entry>();
  for (const reply of journal.state.replies.values()) entries.set(reply.messageId, { reply, tries: 0, dueAtMs: 0 });
  let send: SendReply | undefined;
  let timer: Timer | undefined;

  const settle = (messageId: string): void => {
    entries.delete(messageId);
    if (!journal.state.replies.has(messageId)) return;
    // Losing this record costs one repeated reply, so nobody waits for it.
    journal.write({ kind: 'reply-settled', messageId }).catch((error: unknown) => {
      log.error('the journal cannot be written', { cause: describeError(error) });
    });
  };
  const attempt = (entry: Entry): void => {
    const nowMs = clock.nowMs();
    if (nowMs - entry.reply.atMs > (entry.reply.final ? FINAL_KEPT_MS : PROGRESS_KEPT_MS)) {
      log.warn('a reply was never acknowledged and is given up', { jobId: entry.reply.jobId, final: entry.reply.final });
      settle(entry.reply.messageId);
      return;
    }
    if (send === undefined || !send(entry.reply)) return;
    entry.dueAtMs = nowMs + Math.min(RESEND_MAX_MS, RESEND_FIRST_MS * 2 ** Math.min(entry.tries, 10));
    entry.tries += 1;
  };
  const schedule = (): void => {
    timer?.cancel();
    timer = undefined;
    if (send === undefined || entries.size === 0) return;
    let nextMs = Infinity;
    for (const entry of entries.values()) nextMs = Math.min(nextMs, entry.dueAtMs);
    timer = clock.setTimer(Math.max(1000, nextMs - clock.nowMs()), pass);
  };
  const pass = (): void => {
    const nowMs = clock.nowMs();
    for (const entry of entries.values()) if (entry.dueAtMs <= nowMs) attempt(entry);
    schedule();
  };

  return {
    post(reply) {
      const entry = { reply, tries: 0, dueAtMs: 0 };
      entries.set(reply.messageId, entry);
      attempt(entry);
      if (timer === undefined) schedule();
    },
    acknowledged: settle,
    connect(next) {
      send = next;
      for (const entry of entries.values()) {
        entry.dueAtMs = 0;
        entry.tries = 0;
      }
      if (send === undefined) schedule();
      else pass();
    },
    get size() {
      return entries.size;
    },
    close: () => timer?.cancel(),
  };
}
