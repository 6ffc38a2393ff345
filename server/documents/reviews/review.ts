// Reviews of versions. A version that is used only when somebody approved it (a change template's) begins as NOT_REVIEWED; any other may be
// sent for review, too. Pure.
//
//   (none) / NOT_REVIEWED / REJECTED ──SendForReview──> PENDING ──Approve──> APPROVED ──another version is approved──> NOT_REVIEWED
//                                                        │  └──Reject──> REJECTED
//                                                        └──UpdateReview──> PENDING, with another comment
//
// Of a document at most one version is PENDING, and at most one APPROVED.
import type { DocumentReviewAction, ReviewStatus } from '../../platform/api/models/ssm.types.gen.ts';
import type { DocumentHead, VersionFacts } from '../document.ts';

/** What was said about a version, by whom. */
export interface Review {
  readonly sequence: number;
  readonly status: ReviewStatus;
  readonly comment: string | undefined;
  readonly reviewer: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Years of being sent back; bounds what a document costs. */
export const REVIEWS_MAX = 1000;
/** The model's bound. */
const REVIEWER_CHARACTERS_MAX = 50;

export interface ReviewPlan {
  readonly status: ReviewStatus;
  /** The last entry is changed, instead of another being added. */
  readonly amends: boolean;
  readonly approvedVersion: number | undefined;
  readonly pendingVersion: number | undefined;
  /** Was approved until now. */
  readonly superseded: number | undefined;
}

/** What the action does, or the sentence that refuses it. */
export function planReview(
  head: DocumentHead,
  { version, reviewStatus }: Pick<VersionFacts, 'version' | 'reviewStatus'>,
  action: DocumentReviewAction,
): ReviewPlan | string {
  const { approvedVersion, pendingVersion } = head;
  if (action === 'SendForReview') {
    if (pendingVersion !== undefined)
      return `Version ${pendingVersion} of document ${head.name} is under review: approve or reject it before you send a version for review.`;
    if (reviewStatus === 'APPROVED') return `Version ${version} of document ${head.name} is approved already.`;
    return { status: 'PENDING', amends: false, approvedVersion, pendingVersion: version, superseded: undefined };
  }
  if (reviewStatus !== 'PENDING')
    return `Version ${version} of document ${head.name} is not under review: its review status is ${reviewStatus ?? 'NOT_REVIEWED'}. Use SendForReview.`;
  switch (action) {
    case 'UpdateReview':
      return { status: 'PENDING', amends: true, approvedVersion, pendingVersion, superseded: undefined };
    case 'Approve':
      return {
        status: 'APPROVED',
        amends: false,
        approvedVersion: version,
        pendingVersion: undefined,
        superseded: approvedVersion,
      };
    case 'Reject':
      return { status: 'REJECTED', amends: false, approvedVersion, pendingVersion: undefined, superseded: undefined };
    default:
      return action satisfies never;
  }
}

/** The last word of an ARN, as the model spells reviewers. */
export function reviewerOf(arn: string): string {
  const name = arn.split(/[/:]/).at(-1) ?? '';
  return name.replaceAll(/[^a-zA-Z0-9_\-.]/g, '_').slice(0, REVIEWER_CHARACTERS_MAX);
}
