// The journal after a crash: whatever was cut off or damaged, what is left is what was durable, and it can be written on.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../machine/clock.ts';
import { createLog } from '../machine/log.ts';
import { decodeLine, encodeLine } from './append-log.ts';
import { openJournal } from './journal.ts';
import { applyRecord, emptyState, recordsOf } from './records.ts';
import type { JournalRecord } from './records.ts';

const log = createLog(
  () => undefined,
  () => systemClock.now(),
);
const result = {
  status: 'Success',
  code: 0,
  name: 'aws:runShellScript',
  output: 'ü\n',
  startDateTime: '',
  endDateTime: '',
  outputS3BucketName: '',
  outputS3KeyPrefix: '',
  stepName: 's',
  standardOutput: 'ü\n',
  standardError: '',
} as const;
const reply = { messageId: 'm', jobId: 'a', topic: 't', content: '{}', final: true, atMs: 4 };
const RECORDS: readonly JournalRecord[] = [
  { kind: 'job', jobId: 'a', topic: 't', content: 'ä\n', atMs: systemClock.nowMs() },
  { kind: 'step-started', jobId: 'a', step: 0, run: 1, bootId: 'x', startedAt: 's' },
  { kind: 'reboot', jobId: 'a', step: 0, bootId: 'x', result },
  { kind: 'step-started', jobId: 'a', step: 0, run: 2, bootId: 'y', startedAt: 't' },
  { kind: 'job', jobId: 'b', topic: 't', content: 'c', atMs: systemClock.nowMs() },
  { kind: 'cancel', jobId: 'c', target: 'b', atMs: systemClock.nowMs() },
  { kind: 'step-finished', jobId: 'a', step: 0, result, ends: true },
  { kind: 'reply', ...reply },
  { kind: 'job-finished', jobId: 'b', status: 'Cancelled', atMs: systemClock.nowMs() },
  { kind: 'reply-settled', messageId: 'm' },
];

function fold(records: readonly JournalRecord[]): unknown {
  const state = emptyState();
  for (const record of records) applyRecord(state, record);
  return state;
}

describe('journal', () => {
  it('opens after being cut at any byte, with exactly the whole records, and takes new ones', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'muster-journal-'));
    try {
      const path = join(directory, 'journal.log');
      const content = Buffer.from(RECORDS.map((record) => encodeLine(JSON.stringify(record))).join(''));
      for (let length = 0; length <= content.length; length += 1) {
        writeFileSync(path, content.subarray(0, length));
        const journal = await openJournal({ path, clock: systemClock, log });
        const whole = content.subarray(0, length).filter((byte) => byte === 0x0a).length;
        assert.deepEqual(journal.state, fold(RECORDS.slice(0, whole)), `cut at byte ${length}`);
        if (length % 97 === 0) {
          await journal.write({ kind: 'job', jobId: 'new', topic: 't', content: '', atMs: 1 });
          const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
          assert.ok(lines.every((line) => decodeLine(line) !== undefined));
        }
        await journal.close();
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('folds the compacted records to the same state', () => {
    for (let count = 0; count <= RECORDS.length; count += 1) {
      const state = emptyState();
      for (const record of RECORDS.slice(0, count)) applyRecord(state, record);
      const again = emptyState();
      for (const record of recordsOf(state)) applyRecord(again, record);
      for (const id of again.done.keys()) if (id.endsWith('#cancel')) again.done.delete(id);
      assert.deepEqual(again, state);
    }
  });

  it('skips a line with any damaged byte and keeps the others', () => {
    const line = encodeLine(JSON.stringify(RECORDS[0]));
    fc.assert(
      fc.property(fc.nat(line.length - 2), fc.integer({ min: 33, max: 126 }), (at, code) => {
        const character = String.fromCharCode(code);
        fc.pre(line[at] !== character);
        assert.equal(decodeLine(`${line.slice(0, at)}${character}${line.slice(at + 1, -1)}`), undefined);
      }),
    );
  });
});
