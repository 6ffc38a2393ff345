// Every statement of the documents domain. A document and its versions change in one unit; the counts behind limits are read inside it.
import type { DocumentRequires, DocumentType, ReviewStatus } from '../platform/api/models/ssm.types.gen.ts';
import type { Scope } from '../platform/ids.ts';
import { tables } from '../platform/store/index.ts';
import type { ReadTx, Tx } from '../platform/store/index.ts';
import type { DocumentHead, DocumentVersion, VersionFacts } from './document.ts';
import type { ContentFormat, DocumentPlatform } from './kinds/kind.ts';
import type { DocumentRow, DocumentTables, DocumentVersionRow } from './tables.ts';

const HEAD = [
  'name',
  'document_type',
  'target_type',
  'display_name',
  'default_version',
  'latest_version',
  'next_version',
  'approved_version',
  'pending_version',
  'created_at',
] as const;
const FACTS = [
  'version',
  'version_name',
  'format',
  'schema_version',
  'description',
  'platform_types',
  'status_information',
  'hash',
  'author',
  'requires',
  'review_status',
  'created_at',
] as const;

type HeadRow = Pick<DocumentRow, (typeof HEAD)[number]>;
type FactsRow = Pick<DocumentVersionRow, (typeof FACTS)[number]>;

export async function findHead(tx: ReadTx, scope: Scope, name: string): Promise<DocumentHead | undefined> {
  const row = await documents(tx, scope).select(HEAD).where('name', '=', name).executeTakeFirst();
  return row === undefined ? undefined : toHead(scope, row);
}

