// Lengths of time as people read them at a glance.

/** `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`. */
export function shownDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return twoUnits(whole, 60, 'min', 's');
  if (whole < 86_400) return twoUnits(Math.floor(whole / 60), 60, 'h', 'min');
  return twoUnits(Math.floor(whole / 3_600), 24, 'd', 'h');
}

/** `2026-01-31 14:05:09Z`; empty for what has no time. */
export function shownTime(seconds: number | undefined): string {
  if (seconds === undefined) return '';
  return new Date(seconds * 1000)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
}

function twoUnits(count: number, size: number, large: string, small: string): string {
  const rest = count % size;
  return `${Math.floor(count / size)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}
