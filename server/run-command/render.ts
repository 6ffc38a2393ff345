// Renders a letter into what the agent gets. The same for every node of a command, so the hub asks once and caches it.
import type { Letter, RenderedJob } from '../platform/channels/ports.ts';
import type { CommandId } from '../platform/ids.ts';
import { isCommandFinal } from './command.ts';
import type { CommandKey } from './command.ts';
import type { RunCommand } from './domain.ts';
import { commandJobId } from './job-ids.ts';
import type { SentDocument } from './sending/resolve-targets.ts';
import * as store from './store.ts';

export async function renderLetter(run: RunCommand, letter: Letter): Promise<RenderedJob | undefined> {
  const key: CommandKey = { account: letter.account, region: letter.region, commandId: letter.reference as CommandId };
  if (letter.kind === 'cancel') {
    return {
      shared: false,
      topic: `aws.ssm.cancelCommand.${letter.region}.${letter.nodeId}`,
      content: JSON.stringify({ CancelMessageId: commandJobId(key.commandId, letter.nodeId) }),
    };
  }
  return run.database.read(async (tx) => {
    const row = await store.findCommand(tx, key);
    if (row === undefined || isCommandFinal(row.state)) return undefined;
    const sent = await store.findContent(tx, key, row.document_hash);
    if (sent === undefined) return undefined;
    const payload = {
      CommandId: row.command_id,
      DocumentName: row.document_name,
      Parameters: JSON.parse(row.agent_parameters) as unknown,
      DocumentContent: (JSON.parse(sent) as SentDocument).content,
      OutputS3BucketName: '',
      OutputS3KeyPrefix: '',
      CloudWatchLogGroupName: '',
      // A string, not a boolean: the stock agent wants it so.
      CloudWatchOutputEnabled: 'false',
    };
    return { shared: true, topic: `aws.ssm.sendCommand.${letter.region}`, content: JSON.stringify(payload) };
  });
}
