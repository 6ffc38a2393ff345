// What a benchmark says in the end: one line for each bar, with the measured value, and an exit code that tells.

export interface Bar {
  readonly what: string;
  readonly measured: number;
  readonly unit: 'ms' | 'KB' | '×' | 'µs' | 'MB' | 'a second' | 'puts';
  /** One of both. */
  readonly atMost?: number;
  readonly atLeast?: number;
}

export function judge(bars: readonly Bar[]): void {
  for (const { what, measured, atMost = Number.POSITIVE_INFINITY, atLeast = 0, unit } of bars) {
    const met = measured <= atMost && measured >= atLeast;
    if (!met) process.exitCode = 1;
    const value = measured.toFixed(unit === '×' ? 2 : unit === 'KB' || unit === 'µs' || unit === 'puts' || unit === 'MB' ? 1 : 0);
    const sign = ` ${unit}`;
    const bar = atLeast > 0 ? `at least ${atLeast}` : `${atMost}`;
    process.stdout.write(`  ${met ? 'PASS' : 'FAIL'}  ${what}: ${value}${sign} (bar ${bar}${sign})\n`);
  }
}

/** The value below which this share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
