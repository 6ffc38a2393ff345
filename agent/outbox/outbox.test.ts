// Replies until they are acknowledged, over hours of a clock that the test moves.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openJournal } from '../journal/journal.ts';
import type { Journal } from '../journal/journal.ts';
import type { PendingReply } from '../journal/records.ts';
import { createLog } from '../machine/log.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { createOutbox } from './outbox.ts';
import type { Outbox } from './outbox.ts';

const HOUR_MS = 3600_000;

interface Bench extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly journal: Journal;
  readonly outbox: Outbox;
  /** `id@seconds`, since the start. */
  readonly sent: string[];
  reply(messageId: string, final: boolean): PendingReply;
  readonly send: (reply: PendingReply) => boolean;
}

async function bench(): Promise<Bench> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-outbox-'));
  const clock = new ManualClock();
  const startMs = clock.nowMs();
  const log = createLog(
    () => undefined,
    () => clock.now(),
  );
  const journal = await openJournal({ path: join(directory, 'journal.log'), clock, log });
  const outbox = createOutbox({ journal, clock, log });
  const sent: string[] = [];
  return {
    clock,
    journal,
    outbox,
    sent,
    reply: (messageId, final) => ({ messageId, jobId: 'j', topic: 't', content: '{}', final, atMs: clock.nowMs() }),
    send(reply) {
      sent.push(`${reply.messageId}@${(clock.nowMs() - startMs) / 1000}`);
      return true;
    },
    async [Symbol.asyncDispose]() {
      outbox.close();
      await journal.close();
      rmSync(directory, { recursive: true });
    },
  };
}

describe('outbox', () => {
  it('repeats after 30 s, then slower up to 5 min, until the acknowledgement', async () => {
    await using it = await bench();
    it.outbox.connect(it.send);
    it.outbox.post(it.reply('a', true));
    it.clock.advance(20 * 60_000);
    assert.deepEqual(it.sent, ['a@0', 'a@30', 'a@90', 'a@210', 'a@450', 'a@750', 'a@1050']);
    it.outbox.acknowledged('a');
    it.clock.advance(HOUR_MS);
    assert.equal(it.sent.length, 7);
    assert.equal(it.outbox.size, 0);
  });

  it('waits for the channel, and sends everything in order when it opens', async () => {
    await using it = await bench();
    it.outbox.post(it.reply('a', true));
    it.outbox.post(it.reply('b', true));
    it.clock.advance(HOUR_MS);
    assert.deepEqual(it.sent, []);
    it.outbox.connect(it.send);
    assert.deepEqual(it.sent, ['a@3600', 'b@3600']);
    it.outbox.connect(undefined);
    it.outbox.connect(it.send);
    assert.deepEqual(it.sent.slice(2), ['a@3600', 'b@3600']);
  });

  it('gives up progress after two hours and results after two days, also in the journal', async () => {
    await using it = await bench();
    const final = it.reply('final', true);
    await it.journal.write({ kind: 'reply', ...final });
    it.outbox.post(final);
    it.outbox.post(it.reply('progress', false));
    it.clock.advance(3 * HOUR_MS);
    it.outbox.connect(it.send);
    assert.deepEqual(it.sent, ['final@10800']);
    it.clock.advance(46 * HOUR_MS);
    assert.equal(it.outbox.size, 0);
    await it.journal.write({ kind: 'reply-settled', messageId: 'none' });
    assert.equal(it.journal.state.replies.size, 0);
  });
});
