// The documents that come with the server, owned by Amazon as on AWS: read once from data files beside this one, the same in every
// scope, visible to all, changeable by nobody.
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { DocumentStep, SsmDocument } from '@muster/protocol/document.ts';
import type { DocumentType } from '../platform/api/models/ssm.types.gen.ts';
import { hashContent, readContent } from './content.ts';
import { OWNER_AMAZON } from './document.ts';
import type { DocumentHead, DocumentVersion } from './document.ts';
import type { DocumentPlatform } from './kinds/kind.ts';
import { platformsOf } from './kinds/plugins.ts';

export interface BuiltInDocument {
  readonly head: DocumentHead;
  readonly version: DocumentVersion;
  /** Undefined where it is nothing that an agent can run. */
  readonly document: SsmDocument | undefined;
}

const DIRECTORY = new URL('built-in/', import.meta.url);
/** They have no creation that anybody saw; a fixed date keeps answers equal across starts and replicas. */
const CREATED_AT = new Date('2026-01-01T00:00:00Z');

let known: ReadonlyMap<string, BuiltInDocument> | undefined;

/** They cannot change while the process lives: read and checked once. */
export function loadBuiltIns(): ReadonlyMap<string, BuiltInDocument> {
  known ??= readBuiltIns();
  return known;
}

function readBuiltIns(): ReadonlyMap<string, BuiltInDocument> {
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
  const documentType = typeOf(content);
  const checked = readContent(documentType, content, format);
  return {
    document: checked.runnable,
    head: {
      name: file.slice(0, -extname(file).length),
      documentType,
      owner: OWNER_AMAZON,
      targetType: undefined,
      displayName: undefined,
      defaultVersion: 1,
      latestVersion: 1,
      nextVersion: 2,
      approvedVersion: undefined,
      pendingVersion: undefined,
      createdAt: CREATED_AT,
    },
    version: {
      version: 1,
      versionName: undefined,
      format,
      schemaVersion: checked.schemaVersion,
      description: checked.description,
      platformTypes: checked.runnable === undefined ? checked.platformTypes : usefulPlatforms(checked.runnable),
      statusInformation: '',
      hash: hashContent(content),
      author: '',
      requires: [],
      reviewStatus: undefined,
      createdAt: CREATED_AT,
      content,
    },
  };
}

/** A document says by its schema what it is. */
function typeOf(content: string): DocumentType {
  return /\bschemaVersion["']?: ["']1\.0["']/.test(content) ? 'Session' : 'Command';
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
