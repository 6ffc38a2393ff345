// Every statement about attachments, uploads, and blobs that may have nobody left. A blob is referred to by rows only: attachments of
// versions, and uploads, which exist before their first byte comes.
//
//   last reference goes ──> loose, due in an hour ──reconciler, still nobody──> removing ──file removed──> (no row)
//                              └──somebody uploads the same bytes──> (no row)        └── meanwhile nobody can refer to it
import type { AccountId, Region, Scope } from '../../platform/ids.ts';
import { tables } from '../../platform/store/index.ts';
import type { ReadTx, Tx } from '../../platform/store/index.ts';
import { LOOSE_MS } from './attachment.ts';
import type { Attachment, Upload } from './attachment.ts';
import type { AttachmentTables } from './tables.ts';

/** Blobs belong to nobody. */
const NOBODY = { account: '-', region: '-' } as const;
/** Rows in one statement, below SQLite's bound of variables. */
const CHUNK = 100;

export async function listAttachments(tx: ReadTx, owner: Scope, name: string, version: number): Promise<Attachment[]> {
  const rows = await attachmentsOf(tx, owner, name)
    .select(['attachment', 'sha256', 'size_bytes'])
    .where('version', '=', version)
    .orderBy('attachment')
    .execute();
  return rows.map((row) => ({ name: row.attachment, sha256: row.sha256, sizeBytes: row.size_bytes }));
}

export async function findAttachment(
  tx: ReadTx,
  owner: Scope,
  name: string,
  version: number,
  attachment: string,
): Promise<Attachment | undefined> {
  const row = await attachmentsOf(tx, owner, name)
    .select(['sha256', 'size_bytes'])
    .where('version', '=', version)
    .where('attachment', '=', attachment)
    .executeTakeFirst();
  return row === undefined ? undefined : { name: attachment, sha256: row.sha256, sizeBytes: row.size_bytes };
}

export async function insertAttachments(
  tx: Tx,
  scope: Scope,
  name: string,
  version: number,
  attachments: readonly Attachment[],
): Promise<void> {
  if (attachments.length === 0) return;
  const { account, region } = scope;
  await tables<AttachmentTables>(tx)
    .insertInto('documents_attachment')
    .values(
      attachments.map((one) => ({
        account,
        region,
        name,
        version,
        attachment: one.name,
        sha256: one.sha256,
        size_bytes: one.sizeBytes,
      })),
    )
    .execute();
}

/** Of one version, or of the whole document; their blobs may have nobody left. */
export async function deleteAttachments(
  tx: Tx,
  scope: Scope,
  name: string,
  version: number | undefined,
  now: Date,
): Promise<void> {
  let found = attachmentsOf(tx, scope, name).select('sha256').distinct();
  let deletion = tables<AttachmentTables>(tx)
    .deleteFrom('documents_attachment')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('name', '=', name);
  if (version !== undefined) {
    found = found.where('version', '=', version);
    deletion = deletion.where('version', '=', version);
  }
  const blobs = (await found.execute()).map(({ sha256 }) => sha256);
  await deletion.execute();
  await loosen(tx, blobs, now);
}

export async function countUploads(tx: ReadTx, scope: Scope): Promise<{ count: number; bytes: number }> {
  const row = await uploadsOf(tx, scope)
    .select((e) => [e.fn.countAll<number>().as('count'), e.fn.sum<number | string | null>('size_bytes').as('bytes')])
    .executeTakeFirstOrThrow();
  // PostgreSQL's sum of whole numbers is a text.
  return { count: row.count, bytes: Number(row.bytes ?? 0) };
}

export async function findUpload(tx: ReadTx, scope: Scope, uploadId: string): Promise<Upload | undefined> {
  const row = await uploadsOf(tx, scope).selectAll().where('upload_id', '=', uploadId).executeTakeFirst();
  return row === undefined
    ? undefined
    : {
        scope,
        id: uploadId,
        sha256: row.sha256,
        sizeBytes: row.size_bytes,
        stored: row.stored === 1,
        keptUntil: new Date(row.kept_until),
      };
}

/** False while the blob of that digest is being removed: it is gone in seconds, then it can be stored anew. */
export async function insertUpload(tx: Tx, upload: Upload): Promise<boolean> {
  if (!(await holdOn(tx, upload.sha256))) return false;
  await tables<AttachmentTables>(tx)
    .insertInto('documents_upload')
    .values({
      account: upload.scope.account,
      region: upload.scope.region,
      upload_id: upload.id,
      sha256: upload.sha256,
      size_bytes: upload.sizeBytes,
      stored: upload.stored ? 1 : 0,
      kept_until: upload.keptUntil.getTime(),
    })
    .execute();
  return true;
}

