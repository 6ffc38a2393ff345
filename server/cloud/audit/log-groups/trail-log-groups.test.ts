// Folders as log groups: each event once, whatever happened between the file and the database.
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { folderLogGroups } from './trail-log-groups.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-log-groups-'));
const stream = join(folder, 'stream');
after(() => rmSync(folder, { recursive: true }));
beforeEach(() => rmSync(stream, { recursive: true, force: true }));

const FILE_BYTES = 40;
const groups = folderLogGroups(new Map([['events', folder]]), { fileBytesMax: FILE_BYTES });
const append = (place: string | null, ...events: string[]) => groups.append('events', 'stream', place, events);
const event = (n: number) => JSON.stringify({ eventID: n });
const lines = () =>
  readdirSync(stream)
    .toSorted()
    .map((name) => readFileSync(join(stream, name), 'utf8'));

test('events stand a line each in files that end where they have reached their size', async () => {
  let place: string | null = null;
  for (let n = 0; n < 6; n++) place = await append(place, event(n));
  assert.deepEqual(readdirSync(stream).toSorted(), ['00000001.jsonl', '00000002.jsonl']);
  assert.deepEqual(lines(), [[0, 1, 2].map((n) => `${event(n)}\n`).join(''), [3, 4, 5].map((n) => `${event(n)}\n`).join('')]);
});

test('what was written before a crash is not written again, also with more behind it, also at the first time', async () => {
  await append(null, event(1));
  const place = await append(null, event(1), event(2));
  await append(place, event(3));
  // The file is full by now: what it lacks goes into the next.
  assert.equal(await append(place, event(3), event(4)), '2:14');
  await append(place, event(3), event(4), event(5));
  assert.deepEqual(lines(), [[1, 2, 3].map((n) => `${event(n)}\n`).join(''), [4, 5].map((n) => `${event(n)}\n`).join('')]);
});

test('a line that was torn is written anew, and lines that somebody else wrote stay', async () => {
  const place = await append(null, event(1));
  appendFileSync(join(stream, '00000001.jsonl'), `{"other":1}\n${event(2).slice(0, 5)}`);
  await append(place, event(2));
  assert.deepEqual(lines(), [`${event(1)}\n{"other":1}\n${event(2)}\n`]);
});

test('a file that somebody emptied or took away goes on', async () => {
  const place = await append(null, event(1));
  truncateSync(join(stream, '00000001.jsonl'));
  const next = await append(place, event(2));
  assert.deepEqual(lines(), [`${event(2)}\n`]);
  rmSync(join(stream, '00000001.jsonl'));
  await append(next, event(3));
  assert.deepEqual(lines(), [`${event(3)}\n`]);
});

test('a large file that somebody else put there is left alone', async () => {
  await append(null, event(1));
  const foreign = join(stream, '00000001.jsonl');
  truncateSync(foreign, 3 * 1024 ** 3);
  await append(null, event(2));
  assert.equal(statSync(foreign).size, 3 * 1024 ** 3);
  assert.equal(readFileSync(join(stream, '00000002.jsonl'), 'utf8'), `${event(2)}\n`);
});

test('two writers of one stream wait for each other', async () => {
  await Promise.all([append(null, event(1), event(2)), append(null, event(2), event(3)), append(null, event(1))]);
  assert.deepEqual(lines().join('').trimEnd().split('\n').toSorted(), [1, 2, 3].map(event));
});

test('a stream whose name leaves the folder, and a group without one, are refused', async () => {
  await assert.rejects(groups.append('events', '../x', null, [event(1)]), /not a key/);
  await assert.rejects(groups.append('other', 'stream', null, [event(1)]), /--trail-log-group other=PATH/);
  assert.equal(await groups.writable('other'), false);
  writeFileSync(join(folder, 'file'), '');
  assert.equal(await folderLogGroups(new Map([['x', join(folder, 'file')]])).writable('x'), false);
});
