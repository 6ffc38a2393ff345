// The in-process bus: the promises of bus.ts, as a cluster's bus will have to keep them too.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { createLogger } from '../telemetry/logger.ts';
import type { Bus } from './bus.ts';
import { createInProcessBus, PAYLOAD_BYTES_MAX } from './in-process-bus.ts';

describe('the in-process bus', () => {
  const clock = createSimulatedClock();
  let lines: string[] = [];
  let bus: Bus;
  let heard: string[] = [];
  const hear = (payload: Uint8Array, subject: string): void => void heard.push(`${subject}:${Buffer.from(payload).toString()}`);
  beforeEach(() => {
    lines = [];
    heard = [];
    bus = createInProcessBus({ log: createLogger({ write: (line) => lines.push(line), clock, level: 'debug', format: 'json' }) });
  });
  afterEach(() => bus.close());

  it('delivers to every subscriber of a subject, in order, not synchronously', async () => {
    bus.subscribe('wake.nodes', hear);
    bus.subscribe('wake.nodes', hear);
    bus.publish('wake.nodes', Buffer.from('1'));
    bus.publish('wake.nodes', Buffer.from('2'));
    bus.publish('wake.other', Buffer.from('3'));
    assert.deepEqual(heard, []);
    await clock.settle();
    assert.deepEqual(heard, ['wake.nodes:1', 'wake.nodes:1', 'wake.nodes:2', 'wake.nodes:2']);
  });

  it('understands * as one token and a last > as one or more', async () => {
    bus.subscribe('a.*.c', hear);
    bus.subscribe('x.>', hear);
    for (const subject of ['a.b.c', 'a.b', 'a.b.c.d', 'x', 'x.y', 'x.y.z']) bus.publish(subject, Buffer.alloc(0));
    await clock.settle();
    assert.deepEqual(heard, ['a.b.c:', 'x.y:', 'x.y.z:']);
  });

  it('a subscriber that throws is logged and hurts nobody else', async () => {
    bus.subscribe('a', () => {
      throw new Error('broken subscriber');
    });
    bus.subscribe('a', hear);
    bus.publish('a', Buffer.from('1'));
    await clock.settle();
    assert.deepEqual(heard, ['a:1']);
    assert.match(lines.join(''), /broken subscriber/);
  });

  it('hands over a copy of the payload as it was', async () => {
    const payload = Buffer.from('before');
    bus.subscribe('a', hear);
    bus.publish('a', payload);
    payload.write('after!');
    await clock.settle();
    assert.deepEqual(heard, ['a:before']);
  });

  it('a closed subscription hears nothing more', async () => {
    const subscription = bus.subscribe('a', hear);
    const wild = bus.subscribe('>'.padStart(3, 'a.'), hear);
    bus.publish('a', Buffer.alloc(0));
    subscription.close();
    subscription.close();
    wild.close();
    bus.publish('a.b', Buffer.alloc(0));
    await clock.settle();
    assert.deepEqual(heard, []);
  });

  it('refuses payloads above its limit and subjects that are none', () => {
    bus.publish('a', Buffer.alloc(PAYLOAD_BYTES_MAX));
    assert.throws(() => bus.publish('a', Buffer.alloc(PAYLOAD_BYTES_MAX + 1)), /at most 262144/);
    for (const subject of ['', 'a..b', 'a.*', 'a.>', 'a b', 'a'.repeat(300)]) {
      assert.throws(() => bus.publish(subject, Buffer.alloc(0)), /is not a subject/);
    }
    for (const pattern of ['', 'a.>.b', '>', 'a*', 'a. ']) {
      assert.throws(() => bus.subscribe(pattern, hear), /is not a subscription/);
    }
  });

  it('closing delivers what was published before and nothing after', async () => {
    bus.subscribe('a', hear);
    bus.publish('a', Buffer.from('1'));
    const closed = bus.close();
    bus.publish('a', Buffer.from('2'));
    await closed;
    await clock.settle();
    assert.deepEqual(heard, ['a:1']);
  });
});
