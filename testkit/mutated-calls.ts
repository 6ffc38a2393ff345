// Calls for fuzzing: good ones of every kind of operation, values invented after a shape, and mutations of both. All from one seed.
import type { Shape } from '@muster/server/platform/api/codec/shape.ts';
import type { Random } from './random.ts';

/** Some shapes contain themselves. */
const DEPTH_MAX = 5;

const NASTY = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'x\udfffy',
  '\u202egpj.exe',
  '\r\nX-Injected: 1',
  "'; drop table nodes_node; --",
  '%',
  '_',
  '*',
  '..',
  '../../../../etc/passwd',
  '$(touch /tmp/x)',
  '{{ ssm:secret }}',
  '{{',
  '__proto__',
  'constructor',
  'toString',
  '$DEFAULT',
  '$LATEST',
  '0',
  '-1',
  '1e309',
  '100%',
  '101%',
  '999999999999999999999',
  'tag:',
  'tag-key',
  'InstanceIds',
  'é'.repeat(500),
  '😀',
  'a'.repeat(3_000),
  'a'.repeat(70_000),
  '{"schemaVersion":"2.2","mainSteps":[]}',
  '{"schemaVersion":"2.2","mainSteps":[{"action":"aws:runShellScript","name":"a","inputs":{"runCommand":["{{ x }}"]}}]}',
  'schemaVersion: "2.2"\nmainSteps: *a',
  '&a [*a]',
  '!!js/function "x"',
  '['.repeat(20_000),
  '2026-13-45T99:99:99Z',
] as const;
const JUNK: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 31,
  2 ** 53,
  -(2 ** 63),
  1e308,
  [],
  {},
  [null],
  [[]],
  { a: {} },
  ...NASTY,
];

export interface World {
  readonly random: Random;
  /** Names and ids that exist. */
  readonly known: readonly string[];
}

/** Mostly a value of the shape, sometimes with the wrong size, text or type. */
export function invent(world: World, shape: Shape, depth = 0): unknown {
  const { random } = world;
  if (random.chance(0.02)) return random.pick(JUNK);
  switch (shape.kind) {
    case 'structure': {
      const fields = shape.members
        .filter((member) => (member.required ? random.chance(0.97) : random.chance(depth === 0 ? 0.3 : 0.6)))
        .map((member) => [
          member.ref.locationName ?? member.name,
          depth > DEPTH_MAX ? null : invent(world, member.shape, depth + 1),
        ]);
      if (random.chance(0.02)) fields.push(['__proto__', { polluted: true }]);
      return Object.fromEntries(fields);
    }
    case 'list': {
      const { item } = shape;
      const size = random.chance(0.03) ? 600 : random.below(3) + (shape.min ?? 0);
      return item === undefined || depth > DEPTH_MAX ? [] : Array.from({ length: size }, () => invent(world, item, depth + 1));
    }
    case 'map': {
      const { value } = shape;
      const keys = Array.from({ length: random.below(3) }, () => (random.chance(0.5) ? 'commands' : random.pick(NASTY)));
      return Object.fromEntries(keys.map((key) => [key, value === undefined ? null : invent(world, value, depth + 1)]));
    }
    case 'boolean':
      return random.chance(0.5);
    case 'blob':
      return random.chance(0.5) ? 'AAAA' : random.pick(NASTY);
    case 'integer':
    case 'float':
      return random.chance(0.8) ? (shape.min ?? 0) + random.below(50) : random.pick([-1, 0, 0.5, 2 ** 31, 2 ** 60, -(2 ** 60)]);
    case 'timestamp':
      return random.pick([0, -1, 1_800_000_000, 1e12, 1e300, '2027-01-02T00:00:00Z']);
    default:
      return inventText(world, shape);
  }
}

function inventText({ random, known }: World, shape: Shape): string {
  if (shape.enumValues !== undefined && random.chance(0.95)) return random.pick([...shape.enumValues]);
  if (random.chance(0.65)) return random.pick(known);
  return random.pick(NASTY);
}

export interface KnownIds {
  readonly nodeId: string;
  readonly commandId: string;
  readonly name: string;
}

const SCRIPT = { action: 'aws:runShellScript', name: 'a', inputs: { runCommand: ['{{ commands }}'], timeoutSeconds: '60' } };
const DOCUMENT = {
  schemaVersion: '2.2',
  description: 'd',
  parameters: { commands: { type: 'StringList', default: ['id'], allowedPattern: '^.*$', minItems: 1, maxItems: 9 } },
  mainSteps: [{ ...SCRIPT, precondition: { StringEquals: ['platformType', 'Linux'] }, onFailure: 'exit' }],
};
const groupArn = (name: string) => `arn:aws:resource-groups:us-east-1:000000000000:group/${name}`;
const nodeArn = (id: string) => `arn:aws:ssm:us-east-1:000000000000:managed-instance/${id}`;
const QUERY = {
  Type: 'TAG_FILTERS_1_0',
  Query: JSON.stringify({ ResourceTypeFilters: ['AWS::AllSupported'], TagFilters: [{ Key: 'env', Values: ['test'] }] }),
};
const GENERIC = [
  { Type: 'AWS::ResourceGroups::Generic', Parameters: [{ Name: 'deletion-protection', Values: ['UNLESS_EMPTY'] }] },
];
const tagged = (id: string) => ({ ResourceType: 'ManagedInstance', ResourceId: id });

