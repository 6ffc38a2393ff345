// Who gets a control channel, and what strangers can do with one: nothing that outlives their own socket.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { jobOf, IN_PROGRESS, NODE, OTHER_NODE, startHub, SUCCESS } from '@muster/testkit/stock-agent.ts';
import type { StockAgent } from '@muster/testkit/stock-agent.ts';
import { testScope } from '@muster/testkit/request-context.ts';
import { WebSocket } from 'ws';

async function refusal(agent: StockAgent): Promise<number> {
  const [, response] = (await once(agent.socket, 'unexpected-response')) as [unknown, { statusCode: number; resume(): void }];
  response.resume();
  return response.statusCode;
}

test('the stock agent’s handshake is answered with 101 and no extension, and its text frame with silence', async () => {
  await using hub = await startHub();
  const token = await hub.token();
  const { port } = new URL(hub.parts.url.replace('ws:', 'http:'));
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(
    [
      `GET /v1/control-channel/${NODE}?role=subscribe&stream=input HTTP/1.1`,
      'Host: ssmmessages.us-east-1.local.test',
      'User-Agent: Go-http-client/1.1',
      'Authorization: AWS4-HMAC-SHA256 Credential=ASIA/20261120/us-east-1/ssmmessages/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=00',
      'Connection: Upgrade',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
      'Upgrade: websocket',
      'X-Amz-Date: 20261120T152506Z',
      'X-Amz-Security-Token: token',
      '',
      '',
    ].join('\r\n'),
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.equal(
    answer.toString(),
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
  );
  const text = Buffer.from(
    `{"Cookie":null,"MessageSchemaVersion":"1.0","RequestId":"404343d0-7b2e-4b7a-8a9e-0d6a3a0f1c11","TokenValue":"${token}","AgentVersion":"3.3.0.0","PlatformType":"linux"}`,
  );
  socket.write(masked(0x81, text));
  // The keep-alive comes back; nothing came before it.
  socket.write(masked(0x89, Buffer.from('keepalive')));
  const [pong] = (await once(socket, 'data')) as [Buffer];
  assert.deepEqual(pong, Buffer.concat([Buffer.from([0x8a, 9]), Buffer.from('keepalive')]));
  assert.equal(hub.parts.channels.presence.isConnected(testScope, NODE), true);
  // The stock agent goes without a close frame.
  socket.destroy();
  await once(socket, 'close');
  await untilTrue(() => !hub.parts.channels.presence.isConnected(testScope, NODE));
  assert.deepEqual(hub.parts.presence, [`opened ssmmessages ${NODE}`, `closed ssmmessages ${NODE}`]);
});

/** A client's frame of less than 64 KB, masked with zeros. */
function masked(opcode: number, payload: Buffer): Buffer {
  const length =
    payload.length < 126 ? Buffer.from([0x80 | payload.length]) : Buffer.from([0xfe, payload.length >> 8, payload.length & 255]);
  return Buffer.concat([Buffer.from([opcode]), length, Buffer.alloc(4), payload]);
}

async function untilTrue(predicate: () => boolean): Promise<void> {
  while (!predicate()) await new Promise<void>((resolve) => void setImmediate(resolve));
}

test('a token opens one channel, of its own node, within its life', async () => {
  await using hub = await startHub();
  const openWith = async (node: typeof NODE, token: string): Promise<number> => {
    const agent = hub.dial(node);
    await once(agent.socket, 'open');
    agent.open(token);
    return agent.closed();
  };
  const token = await hub.token();
  assert.equal(await openWith(OTHER_NODE, token), 1008, 'another node’s');
  assert.equal(await openWith(NODE, `${token}0`), 1008, 'longer');
  assert.equal(
    await openWith(
      NODE,
      token.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
    ),
    1008,
    'changed',
  );
  const agent = hub.dial();
  await once(agent.socket, 'open');
  agent.open(token);
  await agent.roundTrip();
  assert.equal(hub.parts.channels.presence.isConnected(testScope, NODE), true);
  assert.equal(await openWith(NODE, token), 1008, 'used');
  const replaced = await hub.token();
  const newer = await hub.token();
  assert.equal(await openWith(NODE, replaced), 1008, 'replaced by a newer one');
  await hub.parts.clock.advance(30_000);
  assert.equal(await openWith(NODE, newer), 1008, 'expired');
  assert.deepEqual(hub.complaints(), { 'bad-opening': 6 });
  assert.equal(hub.parts.channels.presence.count, 1);
});

test('whoever does not show a token in time is dropped', async () => {
  await using hub = await startHub();
  const agent = hub.dial();
  await once(agent.socket, 'open');
  await hub.parts.clock.advance(14_999);
  await agent.roundTrip();
  await hub.parts.clock.advance(1);
  await agent.closed();
  assert.deepEqual(hub.complaints(), { 'opening-too-late': 1 });
});

test('a first frame that is binary, and a second one that is text, close the channel', async () => {
  await using hub = await startHub();
  const agent = hub.dial();
  await once(agent.socket, 'open');
  agent.send('agent_job_ack', '{}');
  assert.equal(await agent.closed(), 1008);
  const second = await hub.connect();
  second.open('anything');
  assert.equal(await second.closed(), 1008);
});

test('a path that is not the node’s, or no path of a node, is not found', async () => {
  await using hub = await startHub();
  assert.equal(await refusal(hub.dial('mi-1' as typeof NODE)), 404);
});

test('beyond the limit of unopened handshakes the next gets 503, and gets in when one is done', async () => {
  await using hub = await startHub({ limits: { openingMax: 2 } });
  const waiting = [hub.dial(), hub.dial(OTHER_NODE)];
  await Promise.all(waiting.map((agent) => once(agent.socket, 'open')));
  assert.equal(await refusal(hub.dial()), 503);
  waiting[0]?.open(await hub.token());
  await waiting[0]?.roundTrip();
  const next = hub.dial();
  await once(next.socket, 'open');
});

test('a storm of handshakes is let in at the named rate', async () => {
  await using hub = await startHub({ limits: { openingsBurst: 3, openingsPerSecond: 10 } });
  const outcomes = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const agent = hub.dial();
      return Promise.race([once(agent.socket, 'open').then(() => 101), refusal(agent)]);
    }),
  );
  assert.deepEqual(
    outcomes.toSorted((a, b) => a - b),
    [101, 101, 101, 503, 503],
  );
  await hub.parts.clock.advance(100);
  await once(hub.dial().socket, 'open');
});

