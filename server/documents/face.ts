// What higher domains may ask the documents domain; index.ts re-exports it with the implementation.
import type { SsmDocument } from '@muster/protocol/document.ts';
import type { Scope } from '../platform/ids.ts';

export interface ResolvedDocument {
  readonly name: string;
  /** `arn:aws:ssm:<region>:<account>:document/<name>`; AWS-owned ones carry no account. */
  readonly arn: string;
  /** The concrete version number, as text. */
  readonly version: string;
  readonly documentType: string;
  readonly platformTypes: readonly string[];
  /** What was warned about when the version was made; empty when nothing. */
  readonly statusInformation: string;
  /** Lower-case hex SHA-256 of the content as stored. */
  readonly hash: string;
  readonly document: SsmDocument;
}

export interface DocumentLibrary {
  /** `name` may be an ARN; `version` a number, `$DEFAULT`, `$LATEST` or absent. Throws InvalidDocument, InvalidDocumentVersion. */
  resolve(scope: Scope, name: string, version: string | undefined): Promise<ResolvedDocument>;
}
