// What AWS allows as tags, in its words. Pure. The front door has checked the model's constraints already; tags also come from
// elsewhere (an activation's go to its nodes), so they are checked where they are written.
import { fail } from '../api/errors.ts';
import type { Tag } from './tags.ts';

/** Per resource; AWS's limit for Systems Manager resources. */
export const TAGS_MAX = 50;
const KEY_CHARACTERS_MAX = 128;
const VALUE_CHARACTERS_MAX = 256;
const RESERVED_PREFIX = /^aws:/i;

/** Throws ValidationException in AWS's sentences. */
export function assertTags(tags: readonly Tag[]): void {
  for (const [at, { Key, Value }] of tags.entries()) {
    const member = `tags.${at + 1}.member`;
    if (Key.length < 1) constraint(Key, `${member}.key`, 'Member must have length greater than or equal to 1');
    if (Key.length > KEY_CHARACTERS_MAX) {
      constraint(Key, `${member}.key`, `Member must have length less than or equal to ${KEY_CHARACTERS_MAX}`);
    }
    if (Value.length > VALUE_CHARACTERS_MAX) {
      constraint(Value, `${member}.value`, `Member must have length less than or equal to ${VALUE_CHARACTERS_MAX}`);
    }
    // The sentence that AWS's services share for it.
    if (RESERVED_PREFIX.test(Key)) fail('ValidationException', 'aws: prefixed tag key names are not allowed for external use.');
  }
}

function constraint(value: string, at: string, sentence: string): never {
  fail(
    'ValidationException',
    `1 validation error detected: Value '${value}' at '${at}' failed to satisfy constraint: ${sentence}`,
  );
}
