// Condition keys of one use of a key. Every read of a secret makes them and most policies ask for two: each is found when it is asked for, and `get`
// alone says what there is; all of them are put together only for who wants to see all.
import type { ConditionFacts } from '../../platform/access/authenticator.ts';
import type { KeyUse } from './face.ts';
import { type Key, usageOf } from './key.ts';

const CONTEXT = 'kms:encryptioncontext:';
/** Those that every use has. */
const ALWAYS = ['kms:calleraccount', 'kms:keyspec', 'kms:keyusage', 'kms:keyorigin'];

export class FactsOfUse implements ConditionFacts {
  readonly #key: Key;
  readonly #use: KeyUse;
  #every: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(key: Key, use: KeyUse) {
    this.#key = key;
    this.#use = use;
  }

  get(name: string): readonly string[] | undefined {
    const { callerAccount, context = {}, viaService, alias } = this.#use;
    switch (name) {
      case 'kms:calleraccount':
        return [callerAccount];
      case 'kms:keyspec':
        return [this.#key.spec];
      case 'kms:keyusage':
        return [usageOf(this.#key)];
      case 'kms:keyorigin':
        return ['AWS_KMS'];
      case 'kms:viaservice':
        return viaService === undefined ? undefined : [viaService];
      case 'kms:requestalias':
        return alias === undefined ? undefined : [alias];
      case 'kms:encryptioncontextkeys':
        return orNone(Object.keys(context));
      default:
        return name.startsWith(CONTEXT) ? orNone(valuesOf(context, name.slice(CONTEXT.length))) : undefined;
    }
  }

  /** Counted, not put together: whoever decides asks first whether there are any. */
  get size(): number {
    const { context = {}, viaService, alias } = this.#use;
    const inContext = Object.keys(context);
    const different = inContext.length > 1 ? new Set(inContext.map((name) => name.toLowerCase())).size : inContext.length;
    const ofContext = different === 0 ? 0 : different + 1;
    return ALWAYS.length + ofContext + (viaService === undefined ? 0 : 1) + (alias === undefined ? 0 : 1);
  }
  has(name: string): boolean {
    return this.get(name) !== undefined;
  }
  keys(): MapIterator<string> {
    return this.#all().keys();
  }
  values(): MapIterator<readonly string[]> {
    return this.#all().values();
  }
  entries(): MapIterator<[string, readonly string[]]> {
    return this.#all().entries();
  }
  [Symbol.iterator](): MapIterator<[string, readonly string[]]> {
    return this.entries();
  }
  forEach(visit: (values: readonly string[], name: string, all: ConditionFacts) => void): void {
    for (const [name, values] of this) visit(values, name, this);
  }

  #all(): ReadonlyMap<string, readonly string[]> {
    if (this.#every !== undefined) return this.#every;
    const every = new Map<string, readonly string[]>();
    const inContext = Object.keys(this.#use.context ?? {}).map((name) => `${CONTEXT}${name.toLowerCase()}`);
    for (const name of [...ALWAYS, 'kms:encryptioncontextkeys', ...inContext, 'kms:viaservice', 'kms:requestalias']) {
      const values = this.get(name);
      if (values !== undefined) every.set(name, values);
    }
    this.#every = every;
    return every;
  }
}

/** Names of condition keys have no case: those of a context that differ by nothing else are one key with several values. */
function valuesOf(context: Readonly<Record<string, string>>, lowerCase: string): string[] {
  return Object.entries(context).flatMap(([name, value]) => (name.toLowerCase() === lowerCase ? [value] : []));
}

const orNone = (values: readonly string[]): readonly string[] | undefined => (values.length === 0 ? undefined : values);
