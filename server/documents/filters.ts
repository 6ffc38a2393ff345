// Which documents a ListDocuments call is about. Values of one filter are alternatives; filters are joined by AND. Pure.
import type { DocumentFilter, DocumentKeyValuesFilter } from '../platform/api/models/ssm.types.gen.ts';
import type { TagTarget } from '../platform/tags/tags.ts';
import { OWNER_AMAZON } from './document.ts';
import type { DocumentHead, VersionFacts } from './document.ts';

export interface DocumentFilters {
  matches(head: DocumentHead, version: VersionFacts): boolean;
  readonly tags: readonly TagTarget[];
}

type Test = (head: DocumentHead, version: VersionFacts) => boolean;

/** Throws what `invalidKey` throws for a key that does not exist. */
export function readFilters(
  filters: readonly DocumentKeyValuesFilter[],
  legacy: readonly DocumentFilter[],
  invalidKey: () => never,
): DocumentFilters {
  const tests: Test[] = legacy.map(({ key, value }) => testOf(key, [value]) ?? invalidKey());
  const tags: TagTarget[] = [];
  for (const { Key: key = '', Values: values = [] } of filters) {
    if (key.startsWith('tag:') && key.length > 'tag:'.length)
      tags.push({ key: key.slice('tag:'.length), values: values.length === 0 ? undefined : values });
    else if (key === 'tag-key') tags.push(...values.map((tagKey) => ({ key: tagKey, values: undefined })));
    else tests.push(testOf(key, values) ?? invalidKey());
  }
  return { tags, matches: (head, version) => tests.every((test) => test(head, version)) };
}

function testOf(key: string, values: readonly string[]): Test | undefined {
  switch (key) {
    case 'Name':
      return (head) => values.some((value) => head.name.startsWith(value));
    case 'Owner':
      return (head) => values.some((value) => isOwnedBy(head, value));
    case 'PlatformTypes':
      return (_head, version) => version.platformTypes.some((platform) => values.includes(platform));
    case 'DocumentType':
      return (head) => values.includes(head.documentType);
    case 'SchemaVersion':
      return (_head, version) => values.includes(version.schemaVersion);
    case 'TargetType':
      return (head) => head.targetType !== undefined && values.includes(head.targetType);
    case 'SearchKeyword':
      return (head, version) =>
        values.every((value) =>
          `${head.name}\n${head.displayName ?? ''}\n${version.description}`.toLowerCase().includes(value.toLowerCase()),
        );
    default:
      return undefined;
  }
}

/** Nothing is shared yet: `Public` are the built-in ones, `Private`, `Self` and the account's id the own ones. */
function isOwnedBy(head: DocumentHead, owner: string): boolean {
  if (owner === OWNER_AMAZON || owner === 'Public') return head.owner === OWNER_AMAZON;
  if (owner === 'Self' || owner === 'Private') return head.owner !== OWNER_AMAZON;
  return owner === 'All' || owner === head.owner;
}
