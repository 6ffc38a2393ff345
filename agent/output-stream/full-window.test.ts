// What the server learns of a step before its reply, also when other streams fill the window.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { OUTPUT_WINDOW_BYTES } from '@muster/protocol/output-stream.ts';
import type { OutputPiece } from '@muster/protocol/output-stream.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { createOutputStreams } from './output-streams.ts';

const jobId = (n: number): string => `aws.ssm.11111111-2222-3333-4444-55555555555${n}.mi-0123456789abcdef0`;

test('a step that ends while the window is full is announced before its reply, and sent when there is room', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'muster-output-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const clock = new ManualClock();
  const pieces: OutputPiece[] = [];
  const streams = createOutputStreams({
    pending: { load: () => [], save: () => undefined, remove: () => undefined },
    isLive: () => true,
    clock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  t.after(() => streams.close());
  streams.connect((piece) => pieces.push(piece) > 0);
  const begin = (n: number, text: string) => {
    const run = join(directory, String(n), 'run');
    mkdirSync(run, { recursive: true });
    writeFileSync(join(run, 'stdout'), text);
    const output = streams.begin(jobId(n), 0, 'only', join(directory, String(n)));
    output.follow(run);
    return output;
  };
  begin(1, 'x'.repeat(2 * OUTPUT_WINDOW_BYTES));
  clock.advance(1_000);
  assert.equal(
    pieces.reduce((sum, piece) => sum + piece.bytes.length, 0),
    OUTPUT_WINDOW_BYTES,
  );
  const long = 'y'.repeat(30_000);
  begin(2, long).end({ texts: { stdout: `${long.slice(0, 23_000)}--output truncated--`, stderr: '' }, inReply: true });
  const told = pieces.filter((piece) => piece.jobId === jobId(2));
  assert.deepEqual(
    told.map(({ stream, offset, last, bytes }) => [stream, offset, last, bytes.length]),
    [['stdout', 0, false, 0]],
    'a question, which takes no room',
  );

  for (const { bytes, ...piece } of pieces.slice(0, 4))
    streams.acknowledged({ ...piece, nextOffset: piece.offset + bytes.length, closed: false });
  streams.acknowledged({ jobId: jobId(2), stepName: 'only', stream: 'stdout', nextOffset: 0, closed: false });
  for (const { bytes, ...piece } of pieces.slice(5))
    streams.acknowledged({ ...piece, nextOffset: piece.offset + bytes.length, closed: false });
  assert.ok(pieces.some((piece) => piece.jobId === jobId(2) && piece.bytes.length > 0));
});
