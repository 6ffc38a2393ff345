// `--parameters` as JSON or as `name=value`, to Parameters as SendCommand takes them: each a list of texts.
import { UsageError } from '../usage-error.ts';

/** A value of `name=value` is taken as it stands, commas and all; a name that is given again gets one more. */
export function readParameters(given: readonly string[]): Record<string, string[]> {
  const parameters = new Map<string, string[]>();
  for (const text of given) {
    for (const [name, values] of text.trimStart().startsWith('{') ? fromJson(text) : [fromPair(text)]) {
      parameters.set(name, [...(parameters.get(name) ?? []), ...values]);
    }
  }
  return Object.fromEntries(parameters);
}

function fromPair(text: string): [string, string[]] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), [text.slice(equals + 1)]];
  throw new UsageError(`--parameters ${JSON.stringify(text)} is neither JSON nor NAME=VALUE`);
}

function fromJson(text: string): [string, string[]][] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--parameters is not JSON: ${(error as Error).message.split('\n')[0]}`, { cause: error });
  }
  return Object.entries(parsed as Record<string, unknown>).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(textOf) : [textOf(value)],
  ]);
}

/** What is no text stays JSON, as a parameter of type StringMap or Boolean is written. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