test('no more connections than the limit', async () => {
  await using hub = await startHub({ limits: { connectionsMax: 1 } });
  await hub.connect();
  assert.equal(await refusal(hub.dial(OTHER_NODE)), 503);
});

test('a channel without any traffic is dropped; pings keep it', async () => {
  await using hub = await startHub();
  const { clock } = hub.parts;
  const quiet = await hub.connect();
  const alive = await hub.connect(OTHER_NODE);
  for (let minutes = 0; minutes < 10; minutes++) {
    await clock.advance(54_000);
    if (alive.closeCode === undefined) await alive.roundTrip();
  }
  await quiet.closed();
  assert.equal(alive.closeCode, undefined);
  assert.deepEqual(hub.complaints(), { silent: 1 });
  assert.equal(hub.parts.channels.presence.isConnected(testScope, NODE), false);
});

test('random bytes and frames close at most their own socket', async () => {
  await using hub = await startHub({ limits: { openingsBurst: 10_000 } });
  const good = await hub.connect(OTHER_NODE);
  const types = fc.constantFrom('agent_job_ack', 'agent_job_reply', 'agent_job', 'x');
  const payloads = fc.oneof(fc.string(), fc.json(), fc.constant(`{"jobId":"${jobOf(NODE)}","content":"{"}`));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.uint8Array({ maxLength: 400 }), fc.tuple(types, payloads)), { maxLength: 8 }),
      async (frames) => {
        const agent = await hub.connect();
        for (const frame of frames) {
          if (Array.isArray(frame)) agent.send(frame[0], frame[1]);
          else agent.socket.send(frame);
        }
        agent.socket.ping();
        await Promise.race([once(agent.socket, 'pong'), agent.closed()]);
        agent.socket.terminate();
      },
    ),
    { numRuns: 60 },
  );
  await good.roundTrip();
  await hub.put(hub.letter({ nodeId: OTHER_NODE }));
  await good.frame('agent_job');
});

test('raw bytes that are no WebSocket frames close their own socket', async () => {
  await using hub = await startHub();
  const good = await hub.connect(OTHER_NODE);
  const agent = await hub.connect();
  // The client's own socket: below ws.
  (agent.socket as unknown as { _socket: Socket })._socket.write(Buffer.from('ffffffffffffffffffffffff', 'hex'));
  await agent.closed();
  await good.roundTrip();
});

test('a frame above the limit closes the socket', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  agent.send('agent_job_reply', 'x'.repeat(200_000));
  assert.equal(await agent.closed(), 1009);
});

