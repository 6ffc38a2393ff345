// What the documents domain works with, and the one way from a caller's name and version to a stored document.
import type { RequestContext } from '../platform/api/operation.ts';
import type { Blobs } from '../platform/blobs/blobs.ts';
import type { Ids, Scope } from '../platform/ids.ts';
import type { Database, PageTokens, ReadTx } from '../platform/store/index.ts';
import type { Tags } from '../platform/tags/tags.ts';
import type { Clock } from '../platform/time/clock.ts';
import type { Capabilities } from './attachments/capability.ts';
import type { AttachmentSources } from './attachments/ports.ts';
import type { BuiltInDocument } from './built-in.ts';
import { whyUnavailable } from './built-in-unavailable.ts';
import { bareName, isReservedName, ownerAndName, versionNumber } from './document.ts';
import type { DocumentHead, DocumentVersion } from './document.ts';
import { sharedNumber } from './sharing/sharing.ts';
import type { Share } from './sharing/sharing.ts';
import * as sharing from './sharing/sharing-store.ts';
import * as store from './store.ts';

export interface Documents {
  readonly database: Database;
  readonly tags: Tags;
  readonly clock: Clock;
  readonly pageTokens: PageTokens;
  readonly builtIns: ReadonlyMap<string, BuiltInDocument>;
  readonly ids: Ids;
  readonly attachments: AttachmentPlaces;
}

/** Where the bytes of attachments lie and come from. Blobs of other domains begin with a line of their own, so none is shared with them. */
export interface AttachmentPlaces {
  readonly blobs: Blobs;
  readonly capabilities: Capabilities;
  readonly publicUrl: string;
  /** Undefined as long as there is no object store. */
  readonly sources: AttachmentSources | undefined;
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
): Promise<{ head: DocumentHead; version: DocumentVersion; owner: Scope }> {
  const { head, builtIn, owner, share } = await getHead(domain, tx, scope, wanted.Name, refuse);
  const number = await numberOf(tx, owner, head, wanted, share);
  const version = builtIn !== undefined && number === 1 ? builtIn.version : await findOwn(tx, owner, head, number);
  return version === undefined ? refuse.fail('InvalidDocumentVersion', MISSING_VERSION) : { head, version, owner };
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
  share?: Share,
): Promise<number | undefined> {
  const number = seenNumber(head, share, wanted.DocumentVersion);
  if (wanted.VersionName === undefined || number === undefined) return number;
  const named = await store.findVersionByName(tx, scope, head.name, wanted.VersionName);
  if (named === undefined || (wanted.DocumentVersion !== undefined && named !== number)) return undefined;
  return seenNumber(head, share, String(named));
}

/** What a version means to whoever sees the document through `share`; undefined for one that is not shared. */
export function seenNumber(head: DocumentHead, share: Share | undefined, wanted: string | undefined): number | undefined {
  return share === undefined ? versionNumber(head, wanted) : sharedNumber(head, share.sharedVersion, wanted);
}

/** A document as somebody sees it. */
export interface SeenDocument {
  readonly head: DocumentHead;
  readonly builtIn: BuiltInDocument | undefined;
  /** Where its rows are. */
  readonly owner: Scope;
  /** Through what another account's document is seen; undefined for the own ones and the built-in ones. */
  readonly share: Share | undefined;
}

export async function getHead(
  domain: Documents,
  tx: ReadTx,
  scope: Scope,
  nameOrArn: string,
  refuse: Refusals,
): Promise<SeenDocument> {
  const name = bareName(scope, nameOrArn);
  const builtIn = name === undefined ? undefined : domain.builtIns.get(name);
  if (builtIn !== undefined) return { head: builtIn.head, builtIn, owner: scope, share: undefined };
  if (name === undefined)
    return (await findShared(tx, scope, nameOrArn)) ?? refuse.fail('InvalidDocument', missingDocument(nameOrArn));
  const head = isReservedName(name) ? undefined : await store.findHead(tx, scope, name);
  if (head === undefined) return refuse.fail('InvalidDocument', missingDocument(nameOrArn));
  return { head, builtIn: undefined, owner: scope, share: undefined };
}

/** Another account's document, by its ARN. What is not shared is as good as missing. */
async function findShared(tx: ReadTx, scope: Scope, arn: string): Promise<SeenDocument | undefined> {
  const named = ownerAndName(arn);
  if (named === undefined || named.owner.region !== scope.region) return undefined;
  const { owner, name } = named;
  const share = await sharing.findShare(tx, owner, name, scope.account);
  const head = share === undefined ? undefined : await store.findHead(tx, owner, name);
  return head === undefined ? undefined : { head, builtIn: undefined, owner, share };
}
