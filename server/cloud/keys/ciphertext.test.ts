// What is remembered of messages that were read changes nothing of what they are read as.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '../../platform/ids.ts';
import { createSeededIds } from '@muster/testkit/random.ts';
import { decryptUnder, encryptUnder, readHeader } from './ciphertext.ts';

const ids = createSeededIds(7);
const HEADER = { account: '000000000012' as AccountId, keyId: '01234567-89ab-cdef-0123-456789abcdef', version: 3 };
const CONTEXT = { name: 'value' };

test('more messages than are remembered are read, each as often as one likes', () => {
  const material = ids.bytes(32);
  const messages = Array.from({ length: 1_200 }, (_, at) => {
    const plaintext = Buffer.from(`message ${at}`);
    return { plaintext, ciphertext: encryptUnder(material, HEADER, CONTEXT, plaintext, ids) };
  });
  for (const { plaintext, ciphertext } of [...messages, ...messages.toReversed(), ...messages.slice(0, 10)])
    assert.deepEqual(decryptUnder(material, CONTEXT, ciphertext), plaintext);
});

test('a message that was read is read with its own material and context alone, and only whole', () => {
  const material = ids.bytes(32);
  const ciphertext = encryptUnder(material, HEADER, CONTEXT, Buffer.from('text'), ids);
  for (let turn = 0; turn < 2; turn += 1) {
    assert.deepEqual(decryptUnder(material, CONTEXT, ciphertext), Buffer.from('text'));
    assert.deepEqual(readHeader(ciphertext), HEADER);
    assert.equal(decryptUnder(ids.bytes(32), CONTEXT, ciphertext), undefined);
    assert.equal(decryptUnder(material, { name: 'other' }, ciphertext), undefined);
    for (let bit = 0; bit < ciphertext.length * 8; bit += 1) {
      const flipped = Buffer.from(ciphertext);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(decryptUnder(material, CONTEXT, flipped), undefined, `bit ${bit}`);
      // Form, key, account, version and their check; what follows is no part of the header.
      assert.deepEqual(readHeader(flipped), bit < 31 * 8 ? undefined : HEADER, `bit ${bit}`);
    }
  }
});

test('an empty message is one, too', () => {
  const material = ids.bytes(32);
  const ciphertext = encryptUnder(material, HEADER, {}, Buffer.alloc(0), ids);
  assert.deepEqual(decryptUnder(material, {}, ciphertext), Buffer.alloc(0));
  assert.equal(decryptUnder(material, {}, encryptUnder(ids.bytes(32), HEADER, {}, Buffer.alloc(0), ids)), undefined);
});
