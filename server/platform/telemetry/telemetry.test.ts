// Logs, metrics and health through their public functions, with a fixed clock.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHealth } from './health.ts';
import { createLogger } from './logger.ts';
import type { LogFormat, LogLevel } from './logger.ts';
import { createMetrics } from './prometheus.ts';

const clock = { now: () => new Date('2026-11-20T10:11:12.345Z') };

function logTo(format: LogFormat, level: LogLevel = 'debug') {
  const lines: string[] = [];
  return { lines, log: createLogger({ write: (line) => lines.push(line), clock, level, format }) };
}

test('a JSON line carries time, level, message and the fields of its ancestors', () => {
  const { lines, log } = logTo('json');
  log.child({ area: 'store' }).child({ unit: 'x' }).info('committed', { rows: 3, absent: undefined });
  assert.deepEqual(JSON.parse(lines[0]!), {
    time: '2026-11-20T10:11:12.345Z',
    level: 'info',
    message: 'committed',
    area: 'store',
    unit: 'x',
    rows: 3,
  });
  assert.equal(lines[0]!.endsWith('}\n'), true);
});

test('a field cannot pass itself off as level, time or message', () => {
  const { lines, log } = logTo('json');
  log.warn('real', { level: 'debug', time: 'never', message: 'forged' });
  const line = JSON.parse(lines[0]!) as Record<string, unknown>;
  assert.deepEqual([line['level'], line['message'], line['time']], ['warn', 'real', '2026-11-20T10:11:12.345Z']);
});

test('levels below the configured one are not written', () => {
  const { lines, log } = logTo('json', 'warn');
  log.debug('a');
  log.info('b');
  log.warn('c');
  log.error('d');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { message: string }).message),
    ['c', 'd'],
  );
});

test('an error is written with its stack and its causes, without its other properties', () => {
  const { lines, log } = logTo('json');
  const inner = Object.assign(new Error('inner'), { parameters: ['hunter2'] });
  log.error('failed', {}, new Error('outer', { cause: inner }));
  const { cause } = JSON.parse(lines[0]!) as { cause: string };
  assert.match(cause, /^Error: outer\n +at /);
  assert.match(cause, /caused by: Error: inner/);
  assert.doesNotMatch(lines[0]!, /hunter2/);
});

test('no value can forge a second line or drive a terminal', () => {
  for (const format of ['json', 'text'] as const) {
    const { lines, log } = logTo(format);
    log.info('got\nINFO forged \u001B[2J', { userAgent: 'x\r\ny \u009B31m\u2028', 'odd\nkey': 'v' });
    assert.equal(lines.length, 1);
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(format === 'text' ? lines[0]!.slice(0, -1) : lines[0]!.slice(0, -1), /[\u0000-\u001F]/);
    if (format === 'text') assert.doesNotMatch(lines[0]!.slice(0, -1), /[\u0080-\u009F\u2028]/);
  }
});

test('the text format is short and quotes what needs it', () => {
  const { lines, log } = logTo('text');
  log.info('listening', { url: 'https://127.0.0.1:8443', note: 'two words', port: 8443 });
  assert.equal(lines[0], '10:11:12.345 INFO  listening url=https://127.0.0.1:8443 note="two words" port=8443\n');
});

test('a long field is cut and says how long it was', () => {
  const { lines, log } = logTo('json');
  log.info('m', { header: 'x'.repeat(100_000) });
  assert.ok(lines[0]!.length < 3_000);
  assert.match(lines[0]!, /100000 characters/);
});

