// Everything that can be checked of a command before it is one: targets, group, document, hash, parameters, size, nodes named by id.
// SendCommand and PreviewCommand ask the same questions here, so a preview refuses what sending would refuse. No side effects.
import { filledIn, type ResolvedDocument, validateParameters } from '../../documents/index.ts';
import type { NodeFacts } from '../../nodes/index.ts';
import type { SendCommandRequest } from '../../platform/api/models/ssm.types.gen.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { NodeId } from '../../platform/ids.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import type { RunCommand } from '../domain.ts';
import { resolveReferences } from './parameter-references.ts';
import { fitsPlatform, type SentDocument } from './resolve-targets.ts';
import { sendFacts } from './send-facts.ts';
import { checkTargets, type NamedTargets } from './targets.ts';

type Context = RequestContext<
  'DuplicateInstanceId' | 'InvalidDocument' | 'InvalidInstanceId' | 'MaxDocumentSizeExceeded' | 'UnsupportedPlatformType'
>;

export type SendInput = Pick<
  SendCommandRequest,
  'DocumentName' | 'DocumentVersion' | 'DocumentHash' | 'DocumentHashType' | 'Parameters' | 'InstanceIds' | 'Targets'
>;

/** Content and parameters together, as AWS bounds a document. */
const PAYLOAD_BYTES_MAX = 64 * 1024;

export interface CheckedSend {
  readonly targets: NamedTargets;
  /** The nodes, where all are named by id; else undefined. */
  readonly nodes: readonly NodeFacts[] | undefined;
  readonly document: ResolvedDocument;
  /** As agents get them. */
  readonly values: ReturnType<typeof validateParameters>;
  readonly sent: SentDocument;
}

export async function checkSend(run: RunCommand, ctx: Context, input: SendInput): Promise<CheckedSend> {
  const targets = checkTargets(input, ctx);
  await requireGroup(run, ctx, input);
  const document = await run.documents.resolve(ctx, input.DocumentName, input.DocumentVersion);
  checkHash(ctx, input, document);
  const { content, given } = await resolveReferences(run.parameters, ctx, {
    content: document.document.content,
    given: input.Parameters ?? {},
  });
  const values = validateParameters(filledIn(document.document, content), given, document.name);
  const sent: SentDocument = {
    platformTypes: document.platformTypes,
    content,
    steps: document.document.steps.map((step) => ({ name: step.name, plugin: step.action })),
  };
  if (Buffer.byteLength(JSON.stringify(sent.content)) + Buffer.byteLength(JSON.stringify(values)) > PAYLOAD_BYTES_MAX)
    return ctx.fail('MaxDocumentSizeExceeded', `The document with its parameters is larger than ${PAYLOAD_BYTES_MAX} bytes.`);
  const nodes =
    targets.byId === undefined ? undefined : await namedNodes(run, ctx, targets.byId, document, input.DocumentVersion);
  return { targets, nodes, document, values, sent };
}

/** A group that is not there is told at once: later the command could only find no nodes. */
async function requireGroup(run: RunCommand, ctx: Context, { Targets: targets = [] }: SendInput): Promise<void> {
  if (!targets.some(({ Key: key = '' }) => /^resource-groups:/i.test(key))) return;
  const missing = await run.database.read((tx) => run.nodes.findMissingGroup(tx, ctx, targets));
  if (missing !== undefined) ctx.fail('ValidationException', `Targets: the resource group ${missing} does not exist.`);
}

/** Nodes named by id are checked at once: registered, allowed, and of a platform that the document knows. */
async function namedNodes(
  run: RunCommand,
  ctx: Context,
  ids: readonly NodeId[],
  document: ResolvedDocument,
  documentVersion: string | undefined,
): Promise<NodeFacts[]> {
  const found = await run.database.read((tx) => run.nodes.findMany(tx, ctx, ids));
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length > 0)
    return ctx.fail('InvalidInstanceId', `Instances [[${missing.join(', ')}]] not in a valid state for account ${ctx.account}`);
  await ctx.authorize(
    'ssm:SendCommand',
    [...found.keys()].map((nodeId) => nodeArn(ctx, nodeId)),
    { facts: sendFacts(documentVersion) },
  );
  for (const node of found.values()) {
    if (fitsPlatform(document.platformTypes, node)) continue;
    return ctx.fail(
      'UnsupportedPlatformType',
      `Cannot perform operation for instance id ${node.nodeId} of platform type ${node.platformType}`,
    );
  }
  return [...found.values()];
}

function checkHash(ctx: Context, input: SendInput, document: ResolvedDocument): void {
  if (input.DocumentHash === undefined) return;
  if (input.DocumentHashType !== undefined && input.DocumentHashType !== 'Sha256') {
    ctx.fail('InvalidDocument', `DocumentHashType ${input.DocumentHashType} is not supported. Use Sha256.`);
  }
  if (input.DocumentHash.toLowerCase() !== document.hash)
    ctx.fail('InvalidDocument', 'The document hash does not match the document.');
}
