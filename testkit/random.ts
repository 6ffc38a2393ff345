// Randomness from a seed: the same seed gives the same ids, the same jitter, the same run. A simulation says its seed when it
// fails, and takes it back from MUSTER_SEED.
import type { Ids } from '@muster/server/platform/ids.ts';

export interface Random {
  /** In [0, 1). */
  fraction(): number;
  /** A whole number, 0 <= n < `below`. */
  below(below: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  shuffle<Item>(items: readonly Item[]): Item[];
}

/** sfc32 of 128 bits of state, filled from the seed by splitmix32: quick, long period, good enough for everything but secrets. */
function generator(seed: number): () => number {
  let mix = seed >>> 0;
  const next32 = (): number => {
    mix = (mix + 0x9e3779b9) >>> 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let [a, b, c, d] = [next32(), next32(), next32(), 1];
  const draw = (): number => {
    const t = (((a + b) >>> 0) + d) >>> 0;
    d = (d + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = ((c << 21) | (c >>> 11)) >>> 0;
    c = (c + t) >>> 0;
    return t;
  };
  for (let warm = 0; warm < 12; warm++) draw();
  return draw;
}

export function createRandom(seed: number): Random {
  const draw = generator(seed);
  const fraction = (): number => draw() / 2 ** 32;
  const below = (limit: number): number => Math.floor(fraction() * limit);
  return {
    fraction,
    below,
    chance: (probability) => fraction() < probability,
    pick<Item>(items: readonly Item[]): Item {
      for (const item of items.slice(below(items.length))) return item;
      throw new Error('pick: nothing to pick from');
    },
    shuffle<Item>(items: readonly Item[]): Item[] {
      const rest = [...items];
      return items.flatMap(() => rest.splice(below(rest.length), 1));
    },
  };
}

export function createSeededIds(seed: number): Ids {
  const draw = generator(seed ^ 0x1d5);
  const bytes = (count: number): Buffer => {
    const buffer = Buffer.alloc(count);
    for (let at = 0; at < count; at++) buffer[at] = draw() >>> 24;
    return buffer;
  };
  const hex = (count: number): string =>
    bytes(Math.ceil(count / 2))
      .toString('hex')
      .slice(0, count);
  return {
    uuid() {
      const raw = bytes(16);
      raw.writeUInt8((raw.readUInt8(6) & 0x0f) | 0x40, 6);
      raw.writeUInt8((raw.readUInt8(8) & 0x3f) | 0x80, 8);
      const text = raw.toString('hex');
      return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
    },
    hex,
    bytes,
    fraction: () => draw() / 2 ** 32,
  };
}

/** The seeds of a simulation: the one that MUSTER_SEED names, or `count` fixed ones from `first` on; MUSTER_SIM_RUNS asks for more of them. */
export function simulationSeeds(count: number, first = 1): number[] {
  const wanted = process.env['MUSTER_SEED'];
  if (wanted !== undefined && wanted !== '') return [Number(wanted)];
  const runs = Math.max(count, Number(process.env['MUSTER_SIM_RUNS'] ?? 0));
  return Array.from({ length: runs }, (_, offset) => first + offset);
}

/** Runs `simulation`; whatever it throws says the seed that reproduces it. */
export async function withSeed(seed: number, simulation: (seed: number) => Promise<void>): Promise<void> {
  try {
    await simulation(seed);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`seed ${seed} (run again with MUSTER_SEED=${seed}): ${reason}`, { cause });
  }
}
