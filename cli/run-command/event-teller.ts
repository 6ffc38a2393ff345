// From the events of a command to reports, each once. An event may tell a piece of output that was told before, or one further on than
// what was seen so far, or none at all: then the stream is sealed, and what is missing is read from what the server keeps.
import { AwsError } from '../aws-call.ts';
import type { WatchEvent } from './command-api.ts';
import type { KeptOutput, OutputOf } from './kept-output.ts';
import type { NodeLabels } from './node-labels.ts';
import { OutputLines } from './output-lines.ts';
import type { OutputLine, OutputPiece } from './output-lines.ts';
import type { CommandReport } from './report.ts';

export interface TellerOptions {
  readonly report: CommandReport;
  readonly labels: NodeLabels;
  readonly wants: (line: OutputLine) => boolean;
  readonly kept: (of: Omit<OutputOf, 'commandId'>) => AsyncIterable<KeptOutput>;
}

type OfStream = Omit<OutputPiece, 'offset' | 'data'>;

/** A node that is in one of these has more to say. */
const LIVE_STATES = new Set(['Pending', 'InProgress', 'Delayed', 'Cancelling']);

export class EventTeller {
  readonly #options: TellerOptions;
  readonly #lines = new OutputLines();
  readonly #states = new Map<string, string>();

  constructor(options: TellerOptions) {
    this.#options = options;
  }

  async tell(event: WatchEvent): Promise<void> {
    const { InstanceId: instanceId, StepName: step, Stream: stream, Offset: offset = 0 } = event;
    this.#options.labels.learn(instanceId, event.ComputerName);
    if (step !== undefined && stream !== undefined) {
      const of = { instanceId, step, stream };
      if (this.#lines.next(of) < offset) await this.#fill(of, offset);
      if (event.Data !== undefined) this.#accept({ ...of, offset, data: Buffer.from(event.Data, 'base64') });
    }
    if (event.StatusDetails !== undefined) this.#tellState(event, event.StatusDetails);
  }

  /** What waits for a line end will not get one any more. */
  finish(): void {
    this.#tellLines(this.#lines.finish());
  }

  #tellState({ InstanceId: instanceId, ComputerName, ResponseCode }: WatchEvent, statusDetails: string): void {
    if (this.#states.get(instanceId) === statusDetails) return;
    this.#states.set(instanceId, statusDetails);
    if (!LIVE_STATES.has(statusDetails)) this.#tellLines(this.#lines.finish(instanceId));
    this.#options.report.state({ instanceId, computerName: ComputerName, statusDetails, responseCode: ResponseCode });
  }

  /** Up to `offset`, as far as it is kept. */
  async #fill(of: OfStream, offset: number): Promise<void> {
    try {
      for await (const page of this.#options.kept({ ...of, from: this.#lines.next(of) })) {
        this.#accept({ ...of, offset: page.offset, data: page.data });
        if (this.#lines.next(of) >= offset || this.#options.report.stopped.aborted) return;
      }
    } catch (error) {
      // What cannot be read any more is a gap, which is said when the next piece comes.
      if (!(error instanceof AwsError)) throw error;
    }
  }

  #accept(piece: OutputPiece): void {
    const { lines, gap } = this.#lines.accept(piece);
    if (gap !== undefined) this.#options.report.gap(gap);
    this.#tellLines(lines);
  }

  #tellLines(lines: readonly OutputLine[]): void {
    const { report, labels, wants } = this.#options;
    for (const line of lines.filter(wants)) report.output(line, labels.nameOf(line.instanceId));
  }
}
