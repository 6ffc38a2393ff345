// One file fetched under the supervisor (content/fetch-file-program.ts), as a phase of a step: started once, attached to when it is asked for again.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FetchRequest } from '../content/fetch-file-program.ts';
import { STREAM_BYTES_READ } from '../documents/output.ts';
import { appendLine, EXIT_KILLED } from '../documents/result.ts';
import type { PluginOutcome } from '../documents/result.ts';
import { readHead, writeDurably } from '../machine/files.ts';
import type { RunEnd } from '../supervision/step-supervisor.ts';
import type { PluginContext } from './plugin.ts';

const PROGRAM = fileURLToPath(new URL('../content/fetch-file-program.ts', import.meta.url));

/** `request` is asked for only when nothing has been written down yet. */
export async function superviseFetch(
  context: PluginContext,
  directory: string,
  timeoutSeconds: number,
  request: () => FetchRequest,
): Promise<RunEnd> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'request.json');
  if (!existsSync(join(directory, 'started')) && !existsSync(path)) writeDurably(path, JSON.stringify(request()));
  const end = await context.supervise({
    directory,
    command: [process.execPath, PROGRAM, directory],
    timeoutSeconds,
    workingDirectory: directory,
    // Node's own requests look at the proxy variables only when they are told to.
    environment: { ...context.environment, NODE_USE_ENV_PROXY: '1' },
  });
  // The program removes both itself unless it was killed.
  rmSync(path, { force: true });
  rmSync(join(directory, 'staging'), { recursive: true, force: true });
  return end;
}

/** Undefined: the file is there. Else the step's outcome. */
export function fetchOutcome(end: RunEnd, directory: string, timeoutSeconds: number): PluginOutcome | undefined {
  const said = readHead(join(directory, 'stderr'), STREAM_BYTES_READ);
  const outcome = { status: 'Failed', code: 1, standardOutput: '', standardError: said, ends: false } as const;
  switch (end.kind) {
    case 'exit':
      return end.code === 0 ? undefined : outcome;
    case 'timed-out':
      return {
        ...outcome,
        status: 'TimedOut',
        code: EXIT_KILLED,
        standardError: appendLine(said, `the download did not end within ${timeoutSeconds} seconds`),
      };
    case 'cancelled':
      return { ...outcome, status: 'Cancelled', code: EXIT_KILLED };
    case 'terminated':
    case 'interrupted':
      return { ...outcome, standardError: appendLine(said, 'the download was interrupted. It is not started again.') };
    default:
      return end satisfies never;
  }
}
