// `{{ssm:name}}`, `{{ssm:name:version}}` and `{{ssm:name:label}}` in a document or in the values given to it become the parameters' values
// when the command is sent, with the rights of who sends it. Single pass: a value that holds a reference again is refused, never followed.
import type { CallFacts } from '../../platform/access/authenticator.ts';
import type { Principal } from '../../platform/access/principal.ts';
import { fail } from '../../platform/api/errors.ts';
import type { Scope } from '../../platform/ids.ts';

export interface ReferencedParameter {
  readonly type: 'String' | 'StringList' | 'SecureString';
  /** A StringList is its items with commas between. */
  readonly value: string;
}

/** Filled by Parameter Store in the composition root. */
export interface ParameterSource {
  /**
   * The parameters behind `selectors` (`name`, `name:version`, `name:label`), those that are there and that the caller may read. Values of
   * SecureStrings need not be given: they are refused whatever they are. `call`: what conditions of policies may ask about.
   */
  find(
    scope: Scope,
    caller: Principal,
    selectors: readonly string[],
    call: CallFacts,
  ): Promise<ReadonlyMap<string, ReferencedParameter>>;
}

/** Of one command: each is a look-up, and no document comes near. */
const REFERENCES_MAX = 100;
const REFERENCE = /\{\{\s*ssm:([a-zA-Z0-9_.\-/]{1,2048}(?::[a-zA-Z0-9_.-]{1,100})?)\s*\}\}/g;

/** The selectors in all strings of a JSON value, each once. Pure. */
export function referencesIn(value: unknown): readonly string[] {
  const found = new Set<string>();
  replaceStrings(value, (text) => {
    for (const [, selector = ''] of text.matchAll(REFERENCE)) found.add(selector);
    return text;
  });
  return [...found];
}

/** `value` with every reference replaced; the same object when there is none. Throws InvalidParameters. */
export async function resolveReferences<Value>(
  source: ParameterSource | undefined,
  { account, region, principal, call }: Scope & { readonly principal: Principal; readonly call: CallFacts },
  value: Value,
): Promise<Value> {
  const selectors = referencesIn(value);
  if (selectors.length === 0) return value;
  if (source === undefined) {
    return fail(
      'InvalidParameters',
      `{{ssm:${selectors[0]}}} cannot be resolved: this server has no Parameter Store. Give the value itself.`,
    );
  }
  if (selectors.length > REFERENCES_MAX)
    return fail('InvalidParameters', `A command may refer to at most ${REFERENCES_MAX} parameters, not ${selectors.length}.`);
  const parameters = await source.find({ account, region }, principal, selectors, call);
  for (const selector of selectors) refuseUnusable(selector, parameters.get(selector));
  // The strings of a value of this shape are replaced by strings: the shape stays.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return replaceStrings(value, (text) =>
    text.replaceAll(REFERENCE, (_whole, selector: string) => parameters.get(selector)?.value ?? ''),
  ) as Value;
}

function refuseUnusable(selector: string, parameter: ReferencedParameter | undefined): void {
  if (parameter === undefined)
    fail('InvalidParameters', `{{ssm:${selector}}}: the parameter does not exist, or you may not read it.`);
  else if (parameter.type === 'SecureString')
    fail(
      'InvalidParameters',
      `{{ssm:${selector}}}: a SecureString cannot be put into a document; only String and StringList can.`,
    );
  else if (parameter.value.search(REFERENCE) >= 0)
    fail('InvalidParameters', `{{ssm:${selector}}}: the parameter's value refers to a parameter itself, which is not followed.`);
}

function replaceStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => replaceStrings(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, replaceStrings(item, change)]));
}
