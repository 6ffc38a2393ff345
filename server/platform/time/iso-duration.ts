// ISO-8601 durations as AWS prints them (`ExecutionElapsedTime`): hours, minutes and seconds, never days, zero parts left out,
// no trailing zeros: PT0.004S, PT2.44S, PT1H0.271S, PT0S.

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

export function formatIsoDuration(durationMs: number): string {
  const wholeMs = Math.max(0, Math.round(durationMs));
  const hours = Math.floor(wholeMs / HOUR_MS);
  const minutes = Math.floor((wholeMs % HOUR_MS) / MINUTE_MS);
  const restMs = wholeMs % MINUTE_MS;
  // Dividing by 1000 prints at most three decimals, and none that is a trailing zero.
  const seconds = restMs === 0 && wholeMs > 0 ? '' : `${restMs / 1000}S`;
  return `PT${hours === 0 ? '' : `${hours}H`}${minutes === 0 ? '' : `${minutes}M`}${seconds}`;
}
