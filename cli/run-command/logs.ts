// `muster logs`: what a command's nodes wrote, all of it as far as the server keeps it, now or as it comes.
import type { CommandPage, OptionTable } from '@muster/server/main.ts';
import type { Host } from '../host.ts';
import { readCount, readOptions, SERVER_ENVIRONMENT, SERVER_EXITS, SERVER_OPTIONS } from '../options.ts';
import { withServer } from '../server-session.ts';
import type { ServerSession } from '../server-session.ts';
import { UsageError } from '../usage-error.ts';
import { followCommand } from './follow.ts';
import { reportGroups } from './groups.ts';
import { jsonReport } from './json-report.ts';
import { outputPages } from './kept-output.ts';
import { LastLines } from './last-lines.ts';
import { NodeLabels } from './node-labels.ts';
import { EXIT } from './outcome.ts';
import { OutputLines } from './output-lines.ts';
import type { OutputLine } from './output-lines.ts';
import type { CommandReport } from './report.ts';
import { textReport } from './text-report.ts';

const CUT_SENTENCE =
  "muster: the node's agent does not send its whole output: of each stream AWS's 24,000 characters are kept, and there was more";
const TAIL_LINES_MAX = 10_000;

const OPTIONS = {
  follow: { type: 'boolean', short: 'f', meaning: 'and what comes, until the command has ended' },
  group: { type: 'boolean', meaning: 'equal results together; of all nodes, and all that there is by now' },
  step: { type: 'string', value: 'NAME', meaning: 'only this step of the document' },
  stream: { type: 'string', value: 'stdout|stderr', meaning: 'only this' },
  tail: {
    type: 'string',
    value: 'N',
    range: [0, TAIL_LINES_MAX],
    meaning: 'of each node and stream the last N lines; not with --follow',
  },
  ...SERVER_OPTIONS,
} as const satisfies OptionTable;

export const LOGS_PAGE: CommandPage = {
  command: 'logs',
  what: "what a command's nodes wrote",
  forms: [
    ['muster logs COMMAND [OPTION]…', "what there is by now, each line with its node's name"],
    ['muster logs COMMAND NODE [OPTION]…', 'all of one node, as it was written'],
  ],
  examples: [
    ['muster logs 53b6a1ae-cce2-4c22-aa34-f4b014e59cdf --follow', ''],
    ['muster logs 53b6a1ae-cce2-4c22-aa34-f4b014e59cdf --group', ''],
    ['muster logs 53b6a1ae-cce2-4c22-aa34-f4b014e59cdf mi-0123456789abcdef0 > output', 'byte for byte'],
  ],
  options: OPTIONS,
  environment: [...SERVER_ENVIRONMENT, ['NO_COLOR, TERM=dumb', 'no colours']],
  exits: SERVER_EXITS,
  notes: ['What nodes wrote to standard error goes to standard error.'],
};

interface Wanted {
  readonly commandId: string;
  readonly instanceId: string | undefined;
  readonly step: string | undefined;
  readonly stream: 'stdout' | 'stderr' | undefined;
  readonly tail: number | undefined;
}

export async function logsCommand(argv: readonly string[], host: Host): Promise<number> {
  const { values, positionals } = readOptions('logs', argv, OPTIONS);
  const [commandId, instanceId, ...more] = positionals;
  if (commandId === undefined || more.length > 0) throw new UsageError('muster logs COMMAND [NODE]; muster logs --help');
  const { group = false, follow = false, json = false } = values;
  if (group && (follow || instanceId !== undefined || values.tail !== undefined || values.stream !== undefined)) {
    throw new UsageError('--group shows results of all nodes: it goes with neither NODE nor --follow, --tail or --stream');
  }
  if (follow && values.tail !== undefined) throw new UsageError('--tail and --follow cannot be given together');
  const wanted: Wanted = {
    commandId,
    instanceId,
    step: values.step,
    stream: readStream(values.stream),
    tail: readCount('tail', values.tail, 0, TAIL_LINES_MAX),
  };
  return withServer(host, values['data-dir'], async (session) => {
    if (group) return showGroups(session, wanted, json);
    if (instanceId === undefined || follow) return showEvents(session, wanted, json, follow);
    return showKept(session, { ...wanted, instanceId }, json);
  });
}

