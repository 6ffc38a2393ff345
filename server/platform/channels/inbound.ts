// Takes in what agents say about their jobs. What arrives in one turn of the event loop becomes one unit of work: letters are marked,
// the handler is told; the agents get their answers only after the commit. One poisonous report must not hold up the others: a batch that
// fails is tried again item by item. Everything may arrive twice.
//
//   arrived -> waiting -> in a unit -> committed -> answered
//                            \-> failed: alone -> committed, or given up (answered when it is poison, so that the agent stops)
import { ackMeaning } from '@muster/protocol/channel.ts';
import type { OutputPiece } from '@muster/protocol/output-stream.ts';
import type { AgentReply } from '@muster/protocol/reply.ts';
import type { NodeId, Scope } from '../ids.ts';
import type { Database, Tx } from '../store/index.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Clock } from '../time/clock.ts';
import { nextTurn } from '../time/turn.ts';
import type { Complain } from './complaints.ts';
import type { ChannelLimits } from './limits.ts';
import type { JobAck, JobHandler, JobReply, OutputVerdict } from './ports.ts';
import * as store from './store.ts';

/** Where an item came from; told what became of it. */
export interface Sender {
  /** After the commit, or after it was given up as poison. */
  stored(item: Arrived): void;
  /** It was not stored: the agent will say it again. */
  failed(item: Arrived, error: unknown): void;
}

export interface Arrived {
  readonly scope: Scope;
  readonly nodeId: NodeId;
  readonly jobId: string;
  readonly sender: Sender;
  /** What it weighs while it waits. */
  readonly bytes: number;
  readonly receivedAtMs: number;
  /** An acknowledgement that ends the sending of a job … */
  readonly ack?: Pick<JobAck, 'verdict' | 'statusCode' | 'errorMessage'>;
  /** … or a report. */
  readonly reply?: { readonly replyId: string; readonly topic: string; readonly content: AgentReply };
  /** … or a piece of output. */
  readonly output?: OutputPiece;
  /** Of a piece of output, once it is stored. */
  verdict?: OutputVerdict | undefined;
  /** A report of a job that was not acknowledged before: it acknowledges. */
  readonly impliesAck: boolean;
}

export interface InboundOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: ChannelLimits;
  readonly handler: JobHandler;
  readonly complain: Complain;
  /** Called when the queue has drained after it was full. */
  readonly drained: () => void;
}

/** Reports that failed alone, although the database worked or so often that it cannot be the database, are poison. */
const POISON_FAILURES = 3;
const SUSPECTS_MAX = 1_000;

export class Inbound {
  readonly #options: InboundOptions;
  #queue: Arrived[] = [];
  #bytes = 0;
  #wasFull = false;
  #flushing: Promise<void> | undefined;
  /** How often a report failed, by its id. */
  readonly #suspects = new Map<string, number>();

  constructor(options: InboundOptions) {
    this.#options = options;
  }

  /** No socket should be read. */
  get full(): boolean {
    const { inboundMax, inboundBytesMax } = this.#options.limits;
    const full = this.#queue.length >= inboundMax || this.#bytes >= inboundBytesMax;
    this.#wasFull ||= full;
    return full;
  }

  get length(): number {
    return this.#queue.length;
  }

