// Work put off to the next turn of the event loop: what many callers ask for within one turn is done once, and I/O gets its
// chance in between. Not a timer: the simulated clock does not govern it, it only waits until such work has settled.

export interface Turn {
  cancel(): void;
}

export function nextTurn(work: () => void): Turn {
  const handle = setImmediate(work);
  return { cancel: () => clearImmediate(handle) };
}

/** Work put off until what runs now is through, with all that it has set free (promises, and what waited for them); still before the next event. */
export function afterThis(work: () => void): void {
  process.nextTick(work);
}
