// Row types of the domain's tables. A document row points at its versions by number; a version's content never changes.

export interface DocumentRow {
  account: string;
  region: string;
  name: string;
  document_type: string;
  target_type: string | null;
  display_name: string | null;
  default_version: number;
  latest_version: number;
  /** The next number to give: numbers of deleted versions are not given again. */
  next_version: number;
  /** 0: none. */
  approved_version: number;
  pending_version: number;
  created_at: number;
}

export interface DocumentVersionRow {
  account: string;
  region: string;
  name: string;
  version: number;
  version_name: string | null;
  format: string;
  schema_version: string;
  description: string;
  /** JSON list. */
  platform_types: string;
  /** Warnings for people; empty in most. */
  status_information: string;
  hash: string;
  author: string;
  /** JSON list. */
  requires: string;
  review_status: string | null;
  content: string;
  created_at: number;
}

/** What was said about a version, in order: asked for review, approved, rejected. */
export interface DocumentReviewRow {
  account: string;
  region: string;
  name: string;
  version: number;
  sequence: number;
  status: string;
  comment: string | null;
  reviewer: string;
  created_at: number;
  updated_at: number;
}

export interface DocumentTables {
  documents_document: DocumentRow;
  documents_version: DocumentVersionRow;
  documents_review: DocumentReviewRow;
}
