// The registry behind `Metrics`: families of series, rendered in Prometheus' text format 0.0.4. An increment walks a tree of label
// values to its cell and adds a number: nothing is allocated on the hot path. Series per family are bounded, because a label fed
// from outside would otherwise eat the memory; what is over the bound is counted under one series.
import type { Counter, Histogram, Labels, Metrics } from './metrics.ts';
import { createProcessReadings } from './process-readings.ts';

/** Latencies in seconds, from a cached read to a long poll. */
const BUCKETS_DEFAULT = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];
/** Label values come from small fixed sets; services times operations is the largest, about 500. */
const SERIES_MAX = 2_000;
const OVERFLOW = 'over_the_limit';

interface Series<Cell> {
  readonly labels: Labels;
  readonly cell: Cell;
}

interface Branch<Cell> {
  readonly branches: Map<string, Branch<Cell>>;
  series: Series<Cell> | undefined;
}

interface Family {
  readonly kind: 'counter' | 'histogram' | 'gauge';
  readonly help: string;
  render(name: string): string;
}

export function createMetrics(): Metrics {
  const families = new Map<string, Family>();
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Histogram>();
  const register = (name: string, family: Family): void => {
    if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name))
      throw new Error(`metric name ${JSON.stringify(name)} is not one for Prometheus`);
    if (families.has(name)) throw new Error(`metric ${name} is registered twice`);
    families.set(name, family);
  };
  const metrics: Metrics = {
    // The same counter may be asked for from several places.
    counter(name, help) {
      const known = counters.get(name);
      if (known !== undefined) return known;
      const { family, instrument } = counterFamily(help);
      register(name, family);
      counters.set(name, instrument);
      return instrument;
    },
    histogram(name, help, buckets = BUCKETS_DEFAULT) {
      const known = histograms.get(name);
      if (known !== undefined) return known;
      const { family, instrument } = histogramFamily(help, buckets);
      register(name, family);
      histograms.set(name, instrument);
      return instrument;
    },
    gauge(name, help, read) {
      // The later reading takes the place: what was composed anew reads its own state.
      if (families.get(name)?.kind === 'gauge') families.delete(name);
      register(name, { kind: 'gauge', help, render: (own) => renderGauge(own, read()) });
    },
    render() {
      let text = '';
      for (const [name, family] of families) {
        text += `# HELP ${name} ${escapeHelp(family.help)}\n# TYPE ${name} ${family.kind}\n${family.render(name)}`;
      }
      return text;
    },
  };
  for (const reading of createProcessReadings()) metrics.gauge(reading.name, reading.help, reading.read);
  return metrics;
}

function counterFamily(help: string): { family: Family; instrument: Counter } {
  const tree = createTree(() => ({ value: 0 }));
  const instrument: Counter = {
    inc(labels, by = 1) {
      tree.cell(labels).value += by;
    },
  };
  const render = (name: string): string =>
    tree
      .all()
      .map(({ labels, cell }) => `${name}${renderLabels(labels)} ${renderNumber(cell.value)}\n`)
      .join('');
  return { family: { kind: 'counter', help, render }, instrument };
}

function histogramFamily(help: string, bounds: readonly number[]): { family: Family; instrument: Histogram } {
  const ascending = bounds.toSorted((a, b) => a - b);
  const tree = createTree(() => ({ counts: new Float64Array(ascending.length + 1), sum: 0 }));
  const instrument: Histogram = {
    observe(value, labels) {
      let bucket = 0;
      while (bucket < ascending.length && value > ascending[bucket]!) bucket++;
      const cell = tree.cell(labels);
      cell.counts[bucket]! += 1;
      cell.sum += value;
    },
  };
  const render = (name: string): string => {
    let text = '';
    for (const { labels, cell } of tree.all()) {
      let total = 0;
      for (const [bucket, count] of cell.counts.entries()) {
        total += count;
        const le = bucket < ascending.length ? renderNumber(ascending[bucket]!) : '+Inf';
        text += `${name}_bucket${renderLabels({ ...labels, le })} ${total}\n`;
      }
      text += `${name}_sum${renderLabels(labels)} ${renderNumber(cell.sum)}\n${name}_count${renderLabels(labels)} ${total}\n`;
    }
    return text;
  };
  return { family: { kind: 'histogram', help, render }, instrument };
}

/** Cells by label values. The first use fixes the label names; another set of names later is a programmer's mistake. */
function createTree<Cell>(make: () => Cell): { cell(labels?: Labels): Cell; all(): Series<Cell>[] } {
  const root: Branch<Cell> = { branches: new Map(), series: undefined };
  const series: Series<Cell>[] = [];
  let names: readonly string[] | undefined;
  let overflow: Series<Cell> | undefined;

  const grow = (branch: Branch<Cell>, labels: Labels): Cell => {
    if (Object.keys(labels).length !== names!.length)
      throw new Error(`labels ${Object.keys(labels).join()} are not the first ones, ${names!.join()}`);
    if (series.length >= SERIES_MAX) {
      if (overflow === undefined) {
        overflow = { labels: Object.fromEntries(names!.map((name) => [name, OVERFLOW])), cell: make() };
        series.push(overflow);
      }
      return overflow.cell;
    }
    branch.series = { labels: { ...labels }, cell: make() };
    series.push(branch.series);
    return branch.series.cell;
  };

  const none: Labels = {};
  return {
    cell(labels = none) {
      names ??= checkedNames(Object.keys(labels));
      let branch = root;
      for (const name of names) {
        const value = labels[name];
        if (value === undefined) throw new Error(`label ${name} is missing`);
        let next = branch.branches.get(value);
        if (next === undefined) {
          next = { branches: new Map(), series: undefined };
          if (series.length < SERIES_MAX) branch.branches.set(value, next);
        }
        branch = next;
      }
      return branch.series === undefined ? grow(branch, labels) : branch.series.cell;
    },
    all: () => series,
  };
}

function checkedNames(names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || name === 'le')
      throw new Error(`label name ${JSON.stringify(name)} is not allowed`);
  }
  return names;
}

function renderGauge(name: string, values: number | readonly { readonly labels: Labels; readonly value: number }[]): string {
  if (typeof values === 'number') return `${name} ${renderNumber(values)}\n`;
  return values.map(({ labels, value }) => `${name}${renderLabels(labels)} ${renderNumber(value)}\n`).join('');
}

function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function renderNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