/** False when the upload was forgotten meanwhile. */
export async function markStored(tx: Tx, upload: Upload): Promise<boolean> {
  const result = await tables<AttachmentTables>(tx)
    .updateTable('documents_upload')
    .set({ stored: 1 })
    .where('account', '=', upload.scope.account)
    .where('region', '=', upload.scope.region)
    .where('upload_id', '=', upload.id)
    .executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}

/** Uploads whose time is over, oldest first, of every account. */
export async function findOverdueUploads(
  tx: ReadTx,
  now: Date,
  limit: number,
): Promise<{ scope: Scope; id: string; sha256: string }[]> {
  const rows = await tables<AttachmentTables>(tx)
    .selectFrom('documents_upload')
    .select(['account', 'region', 'upload_id', 'sha256'])
    .where('kept_until', '<=', now.getTime())
    .orderBy('kept_until')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    scope: { account: row.account as AccountId, region: row.region as Region },
    id: row.upload_id,
    sha256: row.sha256,
  }));
}

export async function deleteUpload(tx: Tx, scope: Scope, uploadId: string, sha256: string, now: Date): Promise<void> {
  await tables<AttachmentTables>(tx)
    .deleteFrom('documents_upload')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('upload_id', '=', uploadId)
    .execute();
  await loosen(tx, [sha256], now);
}

/** Blobs to look at: those whose hour is over, and those whose removal did not end. */
export async function findLooseBlobs(tx: ReadTx, now: Date, limit: number): Promise<string[]> {
  const rows = await tables<AttachmentTables>(tx)
    .selectFrom('documents_loose_blob')
    .select('sha256')
    .where('due_at', '<=', now.getTime())
    .orderBy('due_at')
    .limit(limit)
    .execute();
  return rows.map(({ sha256 }) => sha256);
}

/** True when nobody refers to the blob: from now on nobody can, until `endRemoval`. False also forgets that it was loose. */
export async function beginRemoval(tx: Tx, sha256: string): Promise<boolean> {
  const marked = await tables<AttachmentTables>(tx)
    .updateTable('documents_loose_blob')
    .set({ removing: 1 })
    .where('account', '=', NOBODY.account)
    .where('region', '=', NOBODY.region)
    .where('sha256', '=', sha256)
    .executeTakeFirst();
  if (Number(marked.numUpdatedRows) === 0) return false;
  // After the mark, which waits for whoever holds on to the row: what they wrote is seen here.
  if (!(await isReferredTo(tx, sha256))) return true;
  await endRemoval(tx, sha256);
  return false;
}

export async function endRemoval(tx: Tx, sha256: string): Promise<void> {
  await tables<AttachmentTables>(tx)
    .deleteFrom('documents_loose_blob')
    .where('account', '=', NOBODY.account)
    .where('region', '=', NOBODY.region)
    .where('sha256', '=', sha256)
    .execute();
}

async function isReferredTo(tx: ReadTx, sha256: string): Promise<boolean> {
  for (const table of ['documents_attachment', 'documents_upload'] as const) {
    const row = await tables<AttachmentTables>(tx)
      .selectFrom(table)
      .select('sha256')
      .where('sha256', '=', sha256)
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined) return true;
  }
  return false;
}

async function loosen(tx: Tx, digests: readonly string[], now: Date): Promise<void> {
  for (let start = 0; start < digests.length; start += CHUNK) {
    const rows = digests
      .slice(start, start + CHUNK)
      .map((sha256) => ({ ...NOBODY, sha256, due_at: now.getTime() + LOOSE_MS, removing: 0 }));
    await tables<AttachmentTables>(tx)
      .insertInto('documents_loose_blob')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['account', 'region', 'sha256']).doUpdateSet((e) => ({ due_at: e.ref('excluded.due_at') })),
      )
      .execute();
  }
}

/** The blob is not loose any more; false when it is too late for that. */
async function holdOn(tx: Tx, sha256: string): Promise<boolean> {
  await tables<AttachmentTables>(tx)
    .deleteFrom('documents_loose_blob')
    .where('account', '=', NOBODY.account)
    .where('region', '=', NOBODY.region)
    .where('sha256', '=', sha256)
    .where('removing', '=', 0)
    .execute();
  const row = await tables<AttachmentTables>(tx)
    .selectFrom('documents_loose_blob')
    .select('sha256')
    .where('account', '=', NOBODY.account)
    .where('region', '=', NOBODY.region)
    .where('sha256', '=', sha256)
    .executeTakeFirst();
  return row === undefined;
}

function attachmentsOf(tx: ReadTx, scope: Scope, name: string) {
  return tables<AttachmentTables>(tx)
    .selectFrom('documents_attachment')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('name', '=', name);
}

function uploadsOf(tx: ReadTx, scope: Scope) {
  return tables<AttachmentTables>(tx)
    .selectFrom('documents_upload')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region);
}