export async function countDocuments(tx: ReadTx, scope: Scope): Promise<number> {
  const row = await documents(tx, scope)
    .select((e) => e.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return row.count;
}

/** All documents with their default version's facts, in name order; there are at most DOCUMENTS_MAX. */
export async function listDocuments(tx: ReadTx, scope: Scope): Promise<{ head: DocumentHead; version: VersionFacts }[]> {
  const rows = await tables<DocumentTables>(tx)
    .selectFrom('documents_document as d')
    .innerJoin('documents_version as v', (join) =>
      join
        .onRef('v.account', '=', 'd.account')
        .onRef('v.region', '=', 'd.region')
        .onRef('v.name', '=', 'd.name')
        .onRef('v.version', '=', 'd.default_version'),
    )
    .select([
      'd.name',
      'd.document_type',
      'd.target_type',
      'd.display_name',
      'd.default_version',
      'd.latest_version',
      'd.next_version',
      'd.approved_version',
      'd.pending_version',
    ])
    .select(['d.created_at', 'v.version', 'v.version_name', 'v.format', 'v.schema_version', 'v.description', 'v.platform_types'])
    .select(['v.status_information', 'v.hash', 'v.author', 'v.requires', 'v.review_status', 'v.created_at as version_created_at'])
    .where('d.account', '=', scope.account)
    .where('d.region', '=', scope.region)
    .orderBy('d.name')
    .execute();
  return rows.map((row) => ({ head: toHead(scope, row), version: toFacts({ ...row, created_at: row.version_created_at }) }));
}

export async function findVersion(tx: ReadTx, scope: Scope, name: string, version: number): Promise<DocumentVersion | undefined> {
  const row = await versions(tx, scope, name)
    .select([...FACTS, 'content'])
    .where('version', '=', version)
    .executeTakeFirst();
  return row === undefined ? undefined : { ...toFacts(row), content: row.content };
}

/** A version without its content. */
export async function findFacts(tx: ReadTx, scope: Scope, name: string, version: number): Promise<VersionFacts | undefined> {
  const row = await versions(tx, scope, name).select(FACTS).where('version', '=', version).executeTakeFirst();
  return row === undefined ? undefined : toFacts(row);
}

/** For the cached path: what identifies the content, without loading it. */
export async function findHash(tx: ReadTx, scope: Scope, name: string, version: number): Promise<string | undefined> {
  const row = await versions(tx, scope, name).select('hash').where('version', '=', version).executeTakeFirst();
  return row?.hash;
}

export async function findVersionByName(
  tx: ReadTx,
  scope: Scope,
  name: string,
  versionName: string,
): Promise<number | undefined> {
  const row = await versions(tx, scope, name).select('version').where('version_name', '=', versionName).executeTakeFirst();
  return row?.version;
}

export async function countVersions(tx: ReadTx, scope: Scope, name: string): Promise<number> {
  const row = await versions(tx, scope, name)
    .select((e) => e.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Newest first, below `before`. */
export async function listVersions(
  tx: ReadTx,
  scope: Scope,
  name: string,
  before: number | undefined,
  limit: number,
): Promise<VersionFacts[]> {
  let query = versions(tx, scope, name).select(FACTS);
  if (before !== undefined) query = query.where('version', '<', before);
  const rows = await query.orderBy('version', 'desc').limit(limit).execute();
  return rows.map(toFacts);
}

/** False when the name is taken. */
export async function insertDocument(tx: Tx, scope: Scope, head: DocumentHead, version: DocumentVersion): Promise<boolean> {
  const result = await tables<DocumentTables>(tx)
    .insertInto('documents_document')
    .values({
      ...scopeOf(scope),
      name: head.name,
      document_type: head.documentType,
      target_type: head.targetType ?? null,
      display_name: head.displayName ?? null,
      default_version: head.defaultVersion,
      latest_version: head.latestVersion,
      next_version: head.nextVersion,
      approved_version: head.approvedVersion ?? 0,
      pending_version: head.pendingVersion ?? 0,
      created_at: head.createdAt.getTime(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (Number(result.numInsertedOrUpdatedRows ?? 0) === 0) return false;
  await insertVersion(tx, scope, head.name, version);
  return true;
}

export async function insertVersion(tx: Tx, scope: Scope, name: string, version: DocumentVersion): Promise<void> {
  await tables<DocumentTables>(tx)
    .insertInto('documents_version')
    .values({
      ...scopeOf(scope),
      name,
      version: version.version,
      version_name: version.versionName ?? null,
      format: version.format,
      schema_version: version.schemaVersion,
      description: version.description,
      platform_types: JSON.stringify(version.platformTypes),
      status_information: version.statusInformation,
      hash: version.hash,
      author: version.author,
      requires: JSON.stringify(version.requires),
      review_status: version.reviewStatus ?? null,
      content: version.content,
      created_at: version.createdAt.getTime(),
    })
    .execute();
}

/** False when somebody else changed the document since `seen` was read: two updates at once, on a database with several writers. */
export async function updateHead(tx: Tx, scope: Scope, seen: DocumentHead, next: DocumentHead): Promise<boolean> {
  const result = await tables<DocumentTables>(tx)
    .updateTable('documents_document')
    .set({
      target_type: next.targetType ?? null,
      display_name: next.displayName ?? null,
      default_version: next.defaultVersion,
      latest_version: next.latestVersion,
      next_version: next.nextVersion,
      approved_version: next.approvedVersion ?? 0,
      pending_version: next.pendingVersion ?? 0,
    })
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('name', '=', seen.name)
    .where('next_version', '=', seen.nextVersion)
    .where('latest_version', '=', seen.latestVersion)
    .where('default_version', '=', seen.defaultVersion)
    .where('approved_version', '=', seen.approvedVersion ?? 0)
    .where('pending_version', '=', seen.pendingVersion ?? 0)
    .executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}

export async function deleteVersion(tx: Tx, scope: Scope, name: string, version: number): Promise<void> {
  await tables<DocumentTables>(tx)
    .deleteFrom('documents_version')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('name', '=', name)
    .where('version', '=', version)
    .execute();
}

export async function deleteDocument(tx: Tx, scope: Scope, name: string): Promise<void> {
  for (const table of ['documents_review', 'documents_version', 'documents_document'] as const) {
    await tables<DocumentTables>(tx)
      .deleteFrom(table)
      .where('account', '=', scope.account)
      .where('region', '=', scope.region)
      .where('name', '=', name)
      .execute();
  }
}

function documents(tx: ReadTx, scope: Scope) {
  return tables<DocumentTables>(tx)
    .selectFrom('documents_document')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region);
}

function versions(tx: ReadTx, scope: Scope, name: string) {
  return tables<DocumentTables>(tx)
    .selectFrom('documents_version')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('name', '=', name);
}

function scopeOf(scope: Scope): { account: string; region: string } {
  return { account: scope.account, region: scope.region };
}

function toHead(scope: Scope, row: HeadRow): DocumentHead {
  return {
    name: row.name,
    // Only what the model names is written.
    documentType: row.document_type as DocumentType,
    owner: scope.account,
    targetType: row.target_type ?? undefined,
    displayName: row.display_name ?? undefined,
    defaultVersion: row.default_version,
    latestVersion: row.latest_version,
    nextVersion: row.next_version,
    approvedVersion: row.approved_version === 0 ? undefined : row.approved_version,
    pendingVersion: row.pending_version === 0 ? undefined : row.pending_version,
    createdAt: new Date(row.created_at),
  };
}

function toFacts(row: FactsRow): VersionFacts {
  const platformTypes: DocumentPlatform[] = JSON.parse(row.platform_types);
  const requires: DocumentRequires[] = JSON.parse(row.requires);
  return {
    version: row.version,
    versionName: row.version_name ?? undefined,
    format: row.format as ContentFormat,
    schemaVersion: row.schema_version,
    description: row.description,
    platformTypes,
    statusInformation: row.status_information,
    hash: row.hash,
    author: row.author,
    requires,
    reviewStatus: (row.review_status ?? undefined) as ReviewStatus | undefined,
    createdAt: new Date(row.created_at),
  };
}