test('another node’s job in a node’s call is refused and answered by nothing', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  await hub.put(hub.letter({ nodeId: OTHER_NODE }));
  agent.reply(jobOf(OTHER_NODE), SUCCESS);
  agent.send('agent_job_ack', `{"jobId":"${jobOf(OTHER_NODE)}","acknowledgedMessageId":"x","statusCode":"200"}`);
  await agent.roundTrip();
  assert.deepEqual(hub.complaints(), { 'foreign-node': 2 });
  assert.deepEqual(await hub.events(), []);
  assert.equal(agent.count('agent_job_reply_ack'), 0);
  const owner = await hub.connect(OTHER_NODE);
  await owner.frame('agent_job');
});

test('a report that can never be read is answered, so that the agent stops repeating it', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  const id = agent.reply(jobOf(NODE), '{"documentStatus":"Exploded"}');
  assert.equal((await agent.frame('agent_job_reply_ack')).json['acknowledgedMessageId'], id);
  assert.deepEqual(hub.complaints(), { 'bad-payload': 1 });
  assert.deepEqual(await hub.events(), []);
});

test('one report that cannot be stored does not hold up the others, and is given up', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  const poison = 'a0000000-0000-4000-8000-00000000dead';
  hub.parts.handler.refuses = ({ replyId }) => replyId === poison;
  agent.reply(jobOf(NODE), IN_PROGRESS);
  agent.reply(jobOf(NODE), IN_PROGRESS, poison);
  agent.reply(jobOf(NODE), SUCCESS);
  await agent.frame('agent_job_reply_ack', 3);
  assert.deepEqual(await hub.events(), ['reply InProgress ecf1', 'reply Success ecf1']);
  assert.deepEqual(hub.complaints(), { 'poison-reply': 1 });
});

test('while nothing can be stored nothing is answered; what is poison for sure ends after three times', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  const id = 'a0000000-0000-4000-8000-00000000dead';
  hub.parts.handler.refuses = () => true;
  agent.reply(jobOf(NODE), IN_PROGRESS, id);
  await agent.roundTrip();
  await hub.parts.clock.settle();
  agent.reply(jobOf(NODE), IN_PROGRESS, id);
  await agent.roundTrip();
  await hub.parts.clock.settle();
  assert.equal(agent.count('agent_job_reply_ack'), 0);
  agent.reply(jobOf(NODE), IN_PROGRESS, id);
  await agent.frame('agent_job_reply_ack');
});

test('a node that floods is read no faster than it is stored, and loses nothing', async () => {
  await using hub = await startHub({ limits: { inboundPerNodeMax: 10, inboundMax: 20, inboundBatch: 5 } });
  const agents = [await hub.connect(), await hub.connect(OTHER_NODE)];
  for (let n = 0; n < 200; n++) {
    agents[0]?.reply(jobOf(NODE), IN_PROGRESS);
    agents[1]?.reply(jobOf(OTHER_NODE), IN_PROGRESS);
  }
  for (const agent of agents) await agent.frame('agent_job_reply_ack', 200);
  assert.equal((await hub.events()).length, 400);
});

test('a node that does not read gets no more jobs, and is dropped when it goes on', async () => {
  await using hub = await startHub({ limits: { slowBytes: 200_000, slowMs: 30_000 } });
  const { clock } = hub.parts;
  hub.parts.handler.contentOf = () => 'x'.repeat(120_000);
  const agent = await hub.connect();
  agent.socket.pause();
  // Fills the kernel's buffers, then the hub's: each round is five jobs, settled without a word from the node.
  for (let round = 0; round < 60 && hub.complaints()['slow-reader'] === undefined; round++) {
    const letters = Array.from({ length: 5 }, (_, n) =>
      hub.letter({ reference: `ecf18122-5192-40cf-9ab5-a3c7${String(round * 5 + n).padStart(8, '0')}` }),
    );
    await hub.put(...letters);
    await clock.advance(2_000);
    await hub.settle(...letters);
  }
  assert.deepEqual(hub.complaints(), { 'slow-reader': 1 });
  assert.equal(hub.parts.channels.presence.count, 0);
});

test('stopping stores what arrived, closes every channel and refuses new ones', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  agent.reply(jobOf(NODE), SUCCESS);
  await agent.roundTrip();
  await hub.parts.channels.stop();
  assert.ok([1001, 1006].includes(await agent.closed()));
  assert.deepEqual(await hub.events(), ['reply Success ecf1']);
  assert.equal(await refusal(hub.dial()), 503);
});

test('a deregistered node is disconnected', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  hub.parts.channels.disconnect(testScope, NODE);
  await agent.closed();
  assert.equal(hub.parts.channels.presence.count, 0);
  assert.equal(agent.socket.readyState, WebSocket.CLOSED);
});
