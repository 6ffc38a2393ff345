// Which names an alias may be given. Pure.
import { fail } from '../../platform/api/errors.ts';

export function requireAliasName(name: string): void {
  if (!name.startsWith('alias/') || name === 'alias/') fail('ValidationException', 'Invalid identifier');
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(name)) fail('ValidationException', `${name} contains invalid characters for an alias`);
}

/** `alias/aws/…` is the server's. */
export function isReserved(name: string): boolean {
  return name.startsWith('alias/aws/');
}
