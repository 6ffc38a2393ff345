// Package: the manifest of something that Distributor installs (schema 2.0). It says which file is for which platform, version and
// architecture, and the SHA-256 of each; the files themselves are the document's attachments.
import { below, quoted, refuse } from '@muster/protocol/document-error.ts';
import type { DocumentWarning, Place } from '@muster/protocol/document-error.ts';
import { asName, asObject, asString, isObject, member, requireMembers } from '@muster/protocol/document-shape.ts';
import type { JsonObject } from '@muster/protocol/document-shape.ts';
import { ALL_PLATFORMS } from './kind.ts';
import type { CheckedContent, DocumentKind, DocumentPlatform } from './kind.ts';
import { optionalText, requireSchemaVersion, unknownMembers } from './shape.ts';

const MEMBERS = ['schemaVersion', 'version', 'publisher', 'description', 'packages', 'files', 'assumeRole'];
/** As AWS's: a document has at most twenty attachments. */
const FILES_MAX = 20;
const SHA256 = /^[0-9a-fA-F]{64}$/;
/** Of a platform, a platform's version, an architecture, a package's version: what a node compares with itself, and part of a file name. */
const WORD = /^[a-zA-Z0-9_.+*-]{1,128}$/;
const FILE_NAME = /^[a-zA-Z0-9_\-.]{3,128}$/;

export const packageManifest: DocumentKind = {
  /** Who reads manifests, agents among them, reads JSON. */
  formats: ['JSON'],
  check(content): CheckedContent {
    const given = asObject(content, '/');
    const schemaVersion = requireSchemaVersion(given, 'Package', ['2.0']);
    requireMembers(given, ['version', 'packages', 'files'], '/');
    asName(member(given, 'version'), WORD, '/version');
    const files = requireFiles(asObject(member(given, 'files'), '/files'));
    const packages = nonEmpty(asObject(member(given, 'packages'), '/packages'), '/packages');
    const used = new Set<string>();
    for (const [place, target] of targetsOf(packages)) {
      requireMembers(target, ['file'], place);
      const file = asString(member(target, 'file'), below(place, 'file'));
      if (!files.has(file)) refuse(`file ${quoted(file)} is not described in files`, below(place, 'file'));
      used.add(file);
    }
    const unused = [...files].filter((file) => !used.has(file));
    return {
      schemaVersion,
      description: optionalText(given, 'description'),
      parameters: [],
      platformTypes: platformsOf(Object.keys(packages)),
      warnings: [
        ...unknownMembers(given, MEMBERS, '/'),
        ...unused.map((file): DocumentWarning => ({
          message: `File ${quoted(file)} is of no package.`,
          place: below('/files', file),
        })),
      ],
    };
  },
};

function requireFiles(files: JsonObject): ReadonlySet<string> {
  const names = Object.keys(files);
  if (names.length > FILES_MAX)
    refuse(`object has too many properties (found ${names.length} but schema requires at most ${FILES_MAX})`, '/files');
  for (const name of names) {
    const place = below('/files', name);
    asName(name, FILE_NAME, place);
    const file = asObject(files[name], place);
    requireMembers(file, ['checksums'], place);
    const checksums = asObject(member(file, 'checksums'), below(place, 'checksums'));
    requireMembers(checksums, ['sha256'], below(place, 'checksums'));
    asName(member(checksums, 'sha256'), SHA256, below(below(place, 'checksums'), 'sha256'));
  }
  return new Set(names);
}

/** platform → its version → architecture → file; `_any` stands for each. */
function targetsOf(packages: JsonObject): [Place, JsonObject][] {
  let level: [Place, JsonObject][] = [['/packages', packages]];
  for (let depth = 0; depth < 3; depth += 1)
    level = level.flatMap(([place, given]) =>
      Object.entries(nonEmpty(given, place)).map(([word, inner]): [Place, JsonObject] => {
        const at = below(place, word);
        asName(word, WORD, at);
        return [at, asObject(inner, at)];
      }),
    );
  return level;
}

function nonEmpty(given: JsonObject, place: Place): JsonObject {
  if (Object.keys(given).length === 0) refuse('object has too few properties (found 0 but schema requires at least 1)', place);
  return given;
}

function platformsOf(names: readonly string[]): readonly DocumentPlatform[] {
  const found = new Set(names.flatMap((name) => platformOf(name.toLowerCase())));
  return ALL_PLATFORMS.filter((platform) => found.has(platform));
}

function platformOf(name: string): readonly DocumentPlatform[] {
  if (name === '_any') return ALL_PLATFORMS;
  if (name.startsWith('windows')) return ['Windows'];
  return name.startsWith('mac') || name === 'darwin' ? ['MacOS'] : ['Linux'];
}

/** What has a version of its own is best found by that version: agents ask for a package by VersionName. */
export function versionNameWarning(content: unknown, versionName: string | undefined): DocumentWarning[] {
  const version = isObject(content) ? member(content, 'version') : undefined;
  if (versionName === undefined || versionName === version || typeof version !== 'string') return [];
  return [{ message: `The manifest's version ${quoted(version)} is not the VersionName "${versionName}".`, place: '/version' }];
}
