// Whom documents are shared with; attachments of versions; uploads that wait to be attached; blobs that may have nobody left.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const sharingAndAttachments: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('documents_share')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('grantee', 'text', (c) => c.notNull())
      .addColumn('shared_version', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('documents_share_pk', ['account', 'region', 'name', 'grantee'])
      .execute();
    await db.schema
      .createIndex('documents_share_grantee')
      .on('documents_share')
      .columns(['region', 'grantee', 'account', 'name'])
      .execute();
    await createAttachments(db);
    await createUploads(db);
  },
};

async function createAttachments(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('documents_attachment')
    .addColumn('account', 'text', (c) => c.notNull())
    .addColumn('region', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('attachment', 'text', (c) => c.notNull())
    .addColumn('sha256', 'text', (c) => c.notNull())
    .addColumn('size_bytes', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('documents_attachment_pk', ['account', 'region', 'name', 'version', 'attachment'])
    .execute();
  await db.schema.createIndex('documents_attachment_sha256').on('documents_attachment').column('sha256').execute();
  await db.schema
    .createTable('documents_loose_blob')
    .addColumn('account', 'text', (c) => c.notNull())
    .addColumn('region', 'text', (c) => c.notNull())
    .addColumn('sha256', 'text', (c) => c.notNull())
    .addColumn('due_at', 'integer', (c) => c.notNull())
    .addColumn('removing', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('documents_loose_blob_pk', ['account', 'region', 'sha256'])
    .execute();
  await db.schema.createIndex('documents_loose_blob_due').on('documents_loose_blob').column('due_at').execute();
}

async function createUploads(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('documents_upload')
    .addColumn('account', 'text', (c) => c.notNull())
    .addColumn('region', 'text', (c) => c.notNull())
    .addColumn('upload_id', 'text', (c) => c.notNull())
    .addColumn('sha256', 'text', (c) => c.notNull())
    .addColumn('size_bytes', 'integer', (c) => c.notNull())
    .addColumn('stored', 'integer', (c) => c.notNull())
    .addColumn('kept_until', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('documents_upload_pk', ['account', 'region', 'upload_id'])
    .execute();
  await db.schema.createIndex('documents_upload_kept_until').on('documents_upload').column('kept_until').execute();
  await db.schema.createIndex('documents_upload_sha256').on('documents_upload').column('sha256').execute();
}

export default sharingAndAttachments;
