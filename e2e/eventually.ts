// Waiting for a stated fact about other processes, which announce nothing: asked again and again, within a limit, and a failure says
// which fact did not come.
import { setTimeout } from 'node:timers/promises';

const PERIOD_MS = 100;

/** Resolves to the first value of `look` that is neither undefined nor false. */
export async function eventually<Value>(
  fact: string,
  limitMs: number,
  look: () => Value | Promise<Value>,
): Promise<Exclude<Value, undefined | false>> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value as Exclude<Value, undefined | false>;
    if (performance.now() > deadline) throw new Error(`did not happen within ${limitMs} ms: ${fact}`);
    await setTimeout(PERIOD_MS);
  }
}
