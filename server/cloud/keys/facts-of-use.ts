// Condition keys of one use of a key. Every read of a secret has them and most policies ask for two: each is found when it is asked for. Pure.
import type { ConditionFacts } from '../../platform/access/authenticator.ts';
import type { KeyUse } from './face.ts';
import { type Key, usageOf } from './key.ts';

const CONTEXT = 'kms:encryptioncontext:';

export class FactsOfUse implements ConditionFacts {
  readonly #key: Key;
  readonly #use: KeyUse;

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
}

/** Names of condition keys have no case: those of a context that differ by nothing else are one key with several values. */
function valuesOf(context: Readonly<Record<string, string>>, lowerCase: string): string[] {
  return Object.entries(context).flatMap(([name, value]) => (name.toLowerCase() === lowerCase ? [value] : []));
}

const orNone = (values: readonly string[]): readonly string[] | undefined => (values.length === 0 ? undefined : values);
