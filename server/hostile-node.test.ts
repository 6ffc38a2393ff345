// What somebody with a node's valid credentials can do to others: nothing. And what everybody else is told: as little as AWS tells. Whole
// server, calls signed by hand. The operations that are not an agent's are walked in operations.test.ts.
import assert from 'node:assert/strict';
import { constants, sign } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { type AccessCredentials, authorization, canonicalQuery, signV4, stringToSign } from '@muster/testkit/signing.ts';
import type { RegisteredNode } from '@muster/testkit/fleet/fleet-connection.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import { type CallAnswer, callOperation } from '@muster/testkit/signed-call.ts';
import type { WebSocket } from 'ws';

const REGION = 'us-east-1';
const UUID = '00000000-0000-4000-8000-000000000000';
let simulation: Simulation;
let mine: RegisteredNode;
let other: RegisteredNode;

before(async () => {
  simulation = new Simulation({ seed: 11 });
  await simulation.start();
  await simulation.enrol(2, [], () => 'silent');
  const [first, second] = simulation.nodes;
  assert.ok(first !== undefined && second !== undefined);
  mine = first.registered;
  other = second.registered;
});
after(() => simulation.stop());

function call(
  credentials: AccessCredentials | undefined,
  service: string,
  operation: string,
  input: Readonly<Record<string, unknown>>,
  region = REGION,
): Promise<CallAnswer> {
  const caller = { transport: simulation.network, region, now: simulation.clock.now() };
  return callOperation(credentials === undefined ? caller : { ...caller, credentials }, service, operation, input);
}

/** Every agent's call, about a node. */
const ABOUT = (nodeId: string): readonly (readonly [string, string, Readonly<Record<string, unknown>>])[] => [
  ['ssm', 'UpdateInstanceInformation', { InstanceId: nodeId, AgentVersion: '6.6.6' }],
  ['ssm', 'ListInstanceAssociations', { InstanceId: nodeId }],
  ['ec2messages', 'GetMessages', { Destination: nodeId, MessagesRequestId: UUID, VisibilityTimeoutInSeconds: 10 }],
  ['ec2messages', 'GetEndpoint', { Destination: nodeId, Protocol: 'http' }],
  ['ec2messages', 'AcknowledgeMessage', { MessageId: `aws.ssm.${UUID}.${nodeId}` }],
  ['ec2messages', 'DeleteMessage', { MessageId: `aws.ssm.${UUID}.${nodeId}` }],
  ['ec2messages', 'FailMessage', { MessageId: `aws.ssm.${UUID}.${nodeId}`, FailureType: 'InternalHandlerException' }],
  ['ec2messages', 'SendReply', { MessageId: `aws.ssm.${UUID}.${nodeId}`, ReplyId: UUID, Payload: '{}' }],
  ['ssmmessages', 'CreateControlChannel', { InstanceId: nodeId, MessageSchemaVersion: '1.0', RequestId: UUID }],
];

describe("another node's id", () => {
  test('is refused in every call of an agent, whether that node is there or not', async () => {
    for (const nodeId of [other.nodeId, 'mi-00000000000000000'])
      for (const [service, operation, input] of ABOUT(nodeId)) {
        const { status, body } = await call(mine.credentials, service, operation, input);
        assert.ok(status === 400 || status === 403, `${operation}: ${status}`);
        // What is said about a node that is there is what is said about one that is not.
        assert.ok(body.includes('is not authorized to perform'), operation);
      }
  });

  test('is refused where it hides in the path, the body or both', async () => {
    const body = JSON.stringify({ InstanceId: other.nodeId, MessageSchemaVersion: '1.0', RequestId: UUID });
    const path = `/v1/control-channel/${mine.nodeId}`;
    const headers = { 'content-type': 'application/json', host: simulation.network.host };
    const scope = { region: REGION, service: 'ssmmessages', now: simulation.clock.now() };
    const answer = await simulation.network.post(
      path,
      signV4({ method: 'POST', path, headers, body }, scope, mine.credentials),
      body,
    );
    // The path decides; the token is the caller's own.
    assert.equal(answer.status, 201);
    await assert.rejects(open(mine, other.nodeId), /403/);
  });

  test('is refused in the handshake of a control channel, and so is no id at all', async () => {
    for (const nodeId of [other.nodeId, 'mi-00000000000000000']) await assert.rejects(open(mine, nodeId), /403/);
    await assert.rejects(open(mine, '..%2Fx'), /404/);
  });
});

describe("a node's own credentials", () => {
  test('are unknown in another region, without their token, with another one, and after their end', async () => {
    const { accessKeyId, secretAccessKey, sessionToken = '' } = mine.credentials;
    const information = ABOUT(mine.nodeId)[0]?.[2] ?? {};
    const ask = (credentials: AccessCredentials, region = REGION) =>
      call(credentials, 'ssm', 'UpdateInstanceInformation', information, region);
    assert.equal((await ask(mine.credentials)).status, 200);
    assert.equal((await ask(mine.credentials, 'eu-west-1')).code, 'InvalidSignatureException');
    assert.equal((await ask({ accessKeyId, secretAccessKey })).code, 'UnrecognizedClientException');
    const changed = `${sessionToken.slice(0, -2)}${sessionToken.endsWith('AA') ? 'BB' : 'AA'}`;
    assert.equal((await ask({ accessKeyId, secretAccessKey, sessionToken: changed })).code, 'UnrecognizedClientException');
    const swapped = { ...other.credentials, sessionToken };
    assert.equal((await ask(swapped)).code, 'UnrecognizedClientException');
    const later = new Date(simulation.clock.now().getTime() + 3_601_000);
    await simulation.clock.advance(later.getTime() - simulation.clock.now().getTime());
    assert.equal((await ask(mine.credentials)).code, 'ExpiredTokenException');
    await simulation.client().refresh(mine);
    await simulation.client().refresh(other);
    assert.equal((await ask(mine.credentials)).status, 200);
  });

  test('do not show who is there: any tag, document of another or secret is denied in one sentence', async () => {
    for (const [service, operation, input] of [
      ['ssm', 'GetConnectionStatus', { Target: other.nodeId }],
      ['ssm', 'ListTagsForResource', { ResourceType: 'ManagedInstance', ResourceId: mine.nodeId }],
      ['ssm', 'DescribeInstanceInformation', {}],
    ] as const)
      assert.equal((await call(mine.credentials, service, operation, input)).code, 'AccessDeniedException', operation);
  });
});