test('counters add up per label set and render in the exposition format', () => {
  const metrics = createMetrics();
  const calls = metrics.counter('muster_api_requests_total', 'Requests.\nBy operation \\ status.');
  calls.inc({ operation: 'SendCommand', status: '200' });
  calls.inc({ status: '200', operation: 'SendCommand' }, 2);
  calls.inc({ operation: 'quo"te\\back\nline', status: '400' });
  const text = metrics.render();
  assert.match(text, /^# HELP muster_api_requests_total Requests\.\\nBy operation \\\\ status\.$/m);
  assert.match(text, /^# TYPE muster_api_requests_total counter$/m);
  assert.match(text, /^muster_api_requests_total\{operation="SendCommand",status="200"\} 3$/m);
  assert.ok(text.includes('muster_api_requests_total{operation="quo\\"te\\\\back\\nline",status="400"} 1\n'));
});

test('histogram buckets are cumulative and a bound belongs to its own bucket', () => {
  const metrics = createMetrics();
  const latency = metrics.histogram('muster_x_seconds', 'X.', [0.1, 1]);
  for (const value of [0.1, 0.5, 3]) latency.observe(value, { kind: 'a' });
  const lines = metrics
    .render()
    .split('\n')
    .filter((line) => line.startsWith('muster_x_seconds'));
  assert.deepEqual(lines, [
    'muster_x_seconds_bucket{kind="a",le="0.1"} 1',
    'muster_x_seconds_bucket{kind="a",le="1"} 2',
    'muster_x_seconds_bucket{kind="a",le="+Inf"} 3',
    'muster_x_seconds_sum{kind="a"} 3.6',
    'muster_x_seconds_count{kind="a"} 3',
  ]);
});

test('gauges are read at scrape time, and the process tells about itself', () => {
  const metrics = createMetrics();
  let value = 1;
  metrics.gauge('muster_nodes', 'Nodes.', () => value);
  metrics.gauge('muster_sockets', 'Sockets.', () => [{ labels: { channel: 'mgs' }, value: Infinity }]);
  value = 7;
  const text = metrics.render();
  assert.match(text, /^muster_nodes 7$/m);
  assert.match(text, /^muster_sockets\{channel="mgs"\} \+Inf$/m);
  assert.match(text, /^process_resident_memory_bytes [1-9]\d+$/m);
  assert.match(text, /^nodejs_eventloop_delay_p50_seconds [\d.e-]+$/m);
  assert.match(text, /^nodejs_eventloop_delay_p99_seconds [\d.e-]+$/m);
});

test('the same counter may be asked for twice, but never as another kind or with other labels', () => {
  const metrics = createMetrics();
  metrics.counter('muster_a_total', 'A.').inc({ x: '1' });
  metrics.counter('muster_a_total', 'A.').inc({ x: '1' });
  assert.match(metrics.render(), /muster_a_total\{x="1"\} 2/);
  assert.throws(() => metrics.gauge('muster_a_total', 'A.', () => 0), /registered twice/);
  assert.throws(() => metrics.counter('muster_a_total', 'A.').inc({ y: '1' }), /label x is missing/);
  assert.throws(() => metrics.counter('muster_a_total', 'A.').inc({ x: '2', y: '1' }), /not the first ones/);
  assert.throws(() => metrics.counter('not a name', ''), /not one for Prometheus/);
});

test('a label fed from outside cannot grow without limit', () => {
  const metrics = createMetrics();
  const counter = metrics.counter('muster_b_total', 'B.');
  for (let i = 0; i < 5_000; i++) counter.inc({ id: String(i) });
  const lines = metrics
    .render()
    .split('\n')
    .filter((line) => line.startsWith('muster_b_total{'));
  assert.equal(lines.length, 2_001);
  assert.equal(lines.at(-1), 'muster_b_total{id="over_the_limit"} 3000');
});

test('ready when every check passes; a failing, hanging or drained one is named and nothing more', async () => {
  const timers = new Set<() => void>();
  const { log, lines } = logTo('json');
  const health = createHealth({
    clock: {
      setTimer: (_delayMs, fire) => {
        timers.add(fire);
        return { cancel: () => void timers.delete(fire) };
      },
    },
    log,
  });
  health.addCheck('store', () => {});
  assert.deepEqual(await health.ready(), { ok: true, checks: [{ name: 'store', ok: true }] });
  health.addCheck('bus', () => {
    throw new Error('nats://secret@host refused');
  });
  health.addCheck('slow', () => new Promise(() => {}));
  const pending = health.ready();
  for (const fire of timers) fire();
  assert.deepEqual(await pending, {
    ok: false,
    checks: [
      { name: 'store', ok: true },
      { name: 'bus', ok: false },
      { name: 'slow', ok: false },
    ],
  });
  assert.equal(lines.length, 2);
  assert.deepEqual(health.live(), { ok: true });
  assert.throws(() => health.addCheck('bus', () => {}), /twice/);
});

test('a draining server is not ready', async () => {
  const health = createHealth({ clock: { setTimer: () => ({ cancel: () => {} }) }, log: logTo('json').log });
  health.drain();
  assert.deepEqual(await health.ready(), { ok: false, checks: [{ name: 'draining', ok: false }] });
});
