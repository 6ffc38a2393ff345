// What a WatchParameters call is about: names, or all below a path; and the token that stands for how they are.
import { hash } from 'node:crypto';
import { fail } from '../../platform/api/errors.ts';
import type { Scope } from '../../platform/ids.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import { listBelow, type Look } from '../listing/list-store.ts';
import { nameOf, readPath, readPlainReference } from '../name.ts';
import * as store from '../store.ts';

/** Of one call: read anew at each change. */
const WATCHED_MAX = 1_000;

export type Watched =
  | { readonly kind: 'names'; readonly keys: ReadonlySet<string> }
  /** Empty: the root. */
  | { readonly kind: 'path'; readonly path: string };

export function readWatched(scope: Scope, names: readonly string[] | undefined, path: string | undefined): Watched {
  if ((names === undefined) === (path === undefined)) return fail('ValidationException', 'Give either Names or Path.');
  if (path !== undefined) return { kind: 'path', path: readPath(path) };
  const references = (names ?? []).map((name) => readPlainReference(scope, name));
  if (references.some(({ owner }) => owner.account !== scope.account || owner.region !== scope.region))
    return fail('ValidationException', 'Names: only parameters of the own account and region can be watched.');
  return { kind: 'names', keys: new Set(references.map(({ key }) => key)) };
}

export function isTouched(watched: Watched, key: string): boolean {
  if (watched.kind === 'names') return watched.keys.has(key);
  return watched.path === '' || key.startsWith(`${watched.path}/`);
}

export async function lookAt(tx: ReadTx, scope: Scope, watched: Watched): Promise<readonly Look[]> {
  if (watched.kind === 'path') {
    const found = await listBelow(tx, scope, watched.path, WATCHED_MAX + 1);
    return found.length <= WATCHED_MAX
      ? found
      : fail('ValidationException', `Path: more than ${WATCHED_MAX} parameters lie below it. Watch a longer path.`);
  }
  const found: Look[] = [];
  for (const key of [...watched.keys].toSorted()) {
    const parameter = await store.findParameter(tx, scope, key);
    if (parameter !== undefined) found.push(parameter);
  }
  return found;
}

/** A parameter that was deleted and made again has another time. */
export function tokenOf(parameters: readonly Look[]): string {
  const state = parameters.map(({ key, version, modifiedAt }) => [key, version, modifiedAt.getTime()]);
  return hash('sha256', JSON.stringify(state), 'base64url');
}

export function showWatched(parameters: readonly Look[]) {
  return parameters.map(({ key, rooted, version, modifiedAt }) => ({
    Name: nameOf(key, rooted),
    Version: version,
    LastModifiedDate: modifiedAt,
  }));
}
