// What is random, and of its form.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemIds } from './ids.ts';

test('a UUID is one of version 4, and none comes twice', () => {
  const uuids = Array.from({ length: 2_000 }, () => systemIds.uuid());
  for (const uuid of uuids) assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(new Set(uuids).size, uuids.length);
  const digitsAt = Array.from({ length: 36 }, (_, at) => new Set(uuids.map((uuid) => uuid[at])).size);
  // Every free place takes every digit; the version and the hyphens are fixed, the variant has four forms.
  assert.deepEqual(
    digitsAt,
    Array.from('xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx', (place) => (place === 'x' ? 16 : place === 'y' ? 4 : 1)),
  );
});

test('bytes and digits come in the length that is asked for, small and large, and UUIDs between them', () => {
  for (const count of [1, 15, 16, 17, 255, 256, 257, 5_000]) {
    assert.equal(systemIds.bytes(count).length, count);
    assert.match(systemIds.hex(count), new RegExp(`^[0-9a-f]{${count}}$`));
    assert.equal(systemIds.uuid().length, 36);
  }
});
