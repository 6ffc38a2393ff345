// What actions of `muster params` are given: names and paths, by the rules that all of them share.
import { UsageError } from '../usage-error.ts';

/** The one argument of an action. */
export function onlyArgument(action: string, what: string, positionals: readonly string[]): string {
  const [first, ...more] = positionals;
  if (first !== undefined && more.length === 0) return first;
  throw new UsageError(
    `muster params ${action} takes one ${what}${first === undefined ? '' : `, not also ${JSON.stringify(more[0])}`}; muster params --help`,
  );
}

export function readPath(given: string): string {
  if (!given.startsWith('/')) throw new UsageError(`${JSON.stringify(given)} is no path: a path begins with /`);
  return given.length > 1 ? given.replace(/\/+$/, '') || '/' : given;
}

/** A version's number, or a label: what stands behind the colon of a name. */
export function readSelector(option: string, given: string | undefined): string | undefined {
  if (given === undefined || /^[A-Za-z0-9_.-]+$/.test(given)) return given;
  throw new UsageError(`--${option} ${JSON.stringify(given)} is neither a version's number nor a label`);
}
