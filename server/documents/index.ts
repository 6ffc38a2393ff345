// The public face of the documents domain.
import type { AnyOperation, BoundOperation } from '../platform/api/operation.ts';
import { bindOperations } from '../platform/api/operation.ts';
import type { Scope } from '../platform/ids.ts';
import type { ReadTx } from '../platform/store/index.ts';
import type { Blobs } from '../platform/blobs/blobs.ts';
import type { Reconciler } from '../platform/reconcile/reconciler.ts';
import type { Seal } from '../platform/seal/index.ts';
import { createCapabilities } from './attachments/capability.ts';
import { createAttachmentDownloads } from './attachments/downloads.ts';
import type { AttachmentDownloads } from './attachments/downloads.ts';
import type { AttachmentSources } from './attachments/ports.ts';
import { createAttachmentSweep } from './attachments/sweep.ts';
import { loadBuiltIns } from './built-in.ts';
import { ownerAndName } from './document.ts';
import type { Documents } from './domain.ts';
import type { DocumentLibrary } from './face.ts';
import { createLibrary } from './library.ts';
import createAttachmentUpload from './operations/create-attachment-upload.ts';
import createDocument from './operations/create-document.ts';
import deleteDocument from './operations/delete-document.ts';
import describeDocumentPermission from './operations/describe-document-permission.ts';
import describeDocument from './operations/describe-document.ts';
import getDocument from './operations/get-document.ts';
import getManifest from './operations/get-manifest.ts';
import listDocumentMetadataHistory from './operations/list-document-metadata-history.ts';
import listDocumentVersions from './operations/list-document-versions.ts';
import listDocuments from './operations/list-documents.ts';
import modifyDocumentPermission from './operations/modify-document-permission.ts';
import putConfigurePackageResult from './operations/put-configure-package-result.ts';
import updateDocumentDefaultVersion from './operations/update-document-default-version.ts';
import updateDocumentMetadata from './operations/update-document-metadata.ts';
import updateDocument from './operations/update-document.ts';
import * as store from './store.ts';

export type { AttachmentDownloads, Download, ReadyUpload, Refusal } from './attachments/downloads.ts';
export type { AttachmentSources, SourceFile } from './attachments/ports.ts';
export type { DocumentLibrary, ResolvedDocument } from './face.ts';
export { documentArn } from './document.ts';
export { filledIn } from './filled-in.ts';
export { migrations } from './migrations/index.ts';
export { validateParameters } from './validate-parameters.ts';

export const operations: readonly AnyOperation<Documents>[] = [
  createAttachmentUpload,
  createDocument,
  deleteDocument,
  describeDocument,
  describeDocumentPermission,
  getDocument,
  getManifest,
  listDocumentMetadataHistory,
  listDocuments,
  listDocumentVersions,
  modifyDocumentPermission,
  putConfigurePackageResult,
  updateDocument,
  updateDocumentDefaultVersion,
  updateDocumentMetadata,
];

export interface DocumentsFace {
  readonly library: DocumentLibrary;
  readonly operations: readonly BoundOperation[];
  readonly reconcilers: readonly Reconciler[];
  readonly downloads: AttachmentDownloads;
  /** For tag operations: built-in documents take no tags. */
  exists(tx: ReadTx, scope: Scope, name: string): Promise<boolean>;
  /** Of a document that is there, by its ARN, whoever owns it: for conditions of policies. */
  typeOf(tx: ReadTx, arn: string): Promise<string | undefined>;
}

export interface DocumentsOptions extends Omit<Documents, 'builtIns' | 'attachments'> {
  readonly blobs: Blobs;
  readonly seal: Pick<Seal, 'derive'>;
  readonly publicUrl: string;
  /** Filled where there is an object store. */
  readonly attachmentSources?: AttachmentSources;
}

export function createDocuments(options: DocumentsOptions): DocumentsFace {
  const { blobs, publicUrl, attachmentSources: sources } = options;
  const capabilities = createCapabilities(options.seal.derive('downloads'), publicUrl);
  const attachments = { blobs, capabilities, publicUrl, sources };
  const domain: Documents = { ...options, builtIns: loadBuiltIns(), attachments };
  return {
    library: createLibrary(domain),
    operations: bindOperations(domain, operations),
    reconcilers: [createAttachmentSweep(domain)],
    downloads: createAttachmentDownloads(domain),
    typeOf: (tx, arn) => typeOf(domain, tx, arn),
    exists: async (tx, scope, name) => (await store.findHead(tx, scope, name)) !== undefined,
  };
}

async function typeOf({ builtIns }: Documents, tx: ReadTx, arn: string): Promise<string | undefined> {
  const named = ownerAndName(arn);
  if (named === undefined) return builtIns.get(arn.slice(arn.lastIndexOf(':document/') + ':document/'.length))?.head.documentType;
  return (await store.findHead(tx, named.owner, named.name))?.documentType;
}
