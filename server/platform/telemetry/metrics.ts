// Counters, gauges and histograms in Prometheus' text exposition. Label values come from small fixed sets (operation names, never ids).

export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  inc(labels?: Labels, by?: number): void;
}
export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

export interface Metrics {
  /** Names as Prometheus wants them: `muster_<area>_<what>_total`, `…_seconds`, `…_bytes`. */
  counter(name: string, help: string): Counter;
  histogram(name: string, help: string, buckets?: readonly number[]): Histogram;
  /** Read at scrape time. */
  gauge(name: string, help: string, read: () => number | readonly { readonly labels: Labels; readonly value: number }[]): void;
  render(): string;
}
