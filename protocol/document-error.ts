// Why a document is refused. The sentences are those of the JSON-schema validator that AWS's own answers come from, such as
// `[message: "object has missing required properties ([\"mainSteps\"])" - parent node: /]`: they name the rule and the place.

export type DocumentErrorCode = 'InvalidDocumentContent' | 'InvalidDocumentSchemaVersion';

/** A place in the document as a JSON pointer, which is how AWS names it. */
export type Place = string;

export class DocumentError extends Error {
  readonly code: DocumentErrorCode;
  /** Where the rule is broken: the part that breaks it, or the one that lacks something. */
  readonly place: Place;

  constructor(code: DocumentErrorCode, message: string, place: Place) {
    super(message);
    this.name = 'DocumentError';
    this.code = code;
    this.place = place;
  }
}

/** What was accepted although it will surprise its author: a sentence for people. */
export interface DocumentWarning {
  readonly message: string;
  readonly place: Place;
}

/** Values of strangers are quoted up to here, so that an answer stays readable. */
const QUOTED_CHARACTERS_MAX = 200;

/** A value as it is shown in a refusal: JSON text, cut. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= QUOTED_CHARACTERS_MAX ? text : `${text.slice(0, QUOTED_CHARACTERS_MAX)}…`;
}

export function below(place: Place, key: string | number): Place {
  const escaped = String(key).replaceAll('~', '~0').replaceAll('/', '~1').slice(0, QUOTED_CHARACTERS_MAX);
  return place === '/' ? `/${escaped}` : `${place}/${escaped}`;
}

export function refuse(rule: string, place: Place): never {
  throw new DocumentError('InvalidDocumentContent', `[message: "${rule.replaceAll('"', '\\"')}" - parent node: ${place}]`, place);
}
