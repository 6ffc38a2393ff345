// Every statement about reviews.
import type { ReviewStatus } from '../../platform/api/models/ssm.types.gen.ts';
import type { Scope } from '../../platform/ids.ts';
import { tables } from '../../platform/store/index.ts';
import type { ReadTx, Tx } from '../../platform/store/index.ts';
import type { Review } from './review.ts';
import type { DocumentReviewRow, DocumentTables } from '../tables.ts';

export async function findLastReview(tx: ReadTx, scope: Scope, name: string, version: number): Promise<Review | undefined> {
  return (await listReviews(tx, scope, name, version, undefined, 1))[0];
}

/** Newest first, below `before`. */
export async function listReviews(
  tx: ReadTx,
  scope: Scope,
  name: string,
  version: number,
  before: number | undefined,
  limit: number,
): Promise<Review[]> {
  let query = tables<DocumentTables>(tx)
    .selectFrom('documents_review')
    .select(['sequence', 'status', 'comment', 'reviewer', 'created_at', 'updated_at'])
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('name', '=', name)
    .where('version', '=', version);
  if (before !== undefined) query = query.where('sequence', '<', before);
  return (await query.orderBy('sequence', 'desc').limit(limit).execute()).map(toReview);
}

export async function insertReview(tx: Tx, scope: Scope, name: string, version: number, review: Review): Promise<void> {
  await tables<DocumentTables>(tx)
    .insertInto('documents_review')
    .values({
      account: scope.account,
      region: scope.region,
      name,
      version,
      sequence: review.sequence,
      status: review.status,
      comment: review.comment ?? null,
      reviewer: review.reviewer,
      created_at: review.createdAt.getTime(),
      updated_at: review.updatedAt.getTime(),
    })
    .execute();
}

export async function updateReview(tx: Tx, scope: Scope, name: string, version: number, review: Review): Promise<void> {
  await tables<DocumentTables>(tx)
    .updateTable('documents_review')
    .set({ comment: review.comment ?? null, reviewer: review.reviewer, updated_at: review.updatedAt.getTime() })
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('name', '=', name)
    .where('version', '=', version)
    .where('sequence', '=', review.sequence)
    .execute();
}

export async function deleteReviews(tx: Tx, scope: Scope, name: string, version: number): Promise<void> {
  await tables<DocumentTables>(tx)
    .deleteFrom('documents_review')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('name', '=', name)
    .where('version', '=', version)
    .execute();
}

export async function setReviewStatus(tx: Tx, scope: Scope, name: string, version: number, status: ReviewStatus): Promise<void> {
  await tables<DocumentTables>(tx)
    .updateTable('documents_version')
    .set({ review_status: status })
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('name', '=', name)
    .where('version', '=', version)
    .execute();
}

type Row = Omit<DocumentReviewRow, 'account' | 'region' | 'name' | 'version'>;

function toReview(row: Row): Review {
  return {
    sequence: row.sequence,
    // Only what the model names is written.
    status: row.status as ReviewStatus,
    comment: row.comment ?? undefined,
    reviewer: row.reviewer,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  };
}
