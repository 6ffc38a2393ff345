// The documents that come with the server, owned by Amazon as on AWS: read once from data files beside this one, the same in every
// scope, visible to all, changeable by nobody.
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { DocumentStep, SsmDocument } from '@muster/protocol/document.ts';
import { hashContent, readContent } from './content.ts';
import { OWNER_AMAZON, platformsOf } from './document.ts';
import type { DocumentHead, DocumentPlatform, DocumentVersion } from './document.ts';

export interface BuiltInDocument {
  readonly head: DocumentHead;
  readonly version: DocumentVersion;
  readonly document: SsmDocument;
}

const DIRECTORY = new URL('built-in/', import.meta.url);
/** They have no creation that anybody saw; a fixed date keeps answers equal across starts and replicas. */
const CREATED_AT = new Date('2026-01-01T00:00:00Z');

export function loadBuiltIns(): ReadonlyMap<string, BuiltInDocument> {
  return new Map(
    readdirSync(DIRECTORY)
      .toSorted()
      .map((file) => load(file))
      .map((builtIn) => [builtIn.head.name, builtIn]),
  );
}

/** JSON where there is nothing to read but parameters, YAML where there is a script. */
function load(file: string): BuiltInDocument {
  const content = readFileSync(new URL(file, DIRECTORY), 'utf8');
  const format = extname(file) === '.yaml' ? 'YAML' : 'JSON';
  const document = readContent(content, format);
  return {
    document,
    head: {
      name: file.slice(0, -extname(file).length),
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
      format,
      schemaVersion: document.schemaVersion,
      description: document.description,
      platformTypes: usefulPlatforms(document),
      statusInformation: '',
      hash: hashContent(content),
      createdAt: CREATED_AT,
      content,
    },
  };
}

/** Where it does what it is for: a download alone is nothing, and a step for Windows is for Windows. A node elsewhere is not asked. */
function usefulPlatforms(document: SsmDocument): readonly DocumentPlatform[] {
  const useful = document.steps
    .filter((step) => step.action !== 'aws:downloadContent')
    .flatMap((step) => platformsOf({ ...document, steps: [step] }).filter((platform) => isFor(step, platform)));
  return platformsOf(document).filter((platform) => useful.includes(platform));
}

function isFor(step: DocumentStep, platform: DocumentPlatform): boolean {
  const [name, value] = step.precondition?.['StringEquals'] ?? [];
  return name !== 'platformType' || value === platform;
}
