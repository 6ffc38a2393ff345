// `muster run`: sends a command and follows it to its end.
import type { Host } from '../host.ts';
import { readOptions, SERVER_OPTIONS } from '../options.ts';
import { withServer } from '../server-session.ts';
import type { ServerSession } from '../server-session.ts';
import { UsageError } from '../usage-error.ts';
import type { SendRequest } from './command-api.ts';
import { followToEnd, readGroup } from './follow-to-end.ts';
import { EXIT } from './outcome.ts';
import { mayGoOn, showPreview } from './preview.ts';
import { readRequest, REQUEST_OPTIONS, splitAtDashes } from './request.ts';

export const RUN_HELP = `muster run: run a command on many nodes and watch it

  muster run --targets tag:role=web --max-concurrency 10% -- uptime
  muster run --node mi-0123456789abcdef0 -- 'df -h | tail -n 1'

Which nodes
  --targets tag:KEY=VALUE[,VALUE…]   nodes with the tag; given again: nodes that match all
  --targets tag-key=KEY              nodes with a tag of this name
  --targets group:NAME               nodes of a resource group
  --targets InstanceIds=ID[,ID…]     these nodes
  --node ID                          this node; may be given again

What
  -- CMD ARGS…                       several words are run as they are; one word alone is a line of the shell, as ssh takes it
  --shell sh|pwsh                    default sh: the document AWS-RunShellScript
  --document NAME                    another document; --document-version N
  --parameters NAME=VALUE|JSON       its parameters; may be given again
  --working-directory DIR            where it runs on the node
  --timeout SECONDS                  how long it may run on a node (the document's executionTimeout)
  --delivery-timeout SECONDS         how long a node may take to fetch it (SendCommand's TimeoutSeconds)
  --comment TEXT

How
  --max-concurrency N|N%             at most so many nodes at a time
  --max-errors N|N%                  no more are started when more than so many have failed
  --preview                          what would happen, and nothing happens
  --yes                              at a terminal, do not ask before more than 100 nodes
  --no-wait                          print the command's id and leave

What is shown
  --group                            equal results together at the end, no lines before (what more than 20 nodes get)
  --no-group                         lines as they come, no groups
  --json                             one JSON object a line (docs/command-line.md)
  --data-dir DIR                     the server's data directory, instead of the variables that muster credentials sets

Ctrl-C says how to come back and leaves; a second one within 5 seconds cancels the command.
Exit code: 0 success everywhere · 1 failed or cancelled somewhere · 2 wrong use or refused · 3 no node matched · 4 timed out or not
delivered somewhere · 5 the server was lost · 130 interrupted
`;

const OPTIONS = {
  ...SERVER_OPTIONS,
  ...REQUEST_OPTIONS,
  preview: { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  group: { type: 'boolean' },
  'no-group': { type: 'boolean' },
  'no-wait': { type: 'boolean' },
} as const;

export async function runCommand(argv: readonly string[], host: Host): Promise<number> {
  const { options, words } = splitAtDashes(argv);
  const { values, positionals } = readOptions('run', options, OPTIONS);
  if (values.help === true) {
    host.stdout.write(RUN_HELP);
    return EXIT.success;
  }
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
