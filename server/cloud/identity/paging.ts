// Pages of IAM: MaxItems, Marker, IsTruncated. A page is full when more follows; the marker is sealed and good for its operation only.
import { ApiError } from '../../platform/api/errors.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import { GLOBAL } from './entities/entity.ts';
import type { Iam } from './iam-operation.ts';
import { PAGE_ITEMS } from './limits.ts';

interface PageInput {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

interface PageCall {
  readonly iam: Pick<Iam, 'pageTokens'>;
  readonly ctx: Pick<RequestContext, 'account' | 'fail'>;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly end: { readonly IsTruncated: boolean; readonly Marker: string | undefined };
}

/** `fetch` gets the position to begin after, and how many to find: one more than the page holds, which tells whether more follows. */
export async function pageOf<Item>(
  { iam, ctx }: PageCall,
  operation: string,
  { Marker, MaxItems }: PageInput,
  positionOf: (item: Item) => string,
  fetch: (after: string | undefined, limit: number) => Promise<readonly Item[]> | readonly Item[],
): Promise<Page<Item>> {
  const size = MaxItems ?? PAGE_ITEMS;
  const scope = { account: ctx.account, region: GLOBAL };
  const found = await fetch(Marker === undefined ? undefined : positionAt(), size + 1);
  const items = found.slice(0, size);
  const last = items.at(-1);
  const IsTruncated = found.length > size && last !== undefined;
  return {
    items,
    end: { IsTruncated, Marker: IsTruncated ? iam.pageTokens.encode(operation, scope, positionOf(last)) : undefined },
  };

  function positionAt(): string {
    try {
      const position = iam.pageTokens.decode(operation, scope, Marker ?? '');
      if (typeof position !== 'string') throw new TypeError(`a marker of ${operation} holds no position`);
      return position;
    } catch (error) {
      if (error instanceof ApiError) return ctx.fail('ValidationException', 'Invalid Marker.');
      throw error;
    }
  }
}

/** Of a short list that is there as a whole, in the order of its positions. */
export function slice<Item>(
  all: readonly Item[],
  positionOf: (item: Item) => string,
): (after: string | undefined, limit: number) => readonly Item[] {
  const ordered = all.toSorted((a, b) => (positionOf(a) < positionOf(b) ? -1 : 1));
  return (after, limit) => ordered.filter((item) => after === undefined || positionOf(item) > after).slice(0, limit);
}
