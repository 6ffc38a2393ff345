// Which documents a ListDocuments call is about. Values of one filter are alternatives; filters are joined by AND. Pure.
import type { DocumentFilter, DocumentKeyValuesFilter } from '../platform/api/models/ssm.types.gen.ts';
import type { TagTarget } from '../platform/tags/tags.ts';
import { OWNER_AMAZON } from './document.ts';
import type { DocumentHead, VersionFacts } from './document.ts';

export interface DocumentFilters {
  /** `sharedWith`: of another account's document. */
  matches(head: DocumentHead, version: VersionFacts, sharedWith: SharedWith): boolean;
  readonly tags: readonly TagTarget[];
}

type SharedWith = 'us' | 'everybody' | undefined;
type Test = (head: DocumentHead, version: VersionFacts, sharedWith: SharedWith) => boolean;

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
  return { tags, matches: (...listed) => tests.every((test) => test(...listed)) };
}

function testOf(key: string, values: readonly string[]): Test | undefined {
  switch (key) {
    case 'Name':
      return (head) => values.some((value) => head.name.startsWith(value));
    case 'Owner':
      return (head, _version, sharedWith) => values.some((value) => isOwnedBy(head, value, sharedWith));
    case 'PlatformTypes':
      return (_head, version) => version.platformTypes.some((platform) => values.includes(platform));
    case 'DocumentType':
      return (head) => values.includes(head.documentType);
    case 'SchemaVersion':
      return (_head, version) => values.includes(version.schemaVersion);
    case 'TargetType':
      return (head) => head.targetType !== undefined && values.includes(head.targetType);
    case 'SearchKeyword': {
      const keywords = values.map((value) => value.toLowerCase());
      return (head, version) => {
        const text = `${head.name}\n${head.displayName ?? ''}\n${version.description}`.toLowerCase();
        return keywords.every((keyword) => text.includes(keyword));
      };
    }
    default:
      return undefined;
  }
}

/**
 * `Public`: the built-in ones and what is shared with everybody; `Private`: what is not, the own ones and those that others share with us
 * by name; `ThirdParty`: those of other accounts. An account's id means its owner.
 */
function isOwnedBy(head: DocumentHead, owner: string, sharedWith: SharedWith): boolean {
  const isAmazons = head.owner === OWNER_AMAZON;
  switch (owner) {
    case OWNER_AMAZON:
      return isAmazons;
    case 'Public':
      return isAmazons || sharedWith === 'everybody';
    case 'Private':
      return !isAmazons && sharedWith !== 'everybody';
    case 'Self':
      return !isAmazons && sharedWith === undefined;
    case 'ThirdParty':
      return sharedWith !== undefined;
    default:
      return owner === 'All' || owner === head.owner;
  }
}
