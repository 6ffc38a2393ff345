// The streams of one step: which files they are, how far each was sent, and what of them is left to tell when the step has ended.
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isWholeText } from '@muster/protocol/output-stream.ts';
import type { OutputStreamName } from '@muster/protocol/output-stream.ts';
import { STREAM_BYTES_READ } from '../documents/output.ts';
import { findText, readHead, writeDurably } from '../machine/files.ts';
import type { PendingStep } from './pending-steps.ts';
import { NO_SPOOL, readPiece, readSpool, saidFile } from './spool.ts';
import type { Spool } from './spool.ts';

const NAMES: readonly OutputStreamName[] = ['stdout', 'stderr'];
/** The step's runs in their order, a line each: after a restart the plugin asks only for those that go on. */
const RUNS_FILE = 'output-runs';

export class Stream {
  readonly name: OutputStreamName;
  spool: Spool = NO_SPOOL;
  /** What the server has; undefined: it is to be asked. */
  acknowledged: number | undefined;
  /** Where the next piece begins. */
  sent = 0;
  /** Bytes of each piece that was not answered. */
  inFlight: number[] = [];
  answeredAtMs = 0;
  notBeforeMs = 0;
  lastSent = false;
  /** The server wants no more of it. */
  closed = false;

  constructor(name: OutputStreamName, isNew: boolean) {
    this.name = name;
    this.acknowledged = isNew ? 0 : undefined;
  }

  forgetPosition(): void {
    this.acknowledged = undefined;
    this.inFlight = [];
    this.lastSent = false;
  }

  /** The server has not heard of it. */
  isUnknown(): boolean {
    return this.acknowledged === 0 && this.sent === 0 && this.inFlight.length === 0 && !this.closed;
  }

  wants(nowMs: number): boolean {
    if (this.closed || nowMs < this.notBeforeMs) return false;
    if (this.acknowledged === undefined) return this.inFlight.length === 0;
    return this.sent < this.spool.end || (this.#isEnded && !this.lastSent);
  }

  #isEnded = false;
  markEnded(): void {
    this.#isEnded = true;
  }
}

export class StepStreams {
  readonly jobId: string;
  readonly step: number;
  readonly stepName: string;
  readonly directory: string;
  readonly begunAtMs: number;
  readonly streams: Stream[] = [];
  #ended = false;
  #runs: string[] | undefined;
  #dropped: number[] = [];

  /** `told`: an earlier agent streamed it, the server knows how far. */
  constructor(pending: PendingStep, told: boolean, nowMs: number) {
    this.jobId = pending.jobId;
    this.step = pending.step;
    this.stepName = pending.stepName;
    this.directory = pending.directory;
    this.begunAtMs = nowMs;
    this.#ended = pending.ended !== undefined;
    if (!told) return;
    for (const name of pending.ended ?? NAMES) this.#addStream(name, false);
    this.look();
  }

  get ended(): boolean {
    return this.#ended;
  }

  find(name: OutputStreamName): Stream | undefined {
    return this.streams.find((stream) => stream.name === name);
  }

  pending(): PendingStep {
    const { jobId, step, stepName, directory } = this;
    return { jobId, step, stepName, directory, ended: this.#ended ? this.streams.map((stream) => stream.name) : undefined };
  }

  follow(runDirectory: string): void {
    if (this.#readRuns().includes(runDirectory)) return;
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    appendFileSync(join(this.directory, RUNS_FILE), `${runDirectory}\n`, { mode: 0o600 });
    this.#runs?.push(runDirectory);
  }

  /** Sees what was written since. True when a stream began. */
  look(): boolean {
    let began = false;
    for (const name of NAMES) {
      const known = this.find(name);
      if (known === undefined && this.#ended) continue;
      const spool = this.#spool(name);
      if (known === undefined && spool.end === 0) continue;
      began ||= known === undefined;
      (known ?? this.#addStream(name, true)).spool = spool;
    }
    return began;
  }

  end(texts: Readonly<Record<OutputStreamName, string>>, inReply: boolean): void {
    this.#ended = true;
    for (const name of NAMES) {
      const text = texts[name];
      if (inReply && isWholeText(text) && !/[\0\ufffd]/.test(text)) {
        this.#dropStream(name);
        continue;
      }
      this.#say(name, text);
      const stream = this.find(name) ?? this.#addStream(name, true);
      stream.markEnded();
      stream.spool = this.#spool(name);
    }
  }

  forgetPositions(): void {
    for (const stream of this.streams) stream.forgetPosition();
  }

  /** Bytes that were on their way in streams that were dropped. */
  takeDropped(): readonly number[] {
    const dropped = this.#dropped;
    this.#dropped = [];
    return dropped;
  }

  #addStream(name: OutputStreamName, isNew: boolean): Stream {
    const stream = new Stream(name, isNew);
    if (this.#ended) stream.markEnded();
    this.streams.push(stream);
    return stream;
  }

  #dropStream(name: OutputStreamName): void {
    const index = this.streams.findIndex((stream) => stream.name === name);
    if (index < 0) return;
    const [stream] = this.streams.splice(index, 1);
    this.#dropped.push(...(stream?.inFlight ?? []));
  }

  /** What the outcome says below the script's own words, so that the whole output has it, too. */
  #say(name: OutputStreamName, text: string): void {
    const path = saidFile(this.directory, name);
    if (existsSync(path)) return;
    const written = this.#readRuns()
      .map((directory) => readHead(join(directory, name), STREAM_BYTES_READ))
      .join('');
    if (!text.startsWith(written) || text.length === written.length) return;
    const said = text.slice(written.length);
    const spool = this.#spool(name);
    const endsLine = readPiece(spool, Math.max(0, spool.end - 1), 1)?.bytes[0] === 0x0a;
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    // It was put on a line of its own below the head, which need not be where the output ends.
    writeDurably(path, endsLine && said.startsWith('\n') ? said.slice(1) : said);
  }

  #spool(name: OutputStreamName): Spool {
    return readSpool(this.#readRuns(), name, !this.#ended, this.#ended ? saidFile(this.directory, name) : undefined);
  }

  #readRuns(): readonly string[] {
    this.#runs ??= (findText(join(this.directory, RUNS_FILE)) ?? '').split('\n').filter((line) => line !== '');
    return this.#runs;
  }
}
