// What grants add to a key's policy. Asked only where no policy allows a call and none denies it, so that whoever has a policy costs no look; and
// always of the database, so that a grant holds, and ends, at once on every replica.
import type { ResourcePolicy } from '../../../platform/access/authenticator.ts';
import type { Database } from '../../../platform/store/index.ts';
import { allows, type Asked, type Grant, grantOperationOf, GRANTS_PER_GRANTEE_MAX, rootOf } from './grant.ts';
import { grantsOf } from './grant-store.ts';
import type { Key } from '../key.ts';

/** `note` is told which grants allow the action, for those who ask why. */
export function grantsFor(
  { database }: { readonly database: Database },
  key: Key,
  asked: Asked,
  note?: (grants: readonly Grant[]) => void,
): ResourcePolicy['grants'] {
  return async (names, action, tx) => {
    const operation = grantOperationOf(action);
    if (operation === undefined || names.length === 0) return undefined;
    const found =
      tx === undefined
        ? await database.read((reader) => grantsOf(reader, key, names, GRANTS_PER_GRANTEE_MAX))
        : await grantsOf(tx, key, names, GRANTS_PER_GRANTEE_MAX);
    const allowingIt = found.filter((grant) => allows(grant, operation, asked));
    note?.(allowingIt);
    const grantees = new Set(allowingIt.map(({ grantee }) => grantee));
    return grantees.size === 0 ? undefined : allowing([...grantees].toSorted(), action);
  };
}

/** Who may retire a grant: the grant alone says so, and its account's policies where it is the account that may. */
export function retirementPolicy(grant: Pick<Grant, 'retiring' | 'grantee' | 'operations' | 'issuer' | 'account'>): string {
  const grantee = grant.operations.includes('RetireGrant') ? [grant.grantee] : [];
  const retiring = grant.retiring === undefined ? [] : [grant.retiring];
  const may = new Set([...retiring, ...grantee, rootOf(grant.issuer), rootOf(grant.account)]);
  return allowing([...may].toSorted(), 'kms:RetireGrant');
}

function allowing(principals: readonly string[], action: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: principals }, Action: action, Resource: '*' }],
  });
}