/** Calls that succeed, to be mutated: a random structure rarely comes past the checks of its form. */
export const GOOD_CALLS: Readonly<Record<string, (ids: KnownIds) => unknown>> = {
  SendCommand: ({ nodeId }) => ({
    DocumentName: 'AWS-RunShellScript',
    DocumentVersion: '$DEFAULT',
    InstanceIds: [nodeId],
    Parameters: { commands: ['id'], workingDirectory: ['/'], executionTimeout: ['60'] },
    TimeoutSeconds: 60,
    Comment: 'c',
    MaxConcurrency: '50%',
    MaxErrors: '1',
  }),
  CreateDocument: ({ name }) => ({
    Name: name,
    Content: JSON.stringify(DOCUMENT),
    DocumentType: 'Command',
    DocumentFormat: 'JSON',
    VersionName: 'v1',
    TargetType: '/AWS::EC2::Instance',
    Tags: [{ Key: 'k', Value: 'v' }],
  }),
  UpdateDocument: ({ name, commandId }) => ({
    Name: name,
    Content: JSON.stringify({ ...DOCUMENT, description: commandId }),
    DocumentVersion: '$LATEST',
  }),
  UpdateDocumentDefaultVersion: ({ name }) => ({ Name: name, DocumentVersion: '2' }),
  GetDocument: ({ name }) => ({ Name: name, DocumentVersion: '1', DocumentFormat: 'YAML' }),
  ListDocuments: () => ({ Filters: [{ Key: 'Name', Values: ['AWS'] }], MaxResults: 1 }),
  DescribeInstanceInformation: ({ nodeId }) => ({
    Filters: [
      { Key: 'InstanceIds', Values: [nodeId] },
      { Key: 'PingStatus', Values: ['Online'] },
    ],
  }),
  DescribeActivations: () => ({ Filters: [{ FilterKey: 'IamRole', FilterValues: ['MusterNode'] }], MaxResults: 1 }),
  CreateActivation: () => ({
    IamRole: 'MusterNode',
    DefaultInstanceName: 'n',
    RegistrationLimit: 3,
    Tags: [{ Key: 'k', Value: 'v' }],
  }),
  AddTagsToResource: ({ nodeId }) => ({ ...tagged(nodeId), Tags: [{ Key: 'k', Value: 'v' }] }),
  RemoveTagsFromResource: ({ nodeId }) => ({ ...tagged(nodeId), TagKeys: ['k'] }),
  ListTagsForResource: ({ nodeId }) => tagged(nodeId),
  CancelCommand: ({ commandId, nodeId }) => ({ CommandId: commandId, InstanceIds: [nodeId] }),
  GetCommandInvocation: ({ commandId, nodeId }) => ({
    CommandId: commandId,
    InstanceId: nodeId,
    PluginName: 'aws:runShellScript',
  }),
  ListCommands: ({ commandId }) => ({ CommandId: commandId, MaxResults: 1, Filters: [{ key: 'Status', value: 'Success' }] }),
  ListCommandInvocations: ({ commandId }) => ({
    CommandId: commandId,
    Details: true,
    Filters: [{ key: 'DocumentName', value: 'AWS-RunShellScript' }],
  }),
  CreateGroup: ({ name }) => ({
    Name: name,
    Description: 'd',
    Tags: { k: 'v' },
    ...(name === 'Mine' ? { ResourceQuery: QUERY } : { Configuration: GENERIC }),
  }),
  UpdateGroup: ({ name }) => ({ Group: groupArn(name), Description: 'e', Criticality: 1 }),
  UpdateGroupQuery: ({ name }) => ({ Group: name, ResourceQuery: QUERY }),
  PutGroupConfiguration: ({ name }) => ({ Group: name, Configuration: GENERIC }),
  GetGroupQuery: ({ name }) => ({ GroupName: name }),
  ListGroups: () => ({ Filters: [{ Name: 'resource-type', Values: ['AWS::AllSupported'] }], MaxResults: 1 }),
  ListGroupResources: ({ name }) => ({
    Group: name,
    Filters: [{ Name: 'resource-type', Values: ['AWS::SSM::ManagedInstance'] }],
    MaxResults: 1,
  }),
  SearchResources: () => ({ ResourceQuery: QUERY, MaxResults: 2 }),
  GroupResources: ({ name, nodeId }) => ({ Group: name, ResourceArns: [nodeArn(nodeId)] }),
  UngroupResources: ({ name, nodeId }) => ({ Group: name, ResourceArns: [nodeArn(nodeId)] }),
  Tag: ({ name }) => ({ Arn: groupArn(name), Tags: { k: 'v' } }),
  Untag: ({ name }) => ({ Arn: groupArn(name), Keys: ['k'] }),
  GetTags: ({ name }) => ({ Arn: groupArn(name) }),
  TagResources: ({ name, nodeId }) => ({ ResourceARNList: [nodeArn(nodeId), groupArn(name)], Tags: { k: 'v' } }),
  UntagResources: ({ name, nodeId }) => ({ ResourceARNList: [nodeArn(nodeId), groupArn(name)], TagKeys: ['k'] }),
  GetResources: () => ({
    TagFilters: [{ Key: 'env', Values: ['test'] }],
    ResourceTypeFilters: ['ssm', 'resource-groups:group'],
    ResourcesPerPage: 1,
  }),
  GetTagValues: () => ({ Key: 'env' }),
  UpdateInstanceInformation: ({ nodeId }) => ({ InstanceId: nodeId, AgentName: 'a', PlatformType: 'Linux', ComputerName: 'c' }),
  SendReply: ({ commandId, nodeId }) => ({
    MessageId: `aws.ssm.${commandId}.${nodeId}`,
    ReplyId: commandId,
    Payload: JSON.stringify({
      additionalInfo: {
        agent: { lang: 'en', name: 'a', os: '', osver: '1', ver: '3' },
        dateTime: '2027-01-01T00:00:00Z',
        runId: '',
        runtimeStatusCounts: { Success: 1 },
      },
      documentStatus: 'Success',
      documentTraceOutput: '',
      runtimeStatus: {
        'aws:runShellScript': {
          status: 'Success',
          code: 0,
          name: 'aws:runShellScript',
          output: 'o',
          startDateTime: '2027-01-01T00:00:00Z',
          endDateTime: '2027-01-01T00:00:00Z',
          outputS3BucketName: '',
          outputS3KeyPrefix: '',
          stepName: '',
          standardOutput: 'o',
          standardError: '',
        },
      },
    }),
  }),
  AcknowledgeMessage: ({ commandId, nodeId }) => ({ MessageId: `aws.ssm.${commandId}.${nodeId}` }),
  FailMessage: ({ commandId, nodeId }) => ({
    MessageId: `aws.ssm.${commandId}.${nodeId}`,
    FailureType: 'InternalHandlerException',
  }),
  CreateControlChannel: ({ nodeId }) => ({
    InstanceId: nodeId,
    MessageSchemaVersion: '1.0',
    RequestId: '00000000-0000-0000-0000-000000000000',
  }),
};