function readStream(given: string | undefined): 'stdout' | 'stderr' | undefined {
  if (given === undefined || given === 'stdout' || given === 'stderr') return given;
  throw new UsageError(`--stream ${JSON.stringify(given)} is neither stdout nor stderr`);
}

async function showGroups(session: ServerSession, { commandId, step }: Wanted, json: boolean): Promise<number> {
  const { commands: api, client } = session;
  const labels = new NodeLabels();
  const report = reporterOf(session, labels, json, false);
  await reportGroups({ api, client, commandId, step, labels, report, groupsMax: undefined });
  return EXIT.success;
}

async function showEvents(session: ServerSession, wanted: Wanted, json: boolean, follow: boolean): Promise<number> {
  const { commands: api, screen, host } = session;
  const labels = new NodeLabels();
  const shown = reporterOf(session, labels, json, wanted.instanceId !== undefined);
  const last = wanted.tail === undefined ? undefined : new LastLines(wanted.tail);
  const report: CommandReport = {
    ...shown,
    output: (line, name) => (last === undefined ? shown.output(line, name) : last.accept(line)),
    // Looking at what was is not watching: no bar without --follow.
    progress: (command) => (follow ? shown.progress(command) : undefined),
  };
  const instanceIds = wanted.instanceId === undefined ? undefined : [wanted.instanceId];
  const options = { api, clock: host.clock, commandId: wanted.commandId, instanceIds, report, labels };
  const wants = (line: OutputLine): boolean => isWanted(line, wanted);
  const followed = await followCommand({ ...options, wants, show: 'lines', wait: follow, signal: screen.outputGone });
  for (const line of last?.lines() ?? []) shown.output(line, labels.nameOf(line.instanceId));
  await shown.settle();
  if (followed !== undefined && follow) shown.ended(followed.command, EXIT.success);
  return EXIT.success;
}

/** One node, from what is kept: as it was written, where no terminal and no program reads it. */
async function showKept(session: ServerSession, wanted: Wanted & { instanceId: string }, json: boolean): Promise<number> {
  const { commands: api, screen } = session;
  const report = reporterOf(session, new NodeLabels(), json, true);
  const streams = wanted.stream === undefined ? (['stdout', 'stderr'] as const) : [wanted.stream];
  for (const stream of streams) {
    const lines = new OutputLines();
    const last = wanted.tail === undefined ? undefined : new LastLines(wanted.tail);
    const isRaw = !json && last === undefined && !(stream === 'stdout' ? screen.out : screen.err).isTerminal;
    const tell = (line: OutputLine): void => (last === undefined ? report.output(line, undefined) : last.accept(line));
    let step: string | undefined;
    for await (const page of outputPages(api, { ...wanted, stream })) {
      if (page.step !== step) for (const line of lines.finish()) tell(line);
      step = page.step;
      if (isRaw) (stream === 'stdout' ? screen.printRaw.bind(screen) : screen.noteRaw.bind(screen))(page.data);
      else for (const line of lines.accept({ ...page, instanceId: wanted.instanceId, stream }).lines) tell(line);
      if (page.cut) screen.note(CUT_SENTENCE);
      if (page.gap !== undefined) screen.note(`muster: ${screen.err.safe(page.gap)}`);
      await screen.settle();
      if (screen.outputGone.aborted) return EXIT.success;
    }
    for (const line of lines.finish()) tell(line);
    for (const line of last?.lines() ?? []) report.output(line, undefined);
  }
  return EXIT.success;
}

function isWanted(line: OutputLine, { step, stream }: Wanted): boolean {
  return (step === undefined || line.step === step) && (stream === undefined || line.stream === stream);
}

function reporterOf({ screen, host }: ServerSession, labels: NodeLabels, json: boolean, bare: boolean): CommandReport {
  return json ? jsonReport(screen) : textReport({ screen, clock: host.clock, labels, bare, showsOutput: () => true });
}
