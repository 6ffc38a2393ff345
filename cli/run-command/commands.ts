// `muster commands …`: what was sent, and what an operator does with it while it runs.
import type { CommandPage, OptionTable } from '@muster/server/main.ts';
import type { Host } from '../host.ts';
import { readCount, readOptions, SERVER_ENVIRONMENT, SERVER_EXITS, SERVER_OPTIONS } from '../options.ts';
import { withServer } from '../server-session.ts';
import type { ServerSession } from '../server-session.ts';
import { shownTime } from '../terminal/duration.ts';
import { Table } from '../terminal/table.ts';
import { plainName } from '../terminal/untrusted-text.ts';
import { UsageError } from '../usage-error.ts';
import type { CommandProgress, ListedCommand, RerunRequest } from './command-api.ts';
import { followToEnd, readGroup } from './follow-to-end.ts';
import { progressMembers } from './json-report.ts';
import { countsInWords, EXIT } from './outcome.ts';
import { showPreview } from './preview.ts';
import { readRequest, REQUEST_OPTIONS, splitAtDashes } from './request.ts';

const LISTED_DEFAULT = 20;
const LISTED_MAX = 100_000;
const STEERING = 'Options, each of the actions that its line names';

const OWN_OPTIONS = {
  max: {
    type: 'string',
    value: 'N',
    range: [1, LISTED_MAX],
    otherwise: String(LISTED_DEFAULT),
    meaning: 'list: how many',
    group: STEERING,
  },
  reason: { type: 'string', value: 'TEXT', meaning: 'pause: shown by describe', group: STEERING },
  'max-concurrency': {
    ...REQUEST_OPTIONS['max-concurrency'],
    meaning: 'update, rerun, preview: at most so many nodes at a time',
    group: STEERING,
  },
  'max-errors': {
    ...REQUEST_OPTIONS['max-errors'],
    meaning: 'update, rerun, preview: no more are started when more than so many have failed',
    group: STEERING,
  },
  status: {
    type: 'string',
    multiple: true,
    value: 'STATE[,STATE…]',
    meaning: 'rerun: only where it ended so, such as Failed or ExecutionTimedOut',
    group: STEERING,
  },
  node: { ...REQUEST_OPTIONS.node, meaning: 'rerun, cancel, preview: this node', group: STEERING },
  comment: { ...REQUEST_OPTIONS.comment, meaning: 'rerun, preview: kept with the command', group: STEERING },
  group: { type: 'boolean', meaning: 'rerun: equal results together at the end, no lines before', group: STEERING },
  'no-group': { type: 'boolean', meaning: 'rerun: lines as they come, no groups', group: STEERING },
  'no-wait': { type: 'boolean', meaning: "rerun: print the new command's id and leave", group: STEERING },
} as const satisfies OptionTable;
const OPTIONS = { ...OWN_OPTIONS, ...SERVER_OPTIONS } as const;
const PREVIEW_OPTIONS = { ...REQUEST_OPTIONS, ...SERVER_OPTIONS } as const;

export const COMMANDS_PAGE: CommandPage = {
  command: 'commands',
  what: 'what was sent, and steering it while it runs',
  forms: [
    ['muster commands [list]', 'the newest first'],
    ['muster commands describe COMMAND', 'how far it is, and what holds it'],
    ['muster commands pause COMMAND', 'no more nodes are started'],
    ['muster commands resume COMMAND', ''],
    ['muster commands update COMMAND', 'other limits: --max-concurrency, --max-errors'],
    ['muster commands rerun COMMAND', 'again where it did not succeed, or where --status or --node say, as a new command'],
    ['muster commands cancel COMMAND', 'on all nodes, or where --node says'],
    ['muster commands explain COMMAND NODE', 'why a node was or was not part of it, and what became of it there'],
    ['muster commands preview … -- CMD', 'what muster run with the same options would do'],
  ],
  examples: [
    ["muster commands pause 53b6a1ae-cce2-4c22-aa34-f4b014e59cdf --reason 'database is slow'", ''],
    ['muster commands update 53b6a1ae-cce2-4c22-aa34-f4b014e59cdf --max-concurrency 5', ''],
    ['muster commands rerun 53b6a1ae-cce2-4c22-aa34-f4b014e59cdf --status Failed', ''],
  ],
  options: { ...OWN_OPTIONS, ...previewOnly(), ...SERVER_OPTIONS },
  environment: [...SERVER_ENVIRONMENT, ['NO_COLOR, TERM=dumb', 'no colours and no bar']],
  exits: [...SERVER_EXITS.slice(0, 2), ['3', 'of preview: no node matches'], ...SERVER_EXITS.slice(2)],
  notes: ['muster commands rerun ends with the codes of muster run.'],
};

