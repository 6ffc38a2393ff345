// What the documents domain works with, and the one way from a caller's name and version to a stored document.
import type { RequestContext } from '../platform/api/operation.ts';
import type { Scope } from '../platform/ids.ts';
import type { Database, PageTokens, ReadTx } from '../platform/store/index.ts';
import type { Tags } from '../platform/tags/tags.ts';
import type { Clock } from '../platform/time/clock.ts';
import type { BuiltInDocument } from './built-in.ts';
import { whyUnavailable } from './built-in-unavailable.ts';
import { bareName, isReservedName, versionNumber } from './document.ts';
import type { DocumentHead, DocumentVersion } from './document.ts';
import * as store from './store.ts';

export interface Documents {
  readonly database: Database;
  readonly tags: Tags;
  readonly clock: Clock;
  readonly pageTokens: PageTokens;
  readonly builtIns: ReadonlyMap<string, BuiltInDocument>;
}

/** The resource type of document tags, as the tag operations name it. */
export const DOCUMENT_TAG_TYPE = 'Document';

export type Refusals = Pick<RequestContext<'InvalidDocument' | 'InvalidDocumentVersion'>, 'fail'>;

/** One of AWS's own that is known and cannot be here says why. */
export const missingDocument = (name: string): string => {
  const reason = whyUnavailable(name);
  return `Document with name ${name} does not exist${reason === undefined ? '' : `: ${reason}`}.`;
};
export const MISSING_VERSION = "The document version isn't valid or doesn't exist.";

export interface VersionReference {
  readonly Name: string;
  readonly DocumentVersion?: string | undefined;
  readonly VersionName?: string | undefined;
}

export async function getVersion(
  domain: Documents,
  tx: ReadTx,
  scope: Scope,
  wanted: VersionReference,
  refuse: Refusals,
): Promise<{ head: DocumentHead; version: DocumentVersion }> {
  const { head, builtIn } = await getHead(domain, tx, scope, wanted.Name, refuse);
  const number = await numberOf(tx, scope, head, wanted);
  const version = builtIn !== undefined && number === 1 ? builtIn.version : await findOwn(tx, scope, head, number);
  return version === undefined ? refuse.fail('InvalidDocumentVersion', MISSING_VERSION) : { head, version };
}

async function findOwn(
  tx: ReadTx,
  scope: Scope,
  head: DocumentHead,
  number: number | undefined,
): Promise<DocumentVersion | undefined> {
  return number === undefined ? undefined : store.findVersion(tx, scope, head.name, number);
}

/** The version's own name beats; with both, they must mean the same version. */
export async function numberOf(
  tx: ReadTx,
  scope: Scope,
  head: DocumentHead,
  wanted: VersionReference,
): Promise<number | undefined> {
  const number = versionNumber(head, wanted.DocumentVersion);
  if (wanted.VersionName === undefined) return number;
  const named = await store.findVersionByName(tx, scope, head.name, wanted.VersionName);
  return wanted.DocumentVersion === undefined || named === number ? named : undefined;
}

export async function getHead(
  domain: Documents,
  tx: ReadTx,
  scope: Scope,
  nameOrArn: string,
  refuse: Refusals,
): Promise<{ head: DocumentHead; builtIn: BuiltInDocument | undefined }> {
  const name = bareName(scope, nameOrArn);
  const builtIn = name === undefined ? undefined : domain.builtIns.get(name);
  if (builtIn !== undefined) return { head: builtIn.head, builtIn };
  const head = name === undefined || isReservedName(name) ? undefined : await store.findHead(tx, scope, name);
  return head === undefined ? refuse.fail('InvalidDocument', missingDocument(nameOrArn)) : { head, builtIn: undefined };
}
