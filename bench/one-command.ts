// One command to all nodes with a tag, from SendCommand to the moment when the API reads Success for every one of them.
import { setTimeout as pause } from 'node:timers/promises';
import { ListCommandsCommand, SendCommandCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { FLEET_TAG } from './fleet.ts';
import { SCRIPT } from './frames.ts';

const POLL_MS = 5;

export async function sendToTag(client: SSMClient, tag: string = FLEET_TAG, script: string = SCRIPT): Promise<string> {
  const sent = await client.send(
    new SendCommandCommand({
      DocumentName: 'AWS-RunShellScript',
      Targets: [{ Key: `tag:${tag}`, Values: ['yes'] }],
      Parameters: { commands: [script] },
      MaxConcurrency: '100%',
      MaxErrors: '0',
    }),
  );
  return sent.Command?.CommandId ?? '';
}

export async function untilSuccess(client: SSMClient, commandId: string, nodes: number): Promise<void> {
  for (;;) {
    const answer = await client.send(new ListCommandsCommand({ CommandId: commandId }));
    const command = answer.Commands?.[0];
    if (command?.Status === 'Success') {
      if (command.TargetCount !== nodes || command.CompletedCount !== nodes)
        throw new Error(`only ${command.CompletedCount} of ${nodes} nodes ended`);
      return;
    }
    if (command?.Status !== 'Pending' && command?.Status !== 'InProgress')
      throw new Error(`the command ended ${command?.StatusDetails}`);
    await pause(POLL_MS);
  }
}

/** Milliseconds from before SendCommand until ListCommands reads Success for every node. */
export async function oneCommand(client: SSMClient, nodes: number): Promise<number> {
  const startedAt = performance.now();
  await untilSuccess(client, await sendToTag(client), nodes);
  return performance.now() - startedAt;
}
