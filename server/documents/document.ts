// Documents and their versions, and what can be said about them without a database: names, ARNs, owners, platforms.
//
//   CreateDocument ──> version 1 (default, latest) ──UpdateDocument──> version n+1 (latest) ──UpdateDocumentDefaultVersion──> default
//
// A version's content never changes; numbers are never given twice; the default version is never deleted alone.
import type { DocumentRequires, DocumentType, ReviewStatus } from '../platform/api/models/ssm.types.gen.ts';
import type { AccountId, Region, Scope } from '../platform/ids.ts';
import type { ContentFormat, DocumentPlatform } from './kinds/kind.ts';

export interface DocumentHead {
  readonly name: string;
  readonly documentType: DocumentType;
  /** The account, or `Amazon` for the built-in ones. */
  readonly owner: string;
  readonly targetType: string | undefined;
  readonly displayName: string | undefined;
  readonly defaultVersion: number;
  readonly latestVersion: number;
  readonly nextVersion: number;
  /** The version that was approved last and is so still; that is under review now. */
  readonly approvedVersion: number | undefined;
  readonly pendingVersion: number | undefined;
  readonly createdAt: Date;
}

export interface VersionFacts {
  readonly version: number;
  readonly versionName: string | undefined;
  readonly format: ContentFormat;
  /** Empty where the type has none. */
  readonly schemaVersion: string;
  readonly description: string;
  readonly platformTypes: readonly DocumentPlatform[];
  /** For people; empty when there is nothing to say. */
  readonly statusInformation: string;
  /** Lower-case hex SHA-256 of the content as given. */
  readonly hash: string;
  /** ARN of who made it; empty where nobody was written down. */
  readonly author: string;
  readonly requires: readonly DocumentRequires[];
  /** Undefined: nobody has asked for a review, and the type needs none. */
  readonly reviewStatus: ReviewStatus | undefined;
  readonly createdAt: Date;
}

export interface DocumentVersion extends VersionFacts {
  readonly content: string;
}

export const OWNER_AMAZON = 'Amazon';
/** AWS's quota. */
export const DOCUMENTS_MAX = 500;
/** AWS's quota, for each document. */
export const VERSIONS_MAX = 1000;

/** Types that an agent can be sent. */
export function isRunnable(type: DocumentType): boolean {
  return type === 'Command' || type === 'Policy';
}

/** What nobody but the server itself may create. */
const RESERVED_PREFIX = /^(aws-|amazon|amzn|awsec2|awsconfigremediation|awssupport|awsfleetmanager)/i;

export function isReservedName(name: string): boolean {
  return RESERVED_PREFIX.test(name);
}

const DOCUMENT_ARN = /^arn:[^:]*:ssm:([^:]*):([0-9]{12})?:document\/(.+)$/;

/** Whose document an ARN names; undefined for what is no ARN of an account's document. */
export function ownerAndName(arn: string): { owner: Scope; name: string } | undefined {
  const [, region, account, name] = DOCUMENT_ARN.exec(arn) ?? [];
  if (region === undefined || account === undefined || name === undefined) return undefined;
  return { owner: { account: account as AccountId, region: region as Region }, name };
}

/** What another account's document is called: its ARN. */
export function nameSeenFrom(scope: Scope, owner: Scope, name: string): string {
  return owner.account === scope.account ? name : documentArn(owner, name);
}

/** The bare name behind a name or an ARN; undefined for what another account or region owns. */
export function bareName(scope: Scope, nameOrArn: string): string | undefined {
  if (!nameOrArn.startsWith('arn:')) return nameOrArn;
  const [, region, account, name] = DOCUMENT_ARN.exec(nameOrArn) ?? [];
  const ours = region === scope.region && (account === undefined || account === scope.account);
  return ours ? name : undefined;
}

/**
 * AWS-owned documents carry no account. What another account owns keeps its own, in the one form that policies know: whoever writes
 * another partition means the same document.
 */
export function documentArn(scope: Scope, nameOrArn: string): string {
  const name = bareName(scope, nameOrArn);
  if (name === undefined) return nameOrArn.replace(/^arn:[^:]*:/, 'arn:aws:');
  return `arn:aws:ssm:${scope.region}:${isReservedName(name) ? '' : scope.account}:document/${name}`;
}

/** `undefined`, `$DEFAULT`, `$LATEST` or a number -> the number, whether that version exists or not. 0, which none has, for what is too large. */
export function versionNumber(head: DocumentHead, version: string | undefined): number {
  if (version === undefined || version === '$DEFAULT') return head.defaultVersion;
  if (version === '$LATEST') return head.latestVersion;
  const number = Number(version);
  return Number.isSafeInteger(number) ? number : 0;
}
