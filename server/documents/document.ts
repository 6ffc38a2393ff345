// Documents and their versions, and what can be said about them without a database: names, ARNs, owners, platforms.
//
//   CreateDocument ──> version 1 (default, latest) ──UpdateDocument──> version n+1 (latest) ──UpdateDocumentDefaultVersion──> default
//
// A version's content never changes; numbers are never given twice; the default version is never deleted alone.
import type { SsmDocument } from '@muster/protocol/document.ts';
import type { Scope } from '../platform/ids.ts';
import type { ContentFormat } from './content.ts';

export type DocumentPlatform = 'Windows' | 'Linux' | 'MacOS';

export interface DocumentHead {
  readonly name: string;
  readonly documentType: 'Command';
  /** The account, or `Amazon` for the built-in ones. */
  readonly owner: string;
  readonly targetType: string | undefined;
  readonly displayName: string | undefined;
  readonly defaultVersion: number;
  readonly latestVersion: number;
  readonly nextVersion: number;
  readonly createdAt: Date;
}

export interface VersionFacts {
  readonly version: number;
  readonly versionName: string | undefined;
  readonly format: ContentFormat;
  readonly schemaVersion: string;
  readonly description: string;
  readonly platformTypes: readonly DocumentPlatform[];
  /** For people; empty when there is nothing to say. */
  readonly statusInformation: string;
  /** Lower-case hex SHA-256 of the content as given. */
  readonly hash: string;
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

const ALL_PLATFORMS: readonly DocumentPlatform[] = ['Windows', 'Linux', 'MacOS'];
/** Plugins that are not everywhere; the rest is known on every platform. */
const PLUGIN_PLATFORMS: Readonly<Record<string, readonly DocumentPlatform[]>> = {
  'aws:runShellScript': ['Linux', 'MacOS'],
  'aws:applications': ['Windows'],
  'aws:psModule': ['Windows'],
  'aws:domainJoin': ['Windows', 'Linux'],
  'aws:cloudWatch': ['Windows'],
  'aws:configureDocker': ['Windows', 'Linux'],
  'aws:runDockerAction': ['Windows', 'Linux'],
};

/** Where at least one step can run. */
export function platformsOf(document: SsmDocument): readonly DocumentPlatform[] {
  const found = new Set<DocumentPlatform>();
  for (const step of document.steps) {
    const platforms = Object.hasOwn(PLUGIN_PLATFORMS, step.action) ? PLUGIN_PLATFORMS[step.action] : ALL_PLATFORMS;
    for (const platform of platforms ?? ALL_PLATFORMS) found.add(platform);
  }
  return ALL_PLATFORMS.filter((platform) => found.has(platform));
}

/** What nobody but the server itself may create. */
const RESERVED_PREFIX = /^(aws-|amazon|amzn|awsec2|awsconfigremediation|awssupport|awsfleetmanager)/i;

export function isReservedName(name: string): boolean {
  return RESERVED_PREFIX.test(name);
}

const DOCUMENT_ARN = /^arn:[^:]*:ssm:([^:]*):([0-9]{12})?:document\/(.+)$/;

/** The bare name behind a name or an ARN; undefined for what another account or region owns: it is not shared with us. */
export function bareName(scope: Scope, nameOrArn: string): string | undefined {
  if (!nameOrArn.startsWith('arn:')) return nameOrArn;
  const [, region, account, name] = DOCUMENT_ARN.exec(nameOrArn) ?? [];
  const ours = region === scope.region && (account === undefined || account === scope.account);
  return ours ? name : undefined;
}

/** AWS-owned documents carry no account. What another account owns keeps its own ARN. */
export function documentArn(scope: Scope, nameOrArn: string): string {
  const name = bareName(scope, nameOrArn);
  if (name === undefined) return nameOrArn;
  return `arn:aws:ssm:${scope.region}:${isReservedName(name) ? '' : scope.account}:document/${name}`;
}

/** `undefined`, `$DEFAULT`, `$LATEST` or a number -> the number, whether that version exists or not. */
export function versionNumber(head: DocumentHead, version: string | undefined): number {
  if (version === undefined || version === '$DEFAULT') return head.defaultVersion;
  return version === '$LATEST' ? head.latestVersion : Number(version);
}
