// parseDocument: content of a Command document -> SsmDocument, or a DocumentError that names key and rule. Pure; takes anything
// without harm (cycles, depth, millions of values, prototype keys); does not change its argument.
import type { SchemaVersion, SsmDocument } from './document.ts';
import { below, DocumentError, quoted } from './document-error.ts';
import type { DocumentWarning } from './document-error.ts';
import { parseParameters } from './document-parameter.ts';
import { asObject, asString, member, requireJson, requireMembers } from './document-shape.ts';
import type { JsonObject } from './document-shape.ts';
import { mainStepsOf, parseMainSteps, parseRuntimeConfig } from './document-steps.ts';

const SCHEMA_VERSIONS: readonly SchemaVersion[] = ['1.2', '2.0', '2.2'];
const KNOWN_MEMBERS = new Set([
  'schemaVersion',
  'description',
  'parameters',
  'mainSteps',
  'runtimeConfig',
  'outputs',
  'assumeRole',
  'files',
  'variables',
  '$schema',
]);
/** One warning per surprise is enough; a document of surprises does not grow the answer. */
const WARNINGS_MAX = 20;

export function parseDocument(content: unknown): SsmDocument {
  requireJson(content);
  const given = asObject(content, '/');
  requireMembers(given, ['schemaVersion'], '/');
  const schemaVersion = parseSchemaVersion(member(given, 'schemaVersion'));
  const description = asString(member(given, 'description') ?? '', '/description');
  const parameters = parseParameters(member(given, 'parameters'));
  const warnings: DocumentWarning[] = [];
  for (const key of Object.keys(given))
    if (!KNOWN_MEMBERS.has(key))
      warnings.push({ message: `Member ${quoted(key)} is unknown and ignored.`, place: below('/', key) });
  const { steps, content: sent } = parseSteps(given, schemaVersion, warnings);
  return { schemaVersion, description, parameters, steps, content: sent, warnings: warnings.slice(0, WARNINGS_MAX) };
}

function parseSchemaVersion(value: unknown): SchemaVersion {
  const text = asString(value, '/schemaVersion');
  const found = SCHEMA_VERSIONS.find((version) => version === text);
  if (found !== undefined) return found;
  throw new DocumentError(
    'InvalidDocumentSchemaVersion',
    `Document schema version, ${quoted(text).slice(1, -1)}, is not supported by documents of type Command: use one of ${SCHEMA_VERSIONS.join(', ')}`,
    '/schemaVersion',
  );
}

function parseSteps(
  given: JsonObject,
  schemaVersion: SchemaVersion,
  warnings: DocumentWarning[],
): Pick<SsmDocument, 'steps' | 'content'> {
  const mainSteps = member(given, 'mainSteps');
  const runtimeConfig = member(given, 'runtimeConfig');
  if (schemaVersion === '1.2') {
    requireMembers(given, ['runtimeConfig'], '/');
    if (mainSteps !== undefined)
      warnings.push({ message: 'Schema 1.2 has no mainSteps; they are ignored.', place: '/mainSteps' });
    return { steps: parseRuntimeConfig(runtimeConfig), content: given };
  }
  if (mainSteps !== undefined || runtimeConfig === undefined) {
    requireMembers(given, ['mainSteps'], '/');
    if (runtimeConfig !== undefined)
      warnings.push({ message: `Schema ${schemaVersion} has no runtimeConfig; it is ignored.`, place: '/runtimeConfig' });
    return { steps: parseMainSteps(mainSteps, schemaVersion, warnings), content: given };
  }
  warnings.push({
    message: `Schema ${schemaVersion} has no runtimeConfig: its plugins are run as mainSteps. AWS refuses such a document.`,
    place: '/runtimeConfig',
  });
  const converted = mainStepsOf(parseRuntimeConfig(runtimeConfig));
  const { runtimeConfig: _replaced, ...rest } = given;
  return { steps: parseMainSteps(converted, schemaVersion, warnings), content: { ...rest, mainSteps: converted } };
}
