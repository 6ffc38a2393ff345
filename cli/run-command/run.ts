// `muster run`: sends a command and follows it to its end.
import type { CommandPage, OptionTable } from '@muster/server/main.ts';
import type { Host } from '../host.ts';
import { readOptions, SERVER_ENVIRONMENT, SERVER_OPTIONS } from '../options.ts';
import { withServer } from '../server-session.ts';
import type { ServerSession } from '../server-session.ts';
import { UsageError } from '../usage-error.ts';
import type { SendRequest } from './command-api.ts';
import { LIVE_NODES_MAX } from './follow.ts';
import { followToEnd, readGroup } from './follow-to-end.ts';
import { EXIT, RUN_EXITS } from './outcome.ts';
import { ASK_NODES_MIN, mayGoOn, showPreview } from './preview.ts';
import { readRequest, REQUEST_OPTIONS, splitAtDashes } from './request.ts';

const SHOWN = 'What is shown';

const OPTIONS = {
  ...REQUEST_OPTIONS,
  preview: { type: 'boolean', meaning: 'what would happen, and nothing happens', group: 'How' },
  yes: {
    type: 'boolean',
    short: 'y',
    meaning: `at a terminal, do not ask before more than ${ASK_NODES_MIN} nodes`,
    group: 'How',
  },
  'no-wait': { type: 'boolean', meaning: "print the command's id and leave", group: 'How' },
  group: {
    type: 'boolean',
    meaning: `equal results together at the end, no lines before (what more than ${LIVE_NODES_MAX} nodes get)`,
    group: SHOWN,
  },
  'no-group': { type: 'boolean', meaning: 'lines as they come, no groups', group: SHOWN },
  ...SERVER_OPTIONS,
} as const satisfies OptionTable;

export const RUN_PAGE: CommandPage = {
  command: 'run',
  what: 'run a command on many nodes and watch it',
  forms: [['muster run --targets TARGET|--node ID [OPTION]… -- CMD [ARG]…', '']],
  examples: [
    ['muster run --targets tag:role=web --max-concurrency 10% -- uptime', 'a tenth of the nodes at a time'],
    ["muster run --node mi-0123456789abcdef0 -- 'df -h | tail -n 1'", 'a line of the shell on one node'],
    [
      'muster run --targets group:web --document AWS-ConfigureAWSPackage --parameters action=Install --parameters name=x',
      'another document',
    ],
  ],
  options: OPTIONS,
  environment: [...SERVER_ENVIRONMENT, ['NO_COLOR, TERM=dumb', 'no colours and no bar']],
  exits: RUN_EXITS,
  notes: ['Ctrl-C says how to come back and leaves; a second one within 5 seconds cancels the command.'],
};

export async function runCommand(argv: readonly string[], host: Host): Promise<number> {
  const { options, words } = splitAtDashes(argv);
  const { values, positionals } = readOptions('run', options, OPTIONS);
  if (positionals.length > 0) {
    throw new UsageError(
      `unexpected ${JSON.stringify(positionals[0])}: what is to run comes after --, as in: -- ${positionals.join(' ')}`,
    );
  }
  if (values.group === true && values['no-group'] === true)
    throw new UsageError('--group and --no-group cannot be given together');
  const request = readRequest(values, words);
  const json = values.json === true;
  return withServer(host, values['data-dir'], async (session) => {
    const { commands: api, screen } = session;
    if (values.preview === true) return showPreview(api, request.command, screen, json);
    if (values.yes !== true && !(await mayGoOn(api, request.command, screen, host.ask))) {
      screen.note('muster: nothing was sent');
      return EXIT.wrongUse;
    }
    return send(
      session,
      { ...request.command, ...request.sending },
      { json, group: readGroup(values), wait: values['no-wait'] !== true },
    );
  });
}

async function send(
  session: ServerSession,
  request: SendRequest,
  { json, group, wait }: { json: boolean; group: boolean | undefined; wait: boolean },
): Promise<number> {
  const { CommandId: commandId, DocumentName: documentName } = await session.commands.send(request);
  if (wait) return followToEnd(session, { commandId, documentName }, { json, group });
  if (json) session.screen.printJson({ type: 'command', commandId, documentName });
  else session.screen.print(commandId);
  return EXIT.success;
}
