// The public face of the documents domain.
import type { AnyOperation, BoundOperation } from '../platform/api/operation.ts';
import { bindOperations } from '../platform/api/operation.ts';
import type { Scope } from '../platform/ids.ts';
import type { ReadTx } from '../platform/store/index.ts';
import { loadBuiltIns } from './built-in.ts';
import type { Documents } from './domain.ts';
import type { DocumentLibrary } from './face.ts';
import { createLibrary } from './library.ts';
import createDocument from './operations/create-document.ts';
import deleteDocument from './operations/delete-document.ts';
import describeDocument from './operations/describe-document.ts';
import getDocument from './operations/get-document.ts';
import listDocumentVersions from './operations/list-document-versions.ts';
import listDocuments from './operations/list-documents.ts';
import updateDocumentDefaultVersion from './operations/update-document-default-version.ts';
import updateDocument from './operations/update-document.ts';
import * as store from './store.ts';

export type { DocumentLibrary, ResolvedDocument } from './face.ts';
export { documentArn } from './document.ts';
export { migrations } from './migrations/index.ts';
export { validateParameters } from './validate-parameters.ts';

export const operations: readonly AnyOperation<Documents>[] = [
  createDocument,
  deleteDocument,
  describeDocument,
  getDocument,
  listDocuments,
  listDocumentVersions,
  updateDocument,
  updateDocumentDefaultVersion,
];

export interface DocumentsFace {
  readonly library: DocumentLibrary;
  readonly operations: readonly BoundOperation[];
  /** For tag operations: built-in documents take no tags. */
  exists(tx: ReadTx, scope: Scope, name: string): Promise<boolean>;
}

export function createDocuments(options: Omit<Documents, 'builtIns'>): DocumentsFace {
  const domain: Documents = { ...options, builtIns: loadBuiltIns() };
  return {
    library: createLibrary(domain),
    operations: bindOperations(domain, operations),
    exists: async (tx, scope, name) => (await store.findHead(tx, scope, name)) !== undefined,
  };
}
