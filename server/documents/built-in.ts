// The documents that come with the server, owned by Amazon as on AWS: read once from data files beside this one, the same in every
// scope, visible to all, changeable by nobody.
import { readdirSync, readFileSync } from 'node:fs';
import type { SsmDocument } from '@muster/protocol/document.ts';
import { hashContent, readContent } from './content.ts';
import { OWNER_AMAZON, platformsOf } from './document.ts';
import type { DocumentHead, DocumentVersion } from './document.ts';

export interface BuiltInDocument {
  readonly head: DocumentHead;
  readonly version: DocumentVersion;
  readonly document: SsmDocument;
}

const DIRECTORY = new URL('built-in/', import.meta.url);
/** They have no creation that anybody saw; a fixed date keeps answers equal across starts and replicas. */
const CREATED_AT = new Date('2026-01-01T00:00:00Z');

export function loadBuiltIns(): ReadonlyMap<string, BuiltInDocument> {
  const files = readdirSync(DIRECTORY)
    .filter((file) => file.endsWith('.json'))
    .toSorted();
  return new Map(files.map((file) => [file.slice(0, -'.json'.length), load(file)]));
}

function load(file: string): BuiltInDocument {
  const content = readFileSync(new URL(file, DIRECTORY), 'utf8');
  const document = readContent(content, 'JSON');
  return {
    document,
    head: {
      name: file.slice(0, -'.json'.length),
      documentType: 'Command',
      owner: OWNER_AMAZON,
      targetType: undefined,
      displayName: undefined,
      defaultVersion: 1,
      latestVersion: 1,
      nextVersion: 2,
      createdAt: CREATED_AT,
    },
    version: {
      version: 1,
      versionName: undefined,
      format: 'JSON',
      schemaVersion: document.schemaVersion,
      description: document.description,
      platformTypes: platformsOf(document),
      statusInformation: '',
      hash: hashContent(content),
      createdAt: CREATED_AT,
      content,
    },
  };
}