  push(item: Arrived): void {
    this.#queue.push(item);
    this.#bytes += item.bytes;
    this.#flushing ??= new Promise((resolve) => {
      nextTurn(() => void this.#flush().finally(resolve));
    });
  }

  /** Resolves when everything that arrived is stored or given up. */
  async settle(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#take();
      await this.#storeBatch(batch);
      this.#tellDrained();
      // What arrived while the batch was written joins the next one.
      if (this.#queue.length > 0) await new Promise<void>((resolve) => void nextTurn(resolve));
    }
    this.#flushing = undefined;
  }

  #take(): Arrived[] {
    const { inboundBatch, inboundBatchBytes } = this.#options.limits;
    let count = 0;
    let bytes = 0;
    while (count < this.#queue.length && count < inboundBatch && (count === 0 || bytes < inboundBatchBytes))
      bytes += this.#queue[count++]?.bytes ?? 0;
    this.#bytes -= bytes;
    if (count === this.#queue.length) {
      const batch = this.#queue;
      this.#queue = [];
      return batch;
    }
    return this.#queue.splice(0, count);
  }

  #tellDrained(): void {
    const { inboundMax, inboundBytesMax } = this.#options.limits;
    if (!this.#wasFull || this.#queue.length > inboundMax / 2 || this.#bytes > inboundBytesMax / 2) return;
    this.#wasFull = false;
    this.#options.drained();
  }

  async #storeBatch(batch: readonly Arrived[]): Promise<void> {
    try {
      await this.#write(batch);
      for (const item of batch) item.sender.stored(item);
    } catch (error) {
      this.#options.log.warn('a batch of reports failed and is tried one by one', { items: batch.length, error: String(error) });
      await this.#storeOneByOne(batch);
    }
  }

  async #storeOneByOne(batch: readonly Arrived[]): Promise<void> {
    const outcomes = await Promise.allSettled(batch.map((item) => this.#write([item])));
    const databaseWorks = outcomes.some((outcome) => outcome.status === 'fulfilled');
    for (const [index, item] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome?.status === 'fulfilled') item.sender.stored(item);
      else this.#giveUp(item, outcome?.reason, databaseWorks);
    }
  }

  #giveUp(item: Arrived, error: unknown, databaseWorks: boolean): void {
    const key = item.reply?.replyId ?? item.jobId;
    const failures = (this.#suspects.get(key) ?? 0) + 1;
    const poison = databaseWorks || failures >= POISON_FAILURES;
    this.#suspects.delete(key);
    if (!poison) {
      this.#suspects.set(key, failures);
      for (const oldest of this.#suspects.keys()) {
        if (this.#suspects.size <= SUSPECTS_MAX) break;
        this.#suspects.delete(oldest);
      }
    }
    const fields = { nodeId: item.nodeId, jobId: item.jobId, replyId: item.reply?.replyId, poison };
    this.#options.log.error('a report of an agent could not be stored', fields, error);
    if (poison) {
      this.#options.complain('poison-reply', fields);
      if (item.output !== undefined) item.verdict = { nextOffset: item.output.offset, closed: true };
      item.sender.stored(item);
    } else item.sender.failed(item, error);
  }

  async #write(batch: readonly Arrived[]): Promise<void> {
    await this.#options.database.write('channels.inbound', (tx) => this.#apply(tx, batch));
  }

  async #apply(tx: Tx, batch: readonly Arrived[]): Promise<void> {
    const { clock, handler } = this.#options;
    const acks: JobAck[] = [];
    for (const group of Map.groupBy(batch, ({ scope }) => `${scope.account}/${scope.region}`).values()) {
      const byJob = new Map<string, Arrived>();
      // An acknowledgement says more than a report does.
      for (const item of group)
        if (item.ack !== undefined || (item.impliesAck && !byJob.has(item.jobId))) byJob.set(item.jobId, item);
      const scope = group[0]?.scope;
      if (scope === undefined || byJob.size === 0) continue;
      for (const row of await store.acknowledgeLetters(tx, scope, [...byJob.keys()], clock.nowMs())) {
        const item = byJob.get(row.job_id);
        if (item !== undefined) acks.push(jobAck(item, row));
      }
    }
    if (acks.length > 0) await handler.acknowledged(tx, acks);
    const replies = batch.flatMap(jobReply);
    if (replies.length > 0) await handler.replied(tx, replies);
    await this.#storeOutput(tx, batch);
  }

  async #storeOutput(tx: Tx, batch: readonly Arrived[]): Promise<void> {
    const items = batch.filter((item) => item.output !== undefined);
    if (items.length === 0) return;
    const pieces = items.flatMap(({ scope, nodeId, output }) =>
      output === undefined ? [] : [{ ...output, account: scope.account, region: scope.region, nodeId }],
    );
    const verdicts = await this.#options.handler.output(tx, pieces);
    for (const [index, item] of items.entries()) item.verdict = verdicts[index];
  }
}

function jobAck(item: Arrived, row: store.AcknowledgedRow): JobAck {
  return {
    account: item.scope.account,
    region: item.scope.region,
    nodeId: item.nodeId,
    jobId: item.jobId,
    kind: row.kind,
    reference: row.reference,
    verdict: item.ack?.verdict ?? 'accepted',
    statusCode: item.ack?.statusCode ?? '200',
    errorMessage: item.ack?.errorMessage ?? '',
    receivedAt: new Date(item.receivedAtMs),
  };
}

function jobReply({ scope, nodeId, jobId, reply, receivedAtMs }: Arrived): JobReply[] {
  if (reply === undefined) return [];
  const { replyId, topic, content } = reply;
  return [
    { account: scope.account, region: scope.region, nodeId, jobId, replyId, topic, content, receivedAt: new Date(receivedAtMs) },
  ];
}

/** What an acknowledgement means for a job that was refused `refusals` times before. */
export function verdictOf(statusCode: string, refusals: number, limits: ChannelLimits): JobAck['verdict'] | 'retry' {
  const meaning = ackMeaning(statusCode);
  if (meaning === 'retry-few') return refusals + 1 >= limits.unexpectedRefusalsMax ? 'refused' : 'retry';
  return meaning;
}
