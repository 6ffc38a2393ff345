// Lines and the bar on one terminal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WrittenStream } from '../people.fixture.ts';
import { progressBar } from './progress-bar.ts';
import { palette } from './palette.ts';
import { Screen } from './screen.ts';
import { Table } from './table.ts';

function screenWith({ terminal = true, env = {} }: { terminal?: boolean; env?: Record<string, string> } = {}) {
  let now = 0;
  let tick: () => void = () => undefined;
  const clock = {
    now: () => new Date(now),
    elapsedMs: () => now,
    wait: () => Promise.resolve(),
    jitter: () => 0,
    every: (_periodMs: number, action: () => void) => {
      tick = action;
      return () => {
        tick = () => undefined;
      };
    },
  };
  // One stream, as a terminal is for both.
  const stream = new WrittenStream(terminal);
  const screen = new Screen({ stdout: stream, stderr: stream, clock, env });
  const pass = (ms: number): void => {
    now += ms;
    tick();
  };
  return { screen, stream, pass };
}

/** What a terminal shows: erased lines are gone. */
function shown(text: string): string[] {
  return text.split('\n').map((line) => line.split('\r\x1b[K').at(-1) ?? '');
}

test('lines stand whole, the bar is below them', () => {
  const { screen, stream, pass } = screenWith();
  screen.showBar(() => 'BAR');
  for (let line = 1; line <= 3; line++) {
    screen.print(`line ${line}`);
    pass(100);
  }
  assert.deepEqual(shown(stream.text), ['line 1', 'line 2', 'line 3', 'BAR']);
  screen.showBar(undefined);
  assert.deepEqual(shown(stream.text), ['line 1', 'line 2', 'line 3', '']);
});

test('the bar is drawn at most ten times a second', () => {
  const { screen, stream, pass } = screenWith();
  let count = 0;
  for (let ms = 0; ms < 999; ms++) {
    screen.showBar(() => `BAR ${count++}`);
    screen.print('x');
    pass(1);
  }
  assert.ok(stream.text.split('BAR').length - 1 <= 10, String(count));
});

test('without a terminal, with NO_COLOR or on a dumb one there is neither bar nor colour', () => {
  for (const options of [{ terminal: false }, { env: { NO_COLOR: '1' } }, { env: { TERM: 'dumb' } }]) {
    const { screen, stream, pass } = screenWith(options);
    screen.showBar(() => 'BAR');
    pass(100);
    screen.print(screen.out.palette.bad('x'));
    assert.equal(stream.text, 'x\n');
  }
});

test('strangers are made safe for a terminal and left as they are elsewhere', () => {
  assert.equal(screenWith().screen.out.safe('\x1b[2Jx'), 'x');
  assert.equal(screenWith({ terminal: false }).screen.out.safe('\x1b[2Jx'), '\x1b[2Jx');
});

test('a bar fits in its columns, whatever they are', () => {
  const progress = { total: 40, good: 10, bad: 2, running: 8, waiting: 20, elapsedMs: 12_000, remark: 'paused' };
  assert.equal(
    progressBar(progress, 90, palette(false)),
    '12/40 [######----------------]  30%  paused  10 ok  2 failed  8 running  20 waiting  0:12',
  );
  for (let columns = 0; columns < 120; columns++) {
    assert.ok(progressBar(progress, columns, palette(false)).length <= columns, String(columns));
    assert.ok(progressBar({ ...progress, total: undefined }, columns, palette(false)).length <= columns, String(columns));
  }
});

test('later pages of a table keep the widths of the first', () => {
  const table = new Table(['NAME', 'ID']);
  assert.deepEqual(table.page([['web-one', '1']]), ['NAME     ID', 'web-one  1']);
  assert.deepEqual(table.page([['db', '2']]), ['db       2']);
});
