// How callers name a key: by id, ARN, alias or alias ARN. Pure; throws what KMS answers to a name that can be none.
import { fail } from '../../platform/api/errors.ts';
import type { AccountId, Region, Scope } from '../../platform/ids.ts';
import { aliasArn, keyArn } from './key.ts';

export type KeyName =
  | { readonly kind: 'id'; readonly scope: Scope; readonly id: string }
  /** `name`: with `alias/`. */
  | { readonly kind: 'alias'; readonly scope: Scope; readonly name: string };

const ARN = /^arn:aws:kms:([a-z0-9-]+):(\d{12}):(?:key\/([^/]+)|(alias\/.+))$/;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function readKeyName(home: Scope, given: string): KeyName {
  if (!given.startsWith('arn:')) {
    if (given.startsWith('alias/')) return { kind: 'alias', scope: home, name: given };
    return ID.test(given) ? { kind: 'id', scope: home, id: given } : fail('NotFoundException', `Invalid keyId '${given}'`);
  }
  const [, region, account, id, name] = ARN.exec(given) ?? [];
  if (region === undefined || account === undefined) return fail('NotFoundException', `Invalid arn ${given}`);
  // AWS names the region alone.
  if (region !== home.region) return fail('NotFoundException', `Invalid arn ${region}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pattern's forms
  const scope: Scope = { account: account as AccountId, region: region as Region };
  if (name !== undefined) return { kind: 'alias', scope, name };
  if (id === undefined) return fail('NotFoundException', `Invalid arn ${given}`);
  return { kind: 'id', scope, id };
}

/** What the front door's record calls the resource: the ARN of what was named, alias or key. Never throws. */
export function namedArn(home: Scope, given: string): string {
  if (given.startsWith('arn:')) return given;
  return given.startsWith('alias/') ? aliasArn(home, given) : keyArn(home, given);
}
