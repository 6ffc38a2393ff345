// Rendered jobs, kept by command: the JSON text that goes to every node of a command is made and escaped once. Bounded by number and
// by bytes; what was used longest ago goes first.
import { agentJobTail } from '@muster/protocol/channel.ts';
import type { JobHandler, Letter, RenderedJob } from './ports.ts';

export interface SendableJob extends RenderedJob {
  /** What an `agent_job` holds behind its job id. */
  readonly tail: string;
}

export interface RenderedJobsOptions {
  readonly handler: Pick<JobHandler, 'render'>;
  readonly renderedMax: number;
  readonly renderedBytesMax: number;
}

export class RenderedJobs {
  readonly #options: RenderedJobsOptions;
  readonly #kept = new Map<string, SendableJob>();
  #bytes = 0;

  constructor(options: RenderedJobsOptions) {
    this.#options = options;
  }

  /** One job for each letter: undefined where it may not be sent any more, an Error where rendering failed. */
  async render(letters: readonly Letter[]): Promise<(SendableJob | undefined | Error)[]> {
    const wanted = new Map<string, Letter>();
    for (const letter of letters) wanted.set(keyOf(letter), letter);
    const made = new Map<string, SendableJob | undefined | Error>();
    await Promise.all([...wanted].map(async ([key, letter]) => made.set(key, await this.#find(key, letter))));
    return letters.map((letter) => made.get(keyOf(letter)));
  }

  async #find(key: string, letter: Letter): Promise<SendableJob | undefined | Error> {
    const kept = this.#kept.get(key);
    if (kept === undefined) return this.#make(key, letter);
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept;
  }

  async #make(key: string, letter: Letter): Promise<SendableJob | undefined | Error> {
    try {
      const job = await this.#options.handler.render(letter);
      if (job === undefined) return undefined;
      const made = { ...job, tail: agentJobTail(job.topic, job.content) };
      if (job.shared) this.#keep(key, made);
      return made;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #keep(key: string, job: SendableJob): void {
    const { renderedMax, renderedBytesMax } = this.#options;
    this.#drop(key);
    this.#kept.set(key, job);
    this.#bytes += sizeOf(job);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= renderedMax && this.#bytes <= renderedBytesMax) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const job = this.#kept.get(key);
    if (job === undefined) return;
    this.#kept.delete(key);
    this.#bytes -= sizeOf(job);
  }
}

/** Commands are the same for all their nodes; a cancel names its node. */
function keyOf(letter: Letter): string {
  return letter.kind === 'cancel' ? letter.jobId : `${letter.account}/${letter.region}/${letter.reference}`;
}

/** Both texts are kept; characters are close enough to bytes. */
function sizeOf(job: SendableJob): number {
  return job.content.length + job.tail.length;
}
