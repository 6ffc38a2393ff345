// Of each node and stream the last N lines, in the order in which they came. Invariant: no more than N are kept of each.
import type { OutputLine } from './output-lines.ts';

export class LastLines {
  readonly #count: number;
  readonly #kept = new Map<string, { readonly at: number; readonly line: OutputLine }[]>();
  #at = 0;

  constructor(count: number) {
    this.#count = count;
  }

  accept(line: OutputLine): void {
    const key = `${line.instanceId}/${line.stream}`;
    const kept = this.#kept.get(key) ?? [];
    this.#kept.set(key, kept);
    kept.push({ at: this.#at++, line });
    // Twice as many before it is cut, so that a long output is not moved line by line.
    if (kept.length > 2 * this.#count) kept.splice(0, kept.length - this.#count);
  }

  lines(): OutputLine[] {
    const last = (lines: readonly { at: number; line: OutputLine }[]) => (this.#count === 0 ? [] : lines.slice(-this.#count));
    return [...this.#kept.values()]
      .flatMap(last)
      .toSorted((one, other) => one.at - other.at)
      .map(({ line }) => line);
  }
}
