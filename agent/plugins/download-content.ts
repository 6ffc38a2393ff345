// aws:downloadContent: what is wanted is judged here, the download itself is a supervised program (content/download-program.ts). So the
// run's files are the truth, as for scripts: asked again, a download that was started is attached to, never repeated.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DownloadRequest } from '../content/download-request.ts';
import { parseDestination, parseSource, SourceError } from '../content/source.ts';
import type { ContentSource } from '../content/source.ts';
import { STREAM_BYTES_READ } from '../documents/output.ts';
import { appendLine, EXIT_KILLED, failure } from '../documents/result.ts';
import type { PluginOutcome } from '../documents/result.ts';
import { readHead, writeDurably } from '../machine/files.ts';
import { describeError } from '../machine/log.ts';
import type { RunEnd } from '../supervision/step-supervisor.ts';
import type { Plugin, PluginContext } from './plugin.ts';
import { scriptTimeoutSeconds } from './script-step.ts';

const PROGRAM = fileURLToPath(new URL('../content/download-program.ts', import.meta.url));

const downloadContent: Plugin = {
  action: 'aws:downloadContent',
  platforms: ['Linux', 'MacOS', 'Windows'],
  variableSyntax: 'shell',
  async run(inputs, context) {
    const { directory } = context;
    let source: ContentSource;
    let destination: string;
    try {
      source = parseSource(inputs['sourceType'], inputs['sourceInfo']);
      destination = parseDestination(inputs['destinationPath'], context.downloadsDirectory);
    } catch (error) {
      if (error instanceof SourceError) return failure(error.message);
      throw error;
    }
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const request = join(directory, 'request.json');
    if (!existsSync(join(directory, 'started')) && !existsSync(request)) {
      const fetched = await withText(source, context);
      if (typeof fetched === 'string') return failure(fetched);
      writeDurably(request, JSON.stringify({ source: fetched, destination, ca: context.content.ca } satisfies DownloadRequest));
    }
    const timeoutSeconds = scriptTimeoutSeconds(inputs['timeoutSeconds']);
    const end = await context.supervise({
      directory,
      command: [process.execPath, PROGRAM, directory],
      timeoutSeconds,
      workingDirectory: directory,
      environment: programEnvironment(context.environment),
    });
    // The program removes both itself unless it was killed.
    rmSync(request, { force: true });
    rmSync(join(directory, 'staging'), { recursive: true, force: true });
    const read = (stream: string): string => readHead(join(directory, stream), STREAM_BYTES_READ);
    return downloadOutcome(end, read('stdout'), read('stderr'), timeoutSeconds);
  },
};

/** A document comes from the server now; everything else is left to the program. A sentence when the server does not give it. */
async function withText(source: ContentSource, context: PluginContext): Promise<DownloadRequest['source'] | string> {
  if (source.kind !== 'document') return source;
  const { name, baseName, version } = source.reference;
  try {
    return { kind: 'text', fileName: `${baseName}.json`, text: await context.content.getDocument(name, version) };
  } catch (error) {
    return `Unable to get ssm document ${name}: ${describeError(error)}`;
  }
}

/** Node's own requests look at the proxy variables only when they are told to; git must not ask what nobody can answer. */
function programEnvironment(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { ...environment, NODE_USE_ENV_PROXY: '1', GIT_TERMINAL_PROMPT: '0' };
}

function downloadOutcome(end: RunEnd, standardOutput: string, standardError: string, timeoutSeconds: number): PluginOutcome {
  const outcome = { status: 'Failed', code: EXIT_KILLED, standardOutput, standardError, ends: false } as const;
  const failed = (text: string): PluginOutcome => ({ ...outcome, standardError: appendLine(standardError, text) });
  switch (end.kind) {
    case 'exit':
      return end.code === 0 ? { ...outcome, status: 'Success', code: 0 } : { ...outcome, code: 1 };
    case 'timed-out':
      return { ...failed(`the download did not end within ${timeoutSeconds} seconds`), status: 'TimedOut' };
    case 'cancelled':
      return { ...outcome, status: 'Cancelled' };
    case 'terminated':
    case 'interrupted':
      return { ...failed('the download was interrupted. It is not started again.'), code: 1 };
    default:
      return end satisfies never;
  }
}

export default downloadContent;
