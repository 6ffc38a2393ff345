// ListDocuments: own and built-in documents in name order. There are at most DOCUMENTS_MAX of the former, so a page is cut from all
// of them, and every page but the last is full. What other accounts share stands among them under its ARN.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Scope } from '../../platform/ids.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import { DOCUMENTS_MAX, nameSeenFrom } from '../document.ts';
import type { DocumentHead, VersionFacts } from '../document.ts';
import { DOCUMENT_TAG_TYPE, seenNumber } from '../domain.ts';
import type { Documents } from '../domain.ts';
import { readFilters } from '../filters.ts';
import type { DocumentFilters } from '../filters.ts';
import { EVERYBODY } from '../sharing/sharing.ts';
import * as sharing from '../sharing/sharing-store.ts';
import * as store from '../store.ts';
import { identify } from '../view.ts';

const PAGE = 50;
/** Of all filters together: each is compared with each document. */
const FILTER_VALUES_MAX = 300;
/** What one search by tags takes. */
const TAG_FILTERS_MAX = 5;
const TAG_VALUES_MAX = 50;
/** Of other accounts' documents: as many as one may have oneself. Beyond, they are found by their ARNs only. */
const SHARED_MAX = DOCUMENTS_MAX;

interface Listed {
  readonly head: DocumentHead;
  readonly version: VersionFacts;
  /** Of another account's document. */
  readonly sharedWith?: 'us' | 'everybody';
}

export default operation<SsmApi, Documents>()('ssm', 'ListDocuments', {
  action: 'ssm:ListDocuments',
  audit: 'read',
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    const values = (input.Filters ?? []).reduce((sum, { Values }) => sum + (Values?.length ?? 0), 0);
    if (values + (input.DocumentFilterList?.length ?? 0) > FILTER_VALUES_MAX)
      ctx.fail('ValidationException', `The filters have more than ${FILTER_VALUES_MAX} values together.`);
    const filters = readFilters(input.Filters ?? [], input.DocumentFilterList ?? [], () => ctx.fail('InvalidFilterKey', ''));
    if (filters.tags.length > TAG_FILTERS_MAX || filters.tags.some(({ values }) => (values?.length ?? 0) > TAG_VALUES_MAX))
      ctx.fail(
        'ValidationException',
        `At most ${TAG_FILTERS_MAX} filters by tag with ${TAG_VALUES_MAX} values each are allowed.`,
      );
    const limit = input.MaxResults ?? PAGE;
    const after = readPosition(domain, ctx, input.NextToken);
    return domain.database.read(async (tx) => {
      const all = await findAll(domain, tx, ctx, filters);
      const rest = after === undefined ? all : all.filter(({ head }) => head.name > after);
      const page = rest.slice(0, limit);
      const own = page.filter(({ head }) => head.owner === ctx.account).map(({ head }) => head.name);
      const tags = own.length === 0 ? undefined : await domain.tags.listMany(tx, ctx, DOCUMENT_TAG_TYPE, own);
      const last = page.at(-1);
      return {
        DocumentIdentifiers: page.map(({ head, version }) => identify(head, version, tags?.get(head.name) ?? [])),
        NextToken:
          rest.length > page.length && last !== undefined
            ? domain.pageTokens.encode('ListDocuments', ctx, last.head.name)
            : undefined,
      };
    });
  },
});

function readPosition(domain: Documents, scope: Scope, token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const after = domain.pageTokens.decode('ListDocuments', scope, token);
  return typeof after === 'string' ? after : undefined;
}

async function findAll(domain: Documents, tx: ReadTx, scope: Scope, filters: DocumentFilters): Promise<Listed[]> {
  const tagged =
    filters.tags.length === 0
      ? undefined
      : new Set(await domain.tags.find(tx, scope, DOCUMENT_TAG_TYPE, filters.tags, undefined, DOCUMENTS_MAX));
  const builtIns = tagged === undefined ? domain.builtIns.values() : [];
  const own = await store.listDocuments(tx, scope);
  // Tags are the owner's.
  const shared = tagged === undefined ? await findShared(tx, scope) : [];
  const all: Listed[] = [...builtIns, ...own.filter(({ head }) => tagged?.has(head.name) ?? true), ...shared];
  return all
    .filter(({ head, version, sharedWith }) => filters.matches(head, version, sharedWith))
    .toSorted((a, b) => (a.head.name < b.head.name ? -1 : 1));
}

async function findShared(tx: ReadTx, scope: Scope): Promise<Listed[]> {
  const found: Listed[] = [];
  const seen = new Set<string>();
  for (const { owner, name, share } of await sharing.listSharedWith(tx, scope, SHARED_MAX)) {
    const arn = nameSeenFrom(scope, owner, name);
    const head = seen.has(arn) ? undefined : await store.findHead(tx, owner, name);
    if (head === undefined) continue;
    seen.add(arn);
    const version = await store.findFacts(tx, owner, name, seenNumber(head, share, undefined) ?? head.defaultVersion);
    const sharedWith = share.grantee === EVERYBODY ? 'everybody' : 'us';
    if (version !== undefined) found.push({ head: { ...head, name: arn }, version, sharedWith });
  }
  return found;
}
