// Blobs through their door, on a real disk.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { createSeededIds } from '@muster/testkit/random.ts';
import { BlobMismatchError, BlobMissingError, BlobTooLargeError, createBlobs, type Blobs } from './blobs.ts';

const NOW = new Date('2026-11-21T10:00:00Z');

async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half');
  throw new Error('the client has gone');
}

async function text(blobs: Blobs, sha256: string): Promise<string> {
  return Buffer.concat(await (await blobs.open(sha256)).toArray()).toString();
}

describe('blobs', () => {
  let dataDir = '';
  let blobs: Blobs;
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'muster-blobs-'));
    blobs = createBlobs({ dataDir, ids: createSeededIds(1), clock: createSimulatedClock(NOW) });
  });
  after(() => rm(dataDir, { recursive: true }));

  it('are named by the SHA-256 of what is in them, whether they came as a buffer or as a stream', async () => {
    const sha256 = createHash('sha256').update('hello world').digest('hex');
    assert.deepEqual(await blobs.put(Buffer.from('hello world')), { sha256, sizeBytes: 11 });
    assert.deepEqual(await blobs.put(chunks('hello', ' ', 'world')), { sha256, sizeBytes: 11 });
    assert.equal(await text(blobs, sha256), 'hello world');
    assert.deepEqual(await readdir(join(dataDir, 'blobs', sha256.slice(0, 2), sha256.slice(2, 4))), [sha256]);
  });

  it('may be empty, and may be stored by many at once', async () => {
    const stored = await Promise.all(Array.from({ length: 10 }, () => blobs.put(Buffer.alloc(0))));
    assert.equal(new Set(stored.map(({ sha256 }) => sha256)).size, 1);
    assert.equal(await text(blobs, stored[0]?.sha256 ?? ''), '');
  });

  it('are refused above their limit, and a body that breaks off leaves nothing behind', async () => {
    await assert.rejects(blobs.put(chunks('12345', '6'), { sizeBytesMax: 5 }), BlobTooLargeError);
    await assert.rejects(blobs.put(broken()), /the client has gone/);
    assert.deepEqual(await readdir(join(dataDir, 'blobs', 'unfinished')), []);
  });

  it('are refused where they are not what was announced', async () => {
    const announced = createHash('sha256').update('this').digest('hex');
    await assert.rejects(blobs.put(chunks('that'), { sha256: announced }), BlobMismatchError);
    assert.equal(await blobs.has(announced), false);
    assert.equal(await blobs.has(createHash('sha256').update('that').digest('hex')), false);
    assert.deepEqual(await readdir(join(dataDir, 'blobs', 'unfinished')), []);
    assert.equal((await blobs.put(chunks('this'), { sha256: announced })).sha256, announced);
  });

  it('can be asked for, read while they are removed, and removed twice', async () => {
    const { sha256 } = await blobs.put(Buffer.from('short-lived'));
    assert.equal(await blobs.has(sha256), true);
    const reading = await blobs.open(sha256);
    await blobs.remove(sha256);
    await blobs.remove(sha256);
    assert.equal(Buffer.concat(await reading.toArray()).toString(), 'short-lived');
    assert.equal(await blobs.has(sha256), false);
    await assert.rejects(blobs.open(sha256), BlobMissingError);
  });

  it('take no name that is not a digest', async () => {
    for (const name of ['../../etc/passwd', '', 'AB'.repeat(32), `${'a'.repeat(63)}/`]) {
      await assert.rejects(blobs.open(name), /64 lower-case hex digits/);
      await assert.rejects(blobs.has(name), /64 lower-case hex digits/);
      await assert.rejects(blobs.remove(name), /64 lower-case hex digits/);
    }
  });

  it('of puts that never finished are cleared away by age', async () => {
    await blobs.removeLeftovers(new Date('2999-01-01'));
    await writeFile(join(dataDir, 'blobs', 'unfinished', 'left'), 'half');
    assert.equal(await blobs.removeLeftovers(new Date(0)), 0);
    assert.equal(await blobs.removeLeftovers(new Date('2999-01-01')), 1);
    assert.deepEqual(await readdir(join(dataDir, 'blobs', 'unfinished')), []);
  });

  it('that are still coming are no leftovers', async () => {
    await blobs.removeLeftovers(new Date('2999-01-01'));
    async function* slowly() {
      yield Buffer.from('one half ');
      assert.equal(await blobs.removeLeftovers(new Date('2999-01-01')), 0);
      yield Buffer.from('and the other');
    }
    const { sha256 } = await blobs.put(slowly());
    assert.equal(await text(blobs, sha256), 'one half and the other');
  });

  it('that were removed are out of reach at once, and gone from the disk some time later', async () => {
    await blobs.removeLeftovers(new Date('2999-01-01'));
    const { sha256 } = await blobs.put(Buffer.from('removed'));
    await blobs.remove(sha256);
    assert.equal(await blobs.has(sha256), false);
    assert.deepEqual(await readdir(join(dataDir, 'blobs', 'removed')), [sha256]);
    assert.equal(await blobs.removeLeftovers(NOW), 0);
    await blobs.put(Buffer.from('removed'));
    assert.equal(await blobs.removeLeftovers(new Date(NOW.getTime() + 1)), 1);
    assert.equal(await text(blobs, sha256), 'removed');
  });
});
