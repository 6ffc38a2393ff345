// SendCommand: checks everything that can be checked, then one transaction: the command, an invocation for each node named by id, the
// journal. Targets by tag are resolved afterwards, page by page, by the dispatcher.
import type { RequestContext } from '../../platform/api/operation.ts';
import { operation } from '../../platform/api/operation.ts';
import type { SendCommandRequest, SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { documentArn, type ResolvedDocument, validateParameters } from '../../documents/index.ts';
import type { NodeFacts } from '../../nodes/index.ts';
import type { NodeId } from '../../platform/ids.ts';
import { createHash } from 'node:crypto';
import { DISPATCHER, type RunCommand, wakeKey } from '../domain.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import { executionTimeoutSeconds } from '../execution-timeout.ts';
import { justMade } from '../new-command.ts';
import { DEFAULT_MAX_CONCURRENCY, DEFAULT_MAX_ERRORS } from '../rate.ts';
import { resolveReferences } from '../parameter-references.ts';
import { fitsPlatform, newInvocation, type SentDocument } from '../resolve-targets.ts';
import * as store from '../store.ts';
import type { CommandRow } from '../tables.ts';
import { checkTargets, type NamedTargets } from '../targets.ts';
import { commandView } from '../view.ts';

type Context = RequestContext<SsmApi['SendCommand']['errors']>;

const DEFAULT_TIMEOUT_SECONDS = 3_600;
/** Content and parameters together, as AWS bounds a document. */
const PAYLOAD_BYTES_MAX = 64 * 1024;

export default operation<SsmApi, RunCommand>()('ssm', 'SendCommand', {
  action: 'ssm:SendCommand',
  audit: 'write',
  resources: (input, scope) => [
    documentArn(scope, input.DocumentName),
    ...(input.InstanceIds ?? []).map((nodeId) => nodeArn(scope, nodeId)),
  ],
  async handle(run, ctx, input) {
    refuseWhatIsNotDone(ctx, input);
    const targets = checkTargets(input, ctx);
    await requireGroup(run, ctx, input);
    const document = await run.documents.resolve(ctx, input.DocumentName, input.DocumentVersion);
    checkHash(ctx, input, document);
    const { content: documentContent, given } = await resolveReferences(run.parameters, ctx, ctx.principal, {
      content: document.document.content,
      given: input.Parameters ?? {},
    });
    const values = validateParameters(document.document, given, document.name);
    const sent: SentDocument = {
      platformTypes: document.platformTypes,
      content: documentContent,
      steps: document.document.steps.map((step) => ({ name: step.name, plugin: step.action })),
    };
    const content = JSON.stringify(sent);
    const agentParameters = JSON.stringify(values);
    if (Buffer.byteLength(JSON.stringify(sent.content)) + Buffer.byteLength(agentParameters) > PAYLOAD_BYTES_MAX) {
      return ctx.fail('MaxDocumentSizeExceeded', `The document with its parameters is larger than ${PAYLOAD_BYTES_MAX} bytes.`);
    }
    const nodes = targets.byId === undefined ? undefined : await namedNodes(run, ctx, targets.byId, document);

    const commandId = run.ids.uuid() as store.CommandKey['commandId'];
    const key: store.CommandKey = { account: ctx.account, region: ctx.region, commandId };
    const timeoutSeconds = input.TimeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
    const row: CommandRow = {
      ...commandRow(ctx, input, targets, nodes?.length),
      command_id: commandId,
      document_name: document.name,
      document_hash: createHash('sha256').update(content).digest('hex'),
      agent_parameters: agentParameters,
      timeout_seconds: timeoutSeconds,
      expires_at: ctx.now.getTime() + (timeoutSeconds + executionTimeoutSeconds(document.document, values)) * 1_000,
    };
    await run.database.write('run-command.send', async (tx) => {
      await store.insertCommand(tx, row, content);
      await store.insertInvocations(
        tx,
        (nodes ?? []).map((node) => newInvocation(key, row, node, 'Pending')),
      );
      await ctx.journal(tx, [document.arn, ...(nodes ?? []).map((node) => nodeArn(ctx, node.nodeId))]);
    });
    run.wakeups.wake(DISPATCHER, wakeKey(key));
    return { Command: { ...commandView(row), ...(targets.byTarget ? { TargetCount: 0 } : {}) } };
  },
});

/** A group that is not there is told at once: later the command could only find no nodes. */
async function requireGroup(run: RunCommand, ctx: Context, { Targets: targets = [] }: SendCommandRequest): Promise<void> {
  if (!targets.some(({ Key: key = '' }) => /^resource-groups:/i.test(key))) return;
  const missing = await run.database.read((tx) => run.nodes.findMissingGroup(tx, ctx, targets));
  if (missing !== undefined) ctx.fail('ValidationException', `Targets: the resource group ${missing} does not exist.`);
}

function commandRow(ctx: Context, input: SendCommandRequest, targets: NamedTargets, nodeCount: number | undefined): CommandRow {
  return {
    account: ctx.account,
    region: ctx.region,
    command_id: '',
    document_name: input.DocumentName,
    document_version: input.DocumentVersion ?? '$DEFAULT',
    document_hash: '',
    comment: input.Comment ?? '',
    parameters: JSON.stringify(input.Parameters ?? {}),
    agent_parameters: '{}',
    instance_ids: JSON.stringify(input.InstanceIds ?? []),
    targets: JSON.stringify(input.Targets ?? []),
    requested_at: ctx.now.getTime(),
    expires_at: 0,
    timeout_seconds: 0,
    max_concurrency: input.MaxConcurrency ?? DEFAULT_MAX_CONCURRENCY,
    max_errors: input.MaxErrors ?? DEFAULT_MAX_ERRORS,
    requested_by: JSON.stringify(ctx.principal),
    ...justMade(ctx.now),
    resolved: targets.byId === undefined ? 0 : 1,
    pending: nodeCount ?? 0,
  };
}

/** Nodes named by id are checked at once: registered, allowed, and of a platform that the document knows. */
async function namedNodes(
  run: RunCommand,
  ctx: Context,
  ids: readonly NodeId[],
  document: ResolvedDocument,
): Promise<NodeFacts[]> {
  const found = await run.database.read((tx) => run.nodes.findMany(tx, ctx, ids));
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length > 0)
    return ctx.fail('InvalidInstanceId', `Instances [[${missing.join(', ')}]] not in a valid state for account ${ctx.account}`);
  for (const node of found.values()) {
    ctx.authorize('ssm:SendCommand', nodeArn(ctx, node.nodeId));
    if (fitsPlatform(document.platformTypes, node)) continue;
    return ctx.fail(
      'UnsupportedPlatformType',
      `Cannot perform operation for instance id ${node.nodeId} of platform type ${node.platformType}`,
    );
  }
  return [...found.values()];
}

