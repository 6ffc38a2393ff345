// Types whose content other parts of the product, or nobody here, read: they are stored when their text is what its format says, and
// an object where one is needed.
import { asObject, asString, isObject, member, requireMembers } from '@muster/protocol/document-shape.ts';
import type { JsonObject } from '@muster/protocol/document-shape.ts';
import { ALL_PLATFORMS } from './kind.ts';
import type { CheckedContent, ContentFormat, DocumentKind } from './kind.ts';
import { optionalText } from './shape.ts';

const SCHEMA_VERSION = /^[0-9]{1,3}\.[0-9]{1,3}$/;

function described(given: JsonObject): CheckedContent {
  const schemaVersion = member(given, 'schemaVersion');
  return {
    schemaVersion: typeof schemaVersion === 'string' && SCHEMA_VERSION.test(schemaVersion) ? schemaVersion : '',
    description: '',
    parameters: [],
    platformTypes: ALL_PLATFORMS,
    warnings: [],
  };
}

/** An object with these members at least. */
export function object(...required: readonly string[]): DocumentKind {
  return {
    formats: ['JSON', 'YAML'],
    check(content) {
      const given = asObject(content, '/');
      requireMembers(given, required, '/');
      if (required.includes('schemaVersion')) asString(member(given, 'schemaVersion'), '/schemaVersion');
      return described(given);
    },
  };
}

/** An object that describes itself. */
export const describedObject: DocumentKind = {
  formats: ['JSON', 'YAML'],
  check(content) {
    const given = asObject(content, '/');
    return { ...described(given), description: optionalText(given, 'description') };
  },
};

/** Any value, or text in whatever language its reader wants. */
export function anything(...formats: readonly ContentFormat[]): DocumentKind {
  return { formats, check: (content) => described(isObject(content) ? content : {}) };
}
