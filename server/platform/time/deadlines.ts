// Keys that fall due at moments: one moment a key, the next one found in O(log n). A binary heap whose overtaken entries are
// left in place and skipped, so setting a key again costs no search. Keys due at the same moment come out in the order they were set.

interface Entry<Key> {
  readonly key: Key;
  readonly atMs: number;
  readonly order: number;
}

/** Overtaken entries are swept out when they outnumber the live ones by this: memory stays proportional to what is alive. */
const OVERTAKEN_MAX = 1024;

export class Deadlines<Key> {
  #live = new Map<Key, Entry<Key>>();
  #heap: Entry<Key>[] = [];
  #order = 0;

  get size(): number {
    return this.#live.size;
  }

  at(key: Key): number | undefined {
    return this.#live.get(key)?.atMs;
  }

  set(key: Key, atMs: number): void {
    const entry = { key, atMs, order: this.#order++ };
    this.#live.set(key, entry);
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1);
    if (this.#heap.length > 2 * this.#live.size + OVERTAKEN_MAX) this.#sweep();
  }

  delete(key: Key): boolean {
    return this.#live.delete(key);
  }

  clear(): void {
    this.#live.clear();
    this.#heap = [];
  }

  /** The earliest moment of all. */
  next(): number | undefined {
    this.#dropOvertaken();
    return this.#heap[0]?.atMs;
  }

  /** Takes out the earliest key when it is due at `nowMs`. */
  takeDue(nowMs: number): Key | undefined {
    this.#dropOvertaken();
    const first = this.#heap[0];
    if (first === undefined || first.atMs > nowMs) return undefined;
    this.#pop();
    this.#live.delete(first.key);
    return first.key;
  }

  #dropOvertaken(): void {
    for (let first = this.#heap[0]; first !== undefined && this.#live.get(first.key) !== first; first = this.#heap[0])
      this.#pop();
  }

  #sweep(): void {
    // A sorted array is a heap.
    this.#heap = [...this.#live.values()].toSorted((a, b) => a.atMs - b.atMs || a.order - b.order);
  }

  #before(left: number, right: number): boolean {
    const a = this.#heap[left];
    const b = this.#heap[right];
    if (a === undefined || b === undefined) return a !== undefined;
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  }

  #swap(left: number, right: number): void {
    const a = this.#heap[left];
    const b = this.#heap[right];
    if (a === undefined || b === undefined) return;
    this.#heap[left] = b;
    this.#heap[right] = a;
  }

  #rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const child = left + 1 < this.#heap.length && this.#before(left + 1, left) ? left + 1 : left;
      if (child >= this.#heap.length || !this.#before(child, at)) return;
      this.#swap(at, child);
      at = child;
    }
  }
}
