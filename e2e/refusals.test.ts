// Every way to be wrong is refused with AWS's code and reveals nothing: not the secret, not whether a resource is there. Calls through the
// AWS CLI where it can be made to err, signed by hand where it cannot. Needs: aws.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { signV4 } from '@muster/agent/access/sign-v4.ts';
import type { AccessCredentials } from '@muster/agent/access/sign-v4.ts';
import { FleetClient, makeFleetKey } from '@muster/testkit/fleet/fleet-connection.ts';
import type { RegisteredNode } from '@muster/testkit/fleet/fleet-connection.ts';
import { createSocketTransport } from '@muster/testkit/fleet/transport.ts';
import type { FleetTransport } from '@muster/testkit/fleet/transport.ts';
import { aws, awsRefusal, withoutAwsCli } from './aws-cli.ts';
import type { Json } from './aws-cli.ts';
import { RunningServer } from './running-server.ts';

const options = { skip: withoutAwsCli };
const PLANTED = 'PlantedSecret0123456789abcdefghijklmnopq';
const JSON_TYPE = 'application/x-amz-json-1.1';
const MINUTE_MS = 60_000;
let server: RunningServer;
let transport: FleetTransport;
let mine: RegisteredNode;
let other: RegisteredNode;

before(async () => {
  if (withoutAwsCli !== false) return;
  server = await RunningServer.start({ command: 'server' });
  transport = createSocketTransport(server.endpoint, readFileSync(server.caFile, 'utf8'));
  const made = await aws(server, 'ssm', 'create-activation', '--iam-role', 'MusterNode', '--registration-limit', '2');
  const activation = { id: String(made['ActivationId']), code: String(made['ActivationCode']) };
  const client = new FleetClient({ transport, region: region(), clock: { now: () => new Date() } });
  const key = makeFleetKey();
  mine = await client.register(activation, key);
  other = await client.register(activation, makeFleetKey());
});
after(async () => {
  transport?.close();
  await server?.[Symbol.asyncDispose]();
});

test('a key that does not exist', options, async () => {
  const said = await awsRefusal(as({ AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE' }), 'ssm', 'describe-instance-information');
  assert.match(said, /\(UnrecognizedClientException\).*: The security token included in the request is invalid\.?$/);
});

test('the right key with a wrong secret', options, async () => {
  const said = await awsRefusal(as({ AWS_SECRET_ACCESS_KEY: PLANTED }), 'ssm', 'describe-instance-information');
  assert.match(
    said,
    /\(InvalidSignatureException\).*: The request signature we calculated does not match the signature you provided/,
  );
});

test('a key of a temporary kind without its session token, and with a wrong one', options, async () => {
  const { accessKeyId, secretAccessKey } = mine.credentials;
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  assert.match(await awsRefusal(as(keys), 'sts', 'get-caller-identity'), /InvalidClientTokenId|UnrecognizedClientException/);
  const wrong = await awsRefusal(as({ ...keys, AWS_SESSION_TOKEN: PLANTED }), 'sts', 'get-caller-identity');
  assert.match(wrong, /InvalidClientTokenId|UnrecognizedClientException/);
});

for (const [when, offsetMs] of [
  ['before', -16 * MINUTE_MS],
  ['after', 16 * MINUTE_MS],
] as const) {
  test(`a date sixteen minutes ${when} now`, options, async () => {
    const answer = await asAdministrator(new Date(Date.now() + offsetMs), '{}', '{}');
    assert.equal(answer.status, 400);
    assert.match(answer.code, /InvalidSignatureException/);
    assert.match(answer.body, /Signature (expired|not yet current)/);
  });
}

test('a body that is not the signed one', options, async () => {
  const answer = await asAdministrator(new Date(), '{"MaxResults":5}', '{"MaxResults":6}');
  assert.equal(answer.status, 400);
  assert.match(answer.code, /InvalidSignatureException/);
});

test('a call without a signature', options, async () => {
  const headers = { 'content-type': JSON_TYPE, host: transport.host, 'x-amz-target': 'AmazonSSM.DescribeInstanceInformation' };
  const answer = await transport.post('/', headers, '{}');
  assert.match(answer.body, /MissingAuthenticationToken/);
});

test("a node's credentials act for the node itself", options, async () => {
  const answer = await asNode('UpdateInstanceInformation', information(mine.nodeId));
  assert.deepEqual([answer.status, answer.body], [200, '{}']);
});

test("another node's id in a node's call, there or not, and an operator's call from a node", options, async () => {
  for (const [operation, input] of [
    ['UpdateInstanceInformation', information(other.nodeId)],
    ['UpdateInstanceInformation', information('mi-00000000000000000')],
    ['DescribeInstanceInformation', {}],
    ['SendCommand', { DocumentName: 'AWS-RunShellScript', InstanceIds: [mine.nodeId], Parameters: { commands: ['id'] } }],
    ['CreateActivation', { IamRole: 'MusterNode' }],
  ] as const) {
    const answer = await asNode(operation, input);
    assert.equal(answer.status, 400, operation);
    assert.match(answer.code, /AccessDeniedException/);
    assert.match(answer.body, /is not authorized to perform: ssm:\w+/);
  }
});

test('no secret shows in any answer or in what the server wrote', options, async () => {
  const said = await awsRefusal(as({ AWS_SECRET_ACCESS_KEY: PLANTED }), 'sts', 'get-caller-identity');
  const secrets = [PLANTED, server.environment['AWS_SECRET_ACCESS_KEY'] ?? '', mine.credentials.secretAccessKey];
  for (const secret of secrets) {
    assert.ok(secret.length > 20);
    assert.ok(!said.includes(secret), 'in an answer');
    assert.ok(!server.output.includes(secret), 'in the log');
  }
});

function region(): string {
  return server.environment['AWS_DEFAULT_REGION'] ?? '';
}

function as(variables: Readonly<Record<string, string>>): { environment: Record<string, string> } {
  return { environment: { ...server.environment, ...variables } };
}

function information(nodeId: string): Json {
  return {
    InstanceId: nodeId,
    AgentName: 'amazon-ssm-agent',
    AgentVersion: '3.3.0.0',
    AgentStatus: 'Active',
    PlatformType: 'Linux',
  };
}

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly body: string;
}

async function asNode(operation: string, input: Json): Promise<Answer> {
  const body = JSON.stringify(input);
  return call(operation, mine.credentials, new Date(), body, body);
}

async function asAdministrator(now: Date, signed: string, sent: string): Promise<Answer> {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = server.environment;
  return call('DescribeInstanceInformation', { accessKeyId, secretAccessKey }, now, signed, sent);
}

/** Signs `signed`, sends `sent`. */
async function call(operation: string, credentials: AccessCredentials, now: Date, signed: string, sent: string): Promise<Answer> {
  const headers = { 'content-type': JSON_TYPE, host: transport.host, 'x-amz-target': `AmazonSSM.${operation}` };
  const scope = { region: region(), service: 'ssm', now };
  const withSignature = signV4({ method: 'POST', path: '/', headers, body: signed }, scope, credentials);
  const answer = await transport.post('/', withSignature, sent);
  return { ...answer, code: String((JSON.parse(answer.body) as { __type?: string }).__type) };
}