describe("a node's key", () => {
  /** As the stock agent signs, for any operation and by any name. */
  async function signedWithKey(node: RegisteredNode, as: string, operation: string, input: object): Promise<CallAnswer> {
    const body = JSON.stringify(input);
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      host: simulation.network.host,
      'x-amz-target': `AmazonSSM.${operation}`,
    };
    const toSign = stringToSign(
      { method: 'POST', path: '/', headers, body },
      { region: REGION, service: 'ssm', now: simulation.clock.now() },
    );
    const key = { key: node.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    const signature = sign('sha256', Buffer.from(toSign.text), key).toString('base64');
    const answer = await simulation.network.post(
      '/',
      { ...toSign.headers, authorization: authorization(as, toSign, signature) },
      body,
    );
    return { ...answer, code: /"__type":"([^"]+)"/.exec(answer.body)?.[1] ?? '' };
  }

  test('is good for its two calls only', async () => {
    for (const [operation, input] of [
      ['UpdateInstanceInformation', { InstanceId: mine.nodeId }],
      ['SendCommand', { DocumentName: 'AWS-RunShellScript', InstanceIds: [mine.nodeId] }],
      ['DescribeInstanceInformation', {}],
    ] as const)
      assert.equal((await signedWithKey(mine, mine.nodeId, operation, input)).code, 'UnrecognizedClientException', operation);
    const answer = await signedWithKey(mine, mine.nodeId, 'RequestManagedInstanceRoleToken', { Fingerprint: mine.fingerprint });
    assert.equal(answer.status, 200);
  });

  test('is that of one machine: another fingerprint and an unknown node get nothing', async () => {
    const ask = (as: string, fingerprint: string) =>
      signedWithKey(mine, as, 'RequestManagedInstanceRoleToken', { Fingerprint: fingerprint });
    assert.equal((await ask(mine.nodeId, 'another')).code, 'MachineFingerprintDoesNotMatch');
    assert.equal((await ask('mi-00000000000000000', mine.fingerprint)).code, 'InvalidInstanceId');
    assert.equal((await ask('mi-__proto__', mine.fingerprint)).code, 'UnrecognizedClientException');
  });
});

describe('a node that was deregistered', () => {
  test('loses its credentials, its key, its channel and every one that it was about to open', async () => {
    const status = async () => (await simulation.call('GetConnectionStatus', { Target: other.nodeId })).body['Status'];
    (await open(other, other.nodeId)).send(openingFrame(await tokenOf(other)));
    await simulation.clock.settle();
    assert.equal(await status(), 'connected');
    const opening = await open(other, other.nodeId);
    const token = await tokenOf(other);
    const { body } = await simulation.call('DeregisterManagedInstance', { InstanceId: other.nodeId });
    assert.deepEqual(body, {});
    await simulation.clock.settle();
    for (const [service, operation, input] of ABOUT(other.nodeId)) {
      const answer = await call(other.credentials, service, operation, input);
      assert.match(answer.body, /The security token included in the request is invalid/, operation);
    }
    await assert.rejects(simulation.client().refresh(other), /InvalidInstanceId/);
    await assert.rejects(open(other, other.nodeId), /400|403/);
    assert.equal(await status(), 'notconnected');
    // This handshake was over before; its opening frame comes now, with a token that was good.
    opening.send(openingFrame(token));
    await simulation.clock.settle();
    assert.equal(await status(), 'notconnected');
  });
});

function openingFrame(token: string): string {
  return JSON.stringify({
    Cookie: null,
    MessageSchemaVersion: '1.0',
    RequestId: UUID,
    TokenValue: token,
    AgentVersion: '3.3.0.0',
    PlatformType: 'linux',
  });
}

async function tokenOf(node: RegisteredNode): Promise<string> {
  const input = { InstanceId: node.nodeId, MessageSchemaVersion: '1.0', RequestId: UUID };
  const answer = await call(node.credentials, 'ssmmessages', 'CreateControlChannel', input);
  return /<TokenValue>([^<]+)</.exec(answer.body)?.[1] ?? '';
}

/** A handshake, without its opening frame. */
async function open(node: RegisteredNode, nodeId: string): Promise<WebSocket> {
  const path = `/v1/control-channel/${nodeId}`;
  const query = [['role', 'subscribe']] as const;
  const headers = signV4(
    { method: 'GET', path, query, headers: { host: simulation.network.host }, body: '' },
    { region: REGION, service: 'ssmmessages', now: simulation.clock.now() },
    node.credentials,
  );
  const socket = simulation.network.webSocket(`${path}?${canonicalQuery(query)}`, headers);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return socket;
}
