// Pieces of output on a control channel: taken from an agent that offers the extension, and never from another.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  OUTPUT_PIECE_BYTES_MAX,
  OUTPUT_WINDOW_BYTES,
  outputPiecePayload,
  parseExtensions,
  parseOutputAck,
} from '@muster/protocol/output-stream.ts';
import type { OutputPiece } from '@muster/protocol/output-stream.ts';
import { jobOf, NODE, OTHER_NODE, startHub, SUCCESS } from '@muster/testkit/stock-agent.ts';

const OFFER = ',"Extensions":["output-stream/1"]';
const piece = (change: Partial<OutputPiece> = {}): Buffer =>
  outputPiecePayload({
    jobId: jobOf(NODE),
    stepName: 'one',
    stream: 'stderr',
    offset: 0,
    gapBytes: 0,
    last: false,
    bytes: Buffer.from('out'),
    ...change,
  });

test('an agent that offers the extension is told so, and its pieces are answered after they are stored', async () => {
  await using hub = await startHub();
  const agent = await hub.connect(NODE, OFFER);
  assert.deepEqual(parseExtensions((await agent.frame('agent_extensions')).message.payload), ['output-stream/1']);
  agent.send('agent_job_output', piece());
  agent.reply(jobOf(NODE), SUCCESS);
  const ack = await agent.frame('agent_job_output_ack');
  assert.deepEqual(parseOutputAck(ack.message.payload), {
    jobId: jobOf(NODE),
    stepName: 'one',
    stream: 'stderr',
    nextOffset: 3,
    closed: false,
  });
  await agent.frame('agent_job_reply_ack');
  assert.deepEqual((await hub.events()).toSorted(), ['output one stderr ecf1', 'reply Success ecf1']);
  for (let n = 0; n < 20; n++) {
    agent.send(
      'agent_job_output',
      piece({ offset: n * OUTPUT_PIECE_BYTES_MAX, bytes: Buffer.alloc(OUTPUT_PIECE_BYTES_MAX, 65) }),
    );
    await agent.frame('agent_job_output_ack', n + 2);
  }
});

test('a stock agent hears nothing of it', async () => {
  await using hub = await startHub();
  const agent = await hub.connect();
  await agent.roundTrip();
  assert.equal(agent.count('agent_extensions'), 0);
});

for (const [what, offer, frames] of [
  ['without the extension', '', [piece()]],
  ['of another node', OFFER, [piece({ jobId: jobOf(OTHER_NODE) })]],
  ['that cannot be read', OFFER, [Buffer.from('nonsense')]],
  [
    'above the window',
    OFFER,
    Array.from({ length: OUTPUT_WINDOW_BYTES / OUTPUT_PIECE_BYTES_MAX + 1 }, () =>
      piece({ bytes: Buffer.alloc(OUTPUT_PIECE_BYTES_MAX) }),
    ),
  ],
] as const)
  test(`output ${what} costs the agent its socket, and nobody else`, async () => {
    await using hub = await startHub();
    const other = await hub.connect(OTHER_NODE);
    const agent = await hub.connect(NODE, offer);
    await agent.roundTrip();
    agent.socket.pause();
    // In one write, so that they arrive in one turn.
    for (const frame of frames) agent.send('agent_job_output', frame);
    agent.socket.resume();
    assert.equal(await agent.closed(), 1002);
    await other.roundTrip();
  });