/** The tree with one thing in it replaced, lengthened or left out; JSON inside a text is gone into now and then. */
export function mutate(random: Random, tree: unknown): unknown {
  if (Array.isArray(tree) && tree.length > 0 && random.chance(0.8)) {
    const at = random.below(tree.length);
    return tree.map((part: unknown, index) => (index === at ? mutate(random, part) : part));
  }
  if (typeof tree === 'object' && tree !== null && !Array.isArray(tree) && random.chance(0.9)) {
    const keys = Object.keys(tree);
    if (keys.length === 0) return { [random.pick(NASTY)]: random.pick(JUNK) };
    const key = random.pick(keys);
    const fields: Record<string, unknown> = { ...tree };
    if (random.chance(0.1)) delete fields[key];
    else fields[random.chance(0.05) ? random.pick(NASTY) : key] = mutate(random, fields[key]);
    return fields;
  }
  if (typeof tree !== 'string') return random.pick(JUNK);
  const inner = random.chance(0.8) ? parsed(tree) : undefined;
  if (inner !== undefined) return JSON.stringify(mutate(random, inner));
  const at = random.below(tree.length + 1);
  return random.chance(0.5) ? random.pick(NASTY) : tree.slice(0, at) + random.pick(NASTY) + tree.slice(at);
}

function parsed(text: string): unknown {
  try {
    return text.startsWith('{') ? JSON.parse(text) : undefined;
  } catch {
    // An earlier mutation broke it.
    return undefined;
  }
}

/** Damages JSON text. */
export function damage(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  switch (random.below(5)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return `${text.slice(0, at)}${String.fromCodePoint(random.below(0x250))}${text.slice(at)}`;
    case 2:
      return `${'['.repeat(50_000)}${text}`;
    case 3:
      return text.replaceAll('"', "'");
    default:
      return `{"a":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`;
  }
}