function previewOnly(): OptionTable {
  const rows = Object.entries(REQUEST_OPTIONS).filter(([name]) => !Object.hasOwn(OWN_OPTIONS, name));
  return Object.fromEntries(rows.map(([name, row]) => [name, { ...row, group: 'Of preview, as of muster run' }]));
}

type Values = ReturnType<typeof readOptions<typeof OPTIONS>>['values'];
type Act = (session: ServerSession, ids: readonly string[], values: Values) => Promise<number>;

interface Action {
  /** Names of what follows the action. */
  readonly takes: readonly string[];
  readonly options: readonly (keyof Values)[];
  readonly act: Act;
}

const RATES = ['max-concurrency', 'max-errors'] as const;

const ACTIONS: Readonly<Record<string, Action>> = {
  list: { takes: [], options: ['max'], act: list },
  describe: {
    takes: ['COMMAND'],
    options: [],
    act: (session, [id = ''], values) => show(session, session.commands.describe(id), values),
  },
  pause: {
    takes: ['COMMAND'],
    options: ['reason'],
    act: (session, [id = ''], values) => show(session, session.commands.pause(id, values.reason), values),
  },
  resume: {
    takes: ['COMMAND'],
    options: [],
    act: (session, [id = ''], values) => show(session, session.commands.resume(id), values),
  },
  update: { takes: ['COMMAND'], options: RATES, act: update },
  rerun: { takes: ['COMMAND'], options: [...RATES, 'status', 'node', 'comment', 'group', 'no-group', 'no-wait'], act: rerun },
  cancel: { takes: ['COMMAND'], options: ['node'], act: cancel },
  explain: { takes: ['COMMAND', 'NODE'], options: [], act: explain },
};

export async function commandsCommand(argv: readonly string[], host: Host): Promise<number> {
  const [name = 'list', ...rest] = argv[0]?.startsWith('-') === true ? ['list', ...argv] : argv;
  if (name === 'preview') return preview(rest, host);
  const { values, positionals } = readOptions('commands', rest, OPTIONS);
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) throw new UsageError(`unknown action ${JSON.stringify(name)}; muster commands --help`);
  if (positionals.length !== action.takes.length) throw new UsageError(`muster commands ${[name, ...action.takes].join(' ')}`);
  const known: readonly string[] = [...Object.keys(SERVER_OPTIONS), ...action.options];
  const foreign = Object.keys(values).find((option) => !known.includes(option));
  if (foreign !== undefined) throw new UsageError(`muster commands ${name} has no --${foreign}; muster commands --help`);
  return withServer(host, values['data-dir'], (session) => action.act(session, positionals, values));
}

async function preview(argv: readonly string[], host: Host): Promise<number> {
  const { options, words } = splitAtDashes(argv);
  const { values, positionals } = readOptions('commands', options, PREVIEW_OPTIONS);
  if (positionals.length > 0) throw new UsageError(`unexpected ${JSON.stringify(positionals[0])}: what is to run comes after --`);
  const { command } = readRequest(values, words);
  return withServer(host, values['data-dir'], ({ commands, screen }) =>
    showPreview(commands, command, screen, values.json === true),
  );
}

async function list({ commands, screen }: ServerSession, _ids: readonly string[], values: Values): Promise<number> {
  const max = readCount('max', values.max, 1, LISTED_MAX) ?? LISTED_DEFAULT;
  const table = new Table(['COMMAND', 'SENT', 'STATUS', 'NODES', 'DONE', 'ERRORS', 'DOCUMENT', 'COMMENT']);
  let token: string | undefined;
  let count = 0;
  do {
    const page = await commands.list(token);
    token = page.NextToken;
    const found = (page.Commands ?? []).slice(0, max - count);
    count += found.length;
    if (values.json === true) for (const command of found) screen.printJson({ type: 'command', ...listedMembers(command) });
    else for (const line of table.page(found.map(listedRow))) screen.print(line);
    await screen.settle();
  } while (token !== undefined && count < max && !screen.outputGone.aborted);
  return EXIT.success;
}

async function show({ screen }: ServerSession, asked: Promise<CommandProgress>, values: Values): Promise<number> {
  const command = await asked;
  if (values.json === true) screen.printJson(describedMembers(command));
  else for (const line of describedLines(command)) screen.print(line);
  return EXIT.success;
}

async function update(session: ServerSession, [id = '']: readonly string[], values: Values): Promise<number> {
  if (values['max-concurrency'] === undefined && values['max-errors'] === undefined) {
    throw new UsageError('muster commands update COMMAND changes --max-concurrency or --max-errors, and neither is given');
  }
  const change = { CommandId: id, MaxConcurrency: values['max-concurrency'], MaxErrors: values['max-errors'] };
  return show(session, session.commands.update(change), values);
}

