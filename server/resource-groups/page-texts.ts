// A page of keys or values in use, over all kinds of resources: sorted, each once.
import type { JsonValue } from '../platform/store/index.ts';
import { type ResourceKind, RESOURCE_KINDS } from './resource.ts';

const PAGE = 100;
/** What a page token holds with room to spare. A page goes on past a longer text until it ends in one that fits. */
const POSITION_BYTES_MAX = 600;

export async function pageTexts(
  after: JsonValue | undefined,
  walk: (kind: ResourceKind, after: string | undefined, limit: number) => Promise<readonly string[]>,
): Promise<{ readonly texts: string[]; readonly last: string | undefined }> {
  const texts: string[] = [];
  let from = typeof after === 'string' ? after : undefined;
  for (;;) {
    const found = new Set<string>();
    for (const kind of RESOURCE_KINDS) for (const text of await walk(kind, from, PAGE + 1)) found.add(text);
    // By bytes, as both databases sort.
    const sorted = [...found].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    texts.push(...sorted.slice(0, PAGE));
    if (sorted.length <= PAGE) return { texts, last: undefined };
    from = texts.at(-1) ?? '';
    if (Buffer.byteLength(JSON.stringify(from)) <= POSITION_BYTES_MAX) return { texts, last: from };
  }
}
