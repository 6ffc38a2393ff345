// Names, selectors, ARNs and paths: properties over all of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testScope } from '@muster/testkit/request-context.ts';
import fc from 'fast-check';
import { ApiError } from '../platform/api/errors.ts';
import { findReference, LEVELS_MAX, nameOf, parameterArn, parentOf, readNewName, readPath } from './name.ts';

const segment = fc.stringMatching(/^[a-zA-Z0-9_.-]{1,12}$/).filter((text) => !/^(?:aws|ssm)/i.test(text));
const key = fc.array(segment, { minLength: 1, maxLength: LEVELS_MAX }).map((segments) => segments.join('/'));
const selector = fc.oneof(fc.nat().map(String), fc.stringMatching(/^[a-zA-Z_.-][a-zA-Z0-9_.-]{0,20}$/));

test('every good name, in each of its forms, means its key', () => {
  fc.assert(
    fc.property(key, fc.option(selector, { nil: undefined }), fc.boolean(), (text, chosen, rooted) => {
      const name = nameOf(text, rooted);
      const made = readNewName(testScope, name);
      assert.deepEqual([made.key, nameOf(made.key, made.rooted)], [text, name]);
      const behind = chosen === undefined ? '' : `:${chosen}`;
      for (const form of [name, `/${text}`, parameterArn(testScope, text), ` ${name}`.trimEnd()]) {
        const reference = findReference(testScope, form + behind);
        assert.deepEqual([reference?.key, reference?.selector], [text, chosen], form);
        assert.deepEqual(reference?.owner, { account: testScope.account, region: testScope.region });
      }
    }),
  );
});

test('whatever is sent as a name is taken or refused with a sentence', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    key.map((text) => `${text}/`),
    fc.stringMatching(/^[/:a-z.]{0,30}$/),
  );
  fc.assert(
    fc.property(anything, (text) => {
      for (const read of [() => readNewName(testScope, text).key, () => readPath(text)])
        try {
          assert.match(read(), /^(?:[a-zA-Z0-9_.-]+(?:\/[a-zA-Z0-9_.-]+)*)?$/);
        } catch (error) {
          assert.ok(error instanceof ApiError && error.message.length > 0, text);
        }
      const reference = findReference(testScope, text);
      if (reference !== undefined) assert.match(reference.key, /^[a-zA-Z0-9_.-]+(?:\/[a-zA-Z0-9_.-]+)*$/);
    }),
  );
});

test('a path is found with and without its last slash, and every key lies below its parent', () => {
  fc.assert(
    fc.property(key, (text) => {
      assert.equal(readPath(`/${text}`), text);
      assert.equal(readPath(`/${text}/`), text);
      const parent = parentOf(text);
      assert.ok(parent === '' ? !text.includes('/') : text.startsWith(`${parent}/`));
    }),
  );
  assert.equal(readPath('/'), '');
});