function checkHash(ctx: Context, input: SendCommandRequest, document: ResolvedDocument): void {
  if (input.DocumentHash === undefined) return;
  if (input.DocumentHashType !== undefined && input.DocumentHashType !== 'Sha256') {
    ctx.fail('InvalidDocument', `DocumentHashType ${input.DocumentHashType} is not supported. Use Sha256.`);
  }
  if (input.DocumentHash.toLowerCase() !== document.hash)
    ctx.fail('InvalidDocument', 'The document hash does not match the document.');
}

/** Output to S3 and CloudWatch, notifications and alarms need services that are not part of the product yet: better refused than ignored. */
function refuseWhatIsNotDone(ctx: Context, input: SendCommandRequest): void {
  const asked = [
    [input.OutputS3BucketName, 'OutputS3BucketName'],
    [input.CloudWatchOutputConfig?.CloudWatchOutputEnabled === true ? 'true' : undefined, 'CloudWatchOutputConfig'],
    [input.NotificationConfig?.NotificationArn, 'NotificationConfig'],
    [input.AlarmConfiguration === undefined ? undefined : 'set', 'AlarmConfiguration'],
  ] as const;
  for (const [value, name] of asked) {
    if (value === undefined || value === '') continue;
    ctx.fail('ValidationException', `${name} is not supported yet: leave it out and read the output with GetCommandInvocation.`);
  }
}