async function rerun(session: ServerSession, [id = '']: readonly string[], values: Values): Promise<number> {
  const { status = [], node = [] } = values;
  const request: RerunRequest = {
    CommandId: id,
    ...(status.length === 0 ? {} : { StatusDetails: status.flatMap((states) => states.split(',')) }),
    ...(node.length === 0 ? {} : { InstanceIds: node.flatMap((ids) => ids.split(',')) }),
    ...(values['max-concurrency'] === undefined ? {} : { MaxConcurrency: values['max-concurrency'] }),
    ...(values['max-errors'] === undefined ? {} : { MaxErrors: values['max-errors'] }),
    ...(values.comment === undefined ? {} : { Comment: values.comment }),
  };
  const { CommandId: commandId, DocumentName: documentName = '' } = await session.commands.rerun(request);
  const json = values.json === true;
  if (values['no-wait'] !== true) return followToEnd(session, { commandId, documentName }, { json, group: readGroup(values) });
  if (json) session.screen.printJson({ type: 'command', commandId, documentName });
  else session.screen.print(commandId);
  return EXIT.success;
}

async function cancel(session: ServerSession, [id = '']: readonly string[], values: Values): Promise<number> {
  await session.commands.cancel(
    id,
    (values.node ?? []).flatMap((ids) => ids.split(',')),
  );
  return show(session, session.commands.describe(id), values);
}

async function explain(
  { commands, screen }: ServerSession,
  [id = '', node = '']: readonly string[],
  values: Values,
): Promise<number> {
  const { Verdict = '', Summary = '', Reasons = [] } = await commands.explain(id, node);
  if (values.json === true) {
    screen.printJson({ type: 'explanation', verdict: Verdict, summary: Summary, reasons: Reasons });
  } else {
    screen.print(`${plainName(Verdict)}: ${plainName(Summary)}`);
    for (const reason of Reasons) screen.print(`  ${plainName(reason)}`);
  }
  return EXIT.success;
}

function listedRow(command: ListedCommand): string[] {
  return [
    command.CommandId,
    shownTime(command.RequestedDateTime),
    command.StatusDetails ?? '',
    ...[command.TargetCount, command.CompletedCount, command.ErrorCount].map((count) => String(count ?? 0)),
    plainName(command.DocumentName ?? ''),
    plainName(command.Comment ?? ''),
  ];
}

function listedMembers(command: ListedCommand): Record<string, unknown> {
  return {
    commandId: command.CommandId,
    documentName: command.DocumentName,
    comment: command.Comment,
    statusDetails: command.StatusDetails,
    requestedAt: shownTime(command.RequestedDateTime),
    targetCount: command.TargetCount,
    completedCount: command.CompletedCount,
    errorCount: command.ErrorCount,
  };
}

function describedMembers(command: CommandProgress): Record<string, unknown> {
  return {
    type: 'command',
    ...progressMembers(command),
    documentName: command.DocumentName,
    comment: command.Comment,
    maxConcurrency: command.MaxConcurrency,
    maxErrors: command.MaxErrors,
    requestedAt: shownTime(command.RequestedDateTime),
    expiresAt: shownTime(command.ExpiresAfter),
    finishedAt: command.FinishedDateTime === undefined ? undefined : shownTime(command.FinishedDateTime),
    pausedBy: command.PausedBy,
    pausedReason: command.PausedReason,
    rerunOf: command.RerunOf,
    holding: command.Holding,
  };
}

function describedLines(command: CommandProgress): string[] {
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['Command', command.CommandId],
    ['Document', command.DocumentName],
    ['Comment', command.Comment],
    ['Status', command.StatusDetails + (command.Paused === true ? ' (paused)' : '')],
    ['Nodes', `${command.TargetCount ?? 0}${command.TargetsResolved === false ? ' so far' : ''}`],
    ['Of these', countsInWords(command.Counts ?? {})],
    ['Rates', `at most ${command.MaxConcurrency ?? '?'} at a time; stops when more than ${command.MaxErrors ?? '?'} have failed`],
    ['Sent', shownTime(command.RequestedDateTime)],
    [command.FinishedDateTime === undefined ? 'Ends by' : 'Ended', shownTime(command.FinishedDateTime ?? command.ExpiresAfter)],
    ['Reruns', command.RerunOf],
    ['Held', command.Holding],
  ];
  return lines
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name.padEnd(9)} ${plainName(value ?? '')}`);
}
