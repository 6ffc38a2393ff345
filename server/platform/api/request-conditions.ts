// Condition keys that a call's input decides: tags that are asked for (`aws:RequestTag/…`, `aws:TagKeys`), and what the operation says. Pure.
import type { ConditionFacts } from '../access/index.ts';
import type { BoundOperation } from './operation.ts';

/** Undefined: none. */
export function requestConditions(bound: Pick<BoundOperation, 'conditions'>, input: unknown): ConditionFacts | undefined {
  const tags = tagsIn(input);
  const own = bound.conditions?.(input);
  if (tags === undefined && own === undefined) return undefined;
  const facts = tags === undefined ? new Map<string, readonly string[]>() : tagConditions(tags);
  for (const [key, value] of Object.entries(own ?? {})) facts.set(key.toLowerCase(), typeof value === 'string' ? [value] : value);
  return facts;
}

/** Also for the tagging action of whoever tags what they make. */
export function tagConditions(tags: ReadonlyMap<string, string>): Map<string, readonly string[]> {
  const facts = new Map<string, readonly string[]>([['aws:tagkeys', [...tags.keys()]]]);
  for (const [key, value] of tags) facts.set(`aws:requesttag/${key.toLowerCase()}`, [value]);
  return facts;
}

/** Lists of {Key, Value}, maps, and lists of keys to remove, under the names that AWS's operations give them. */
function tagsIn(input: unknown): ReadonlyMap<string, string> | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  // No object has members of these names unless they were given.
  const given = input as Readonly<Record<string, unknown>>;
  const tags = given['Tags'] ?? given['TagKeys'] ?? given['Keys'];
  if (Array.isArray(tags)) return new Map(tags.flatMap((tag: unknown) => entryOf(tag)));
  if (typeof tags !== 'object' || tags === null) return undefined;
  return new Map(Object.entries(tags).map(([key, value]) => [key, String(value)]));
}

function entryOf(tag: unknown): readonly (readonly [string, string])[] {
  if (typeof tag === 'string') return [[tag, '']];
  if (typeof tag !== 'object' || tag === null || !('Key' in tag) || typeof tag.Key !== 'string') return [];
  return [[tag.Key, 'Value' in tag && typeof tag.Value === 'string' ? tag.Value : '']];
}
