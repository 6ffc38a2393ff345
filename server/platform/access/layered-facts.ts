// Facts of a decision from two sources: the first that knows a key says it. To put both into one map would cost more than the few looks of a decision.
import type { ConditionFacts } from './authenticator.ts';

export class LayeredFacts implements ConditionFacts {
  readonly #first: ConditionFacts;
  readonly #then: ConditionFacts;

  constructor(first: ConditionFacts, then: ConditionFacts) {
    this.#first = first;
    this.#then = then;
  }

  get(key: string): readonly string[] | undefined {
    return this.#first.get(key) ?? this.#then.get(key);
  }
}
