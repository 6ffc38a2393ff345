// MaxConcurrency and MaxErrors: a number or a percentage of the resolved targets.
// Rounding is not documented for Systems Manager; AWS's documented sister rule (CloudFormation StackSets) is used: the tolerance is
// floor(percent × targets), the concurrency max(1, floor(percent × targets)). Sending stops when errors *exceed* the tolerance.

export type Rate = { readonly kind: 'count'; readonly count: number } | { readonly kind: 'percent'; readonly percent: number };

export const DEFAULT_MAX_CONCURRENCY = '50';
export const DEFAULT_MAX_ERRORS = '0';

/** `text` has passed the model's pattern: digits, or digits and `%`. */
export function parseRate(text: string): Rate {
  return text.endsWith('%')
    ? { kind: 'percent', percent: Number.parseInt(text, 10) }
    : { kind: 'count', count: Number.parseInt(text, 10) };
}

/** True when the limit cannot be known before every target is. 100 % of whatever comes is everything. */
export function needsTotal(rate: Rate): boolean {
  return rate.kind === 'percent' && rate.percent < 100 && rate.percent > 0;
}

export function concurrencyLimit(rate: Rate, targets: number): number {
  return rate.kind === 'count' ? rate.count : Math.max(1, Math.floor((rate.percent * targets) / 100));
}

export function errorTolerance(rate: Rate, targets: number): number {
  return rate.kind === 'count' ? rate.count : Math.floor((rate.percent * targets) / 100);
}
