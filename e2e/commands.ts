// Run Command through the AWS CLI, as the tests use it.
import { aws } from './aws-cli.ts';
import type { Json } from './aws-cli.ts';
import { eventually } from './eventually.ts';
import type { RunningServer } from './running-server.ts';

const FINAL = ['Success', 'Failed', 'Cancelled', 'TimedOut'];

/** Returns the command's id. */
export async function sendShellCommand(
  server: RunningServer,
  script: readonly string[],
  ...options: readonly string[]
): Promise<string> {
  const sent = await aws(
    server,
    'ssm',
    'send-command',
    '--document-name',
    'AWS-RunShellScript',
    '--parameters',
    JSON.stringify({ commands: script }),
    ...options,
  );
  return String((sent['Command'] as Json)['CommandId']);
}

export async function findCommand(server: RunningServer, commandId: string): Promise<Json> {
  const listed = await aws(server, 'ssm', 'list-commands', '--command-id', commandId);
  return (listed['Commands'] as readonly Json[])[0] ?? {};
}

export async function listInvocations(server: RunningServer, commandId: string): Promise<readonly Json[]> {
  const listed = await aws(server, 'ssm', 'list-command-invocations', '--command-id', commandId);
  return listed['CommandInvocations'] as readonly Json[];
}

export async function finishedCommand(server: RunningServer, commandId: string, limitMs: number): Promise<Json> {
  return eventually(`command ${commandId} is final`, limitMs, async () => {
    const command = await findCommand(server, commandId);
    return FINAL.includes(String(command['Status'])) ? command : undefined;
  });
}

export async function finishedInvocation(
  server: RunningServer,
  commandId: string,
  nodeId: string,
  limitMs: number,
): Promise<Json> {
  return eventually(`${nodeId} has finished command ${commandId}`, limitMs, async () => {
    const invocation = (await listInvocations(server, commandId)).find(({ InstanceId }) => InstanceId === nodeId);
    if (!FINAL.includes(String(invocation?.['Status']))) return undefined;
    return aws(server, 'ssm', 'get-command-invocation', '--command-id', commandId, '--instance-id', nodeId);
  });
}

export async function onlineNodes(server: RunningServer): Promise<readonly Json[]> {
  const described = await aws(server, 'ssm', 'describe-instance-information', '--filters', 'Key=PingStatus,Values=Online');
  return described['InstanceInformationList'] as readonly Json[];
}

/** What became of a command on each node, for the message of a failure. */
export async function explain(server: RunningServer, commandId: string): Promise<string> {
  const listed = await aws(server, 'ssm', 'list-command-invocations', '--command-id', commandId, '--details');
  return (listed['CommandInvocations'] as readonly Json[])
    .map(({ InstanceId, Status, StatusDetails, CommandPlugins }) => {
      const plugins = (CommandPlugins as readonly Json[]).map(
        ({ ResponseCode, Output }) => `${String(ResponseCode)} ${String(Output)}`,
      );
      return [InstanceId, Status, StatusDetails, ...plugins].join(' | ');
    })
    .join('\n');
}
