// Which steps have output that the server lacks: a small file each in `DIR/output`, so that a restarted agent goes on. Where to go on, the server
// knows; nothing else is kept.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseJobId } from '@muster/protocol/channel.ts';
import type { OutputStreamName } from '@muster/protocol/output-stream.ts';
import { writeDurably } from '../machine/files.ts';

export interface PendingStep {
  readonly jobId: string;
  readonly step: number;
  readonly stepName: string;
  readonly directory: string;
  /** The streams that are to be told to their end; undefined while the step runs. */
  readonly ended: readonly OutputStreamName[] | undefined;
}

export interface PendingSteps {
  load(): readonly PendingStep[];
  save(step: PendingStep): void;
  remove(step: Pick<PendingStep, 'jobId' | 'step'>): void;
}

export function openPendingSteps(directory: string): PendingSteps {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const pathOf = ({ jobId, step }: Pick<PendingStep, 'jobId' | 'step'>): string =>
    join(directory, `${parseJobId(jobId)?.commandUuid ?? ''}.${step}`);
  return {
    load: () =>
      readdirSync(directory).flatMap((name) => {
        const step = /\.\d+$/.test(name) ? parsePending(readFileSync(join(directory, name), 'utf8')) : undefined;
        // Torn or of another version: the output stays on this machine, as that of any agent without the extension.
        if (step === undefined) rmSync(join(directory, name), { force: true });
        return step ?? [];
      }),
    save: (step) => writeDurably(pathOf(step), JSON.stringify(step)),
    remove: (step) => rmSync(pathOf(step), { force: true }),
  };
}

function parsePending(text: string): PendingStep | undefined {
  try {
    const value = JSON.parse(text) as PendingStep;
    return parseJobId(value.jobId) !== undefined && Number.isInteger(value.step) ? value : undefined;
  } catch {
    return undefined;
  }
}
