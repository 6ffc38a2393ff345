// Tags as KMS spells them.
import type { Tag as KmsTag } from '../../platform/api/models/kms.types.gen.ts';
import { fail } from '../../platform/api/errors.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import type { Tag } from '../../platform/tags/tags.ts';
import { type Keys, TAGGED_AS } from './domain.ts';
import type { Key } from './key.ts';

/** As for every resource. */
const TAGS_MAX = 50;

export function readTags(given: readonly KmsTag[] | undefined): Tag[] {
  const tags = (given ?? []).map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue }));
  requireTagKeys(tags.map(({ Key: name }) => name));
  if (new Set(tags.map(({ Key: name }) => name)).size < tags.length) fail('TagException', 'Duplicate tag keys');
  return tags;
}

export function requireTagKeys(names: readonly string[]): void {
  if (names.some((name) => /^aws:/i.test(name)))
    fail('TagException', 'aws: prefixed tag key names are not allowed for external use.');
}

export async function requireRoom({ tags }: Keys, tx: ReadTx, key: Key, added: readonly Tag[]): Promise<void> {
  const names = new Set((await tags.list(tx, key, TAGGED_AS, key.keyId)).map(({ Key: name }) => name));
  for (const { Key: name } of added) names.add(name);
  if (names.size > TAGS_MAX) fail('LimitExceededException', `A key can have at most ${TAGS_MAX} tags.`);
}

/** What conditions ask of the tags in a call: KMS spells them in its own way. */
export function tagConditions(given: readonly KmsTag[] | undefined): Record<string, string | readonly string[]> {
  if (given === undefined) return {};
  const facts: Record<string, string | readonly string[]> = { 'aws:TagKeys': given.map(({ TagKey }) => TagKey) };
  for (const { TagKey, TagValue } of given) facts[`aws:RequestTag/${TagKey}`] = TagValue;
  return facts;
}
