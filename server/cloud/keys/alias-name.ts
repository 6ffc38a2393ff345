// Which names an alias may be given. Pure.
import { fail } from '../../platform/api/errors.ts';

/** AWS's sentence names it. */
const ALIAS_PAGE = 'https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html';

export function requireAliasName(name: string): void {
  if (!name.startsWith('alias/'))
    fail('ValidationException', `Alias must start with the prefix "alias/". Please see ${ALIAS_PAGE}`);
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(name)) fail('ValidationException', `${name} contains invalid characters for an alias`);
}

/** `alias/aws/…` is the server's. */
export function isReserved(name: string): boolean {
  return name.startsWith('alias/aws/');
}
