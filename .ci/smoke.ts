// A script on a node, through the AWS SDK: what the AWS CLI does where it is installed. Arguments: node id, seconds to wait.
import { GetCommandInvocationCommand, SendCommandCommand, SSMClient, waitUntilCommandExecuted } from '@aws-sdk/client-ssm';

const [nodeId = '', seconds = '60'] = process.argv.slice(2);
const ssm = new SSMClient({});
const sent = await ssm.send(
  new SendCommandCommand({
    DocumentName: 'AWS-RunShellScript',
    Parameters: { commands: ['uname -a'] },
    Targets: [{ Key: 'InstanceIds', Values: [nodeId] }],
  }),
);
const which = { CommandId: sent.Command?.CommandId ?? '', InstanceId: nodeId };
await waitUntilCommandExecuted({ client: ssm, maxWaitTime: Number(seconds) }, which);
const invocation = await ssm.send(new GetCommandInvocationCommand(which));
process.stdout.write(invocation.StandardOutputContent ?? '');
