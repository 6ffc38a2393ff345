// The page of built-in documents tells of each document there is, and of no other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatedPart, readPage } from './built-in-page.ts';

test('docs/built-in-documents.md is what the built-in documents are', () => {
  const [, generated] = readPage();
  assert.equal(generated, generatedPart(), 'the documents have changed: run `npx -c "node scripts/built-in-page.ts"`');
});
