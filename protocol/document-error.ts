// Why a document is refused. The sentences are those of the JSON-schema validator that AWS's own answers come from, such as
// `[message: "object has missing required properties ([\"mainSteps\"])" - parent node: /]`: they name the rule and the place.

export type DocumentErrorCode = 'InvalidDocumentContent' | 'InvalidDocumentSchemaVersion';

export class DocumentError extends Error {
  readonly code: DocumentErrorCode;

  constructor(code: DocumentErrorCode, message: string) {
    super(message);
    this.name = 'DocumentError';
    this.code = code;
  }
}

/** Values of strangers are quoted up to here, so that an answer stays readable. */
const QUOTED_CHARACTERS_MAX = 200;

/** A value as it is shown in a refusal: JSON text, cut. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= QUOTED_CHARACTERS_MAX ? text : `${text.slice(0, QUOTED_CHARACTERS_MAX)}…`;
}

/** A place in the document as a JSON pointer, which is how AWS names it. */
export type Place = string;

export function below(place: Place, key: string | number): Place {
  const escaped = String(key).replaceAll('~', '~0').replaceAll('/', '~1').slice(0, QUOTED_CHARACTERS_MAX);
  return place === '/' ? `/${escaped}` : `${place}/${escaped}`;
}

export function refuse(rule: string, place: Place): never {
  throw new DocumentError('InvalidDocumentContent', `[message: "${rule.replaceAll('"', '\\"')}" - parent node: ${place}]`);
}
