// A grant's token: the grant by name, nothing secret. A grant holds at once, so that a token gives nothing; it only has to be one. Pure.
//
//   version 1 | key id 16 | account 6 | grant id 32 | check 4
import { hash } from 'node:crypto';
import { fail } from '../../../platform/api/errors.ts';
import type { AccountId } from '../../../platform/ids.ts';
import type { Grant } from './grant.ts';

type Named = Pick<Grant, 'account' | 'keyId' | 'grantId'>;

const FORM = 1;
const CHECK_AT = 55;
const TOKEN_BYTES = CHECK_AT + 4;

export function grantToken({ account, keyId, grantId }: Named): string {
  const bytes = Buffer.alloc(TOKEN_BYTES);
  bytes[0] = FORM;
  bytes.write(keyId.replaceAll('-', ''), 1, 'hex');
  bytes.writeUIntBE(Number(account), 17, 6);
  bytes.write(grantId, 23, 'hex');
  checkOf(bytes).copy(bytes, CHECK_AT);
  return bytes.toString('base64');
}

/** Undefined: no token of ours. */
export function readGrantToken(token: string): Named | undefined {
  const bytes = Buffer.from(token, 'base64');
  if (bytes.length !== TOKEN_BYTES || bytes[0] !== FORM || bytes.toString('base64') !== token) return undefined;
  if (!checkOf(bytes).equals(bytes.subarray(CHECK_AT))) return undefined;
  const hex = bytes.toString('hex', 1, 17);
  return {
    keyId: [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-'),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- twelve digits were written
    account: String(bytes.readUIntBE(17, 6)).padStart(12, '0') as AccountId,
    grantId: bytes.toString('hex', 23, CHECK_AT),
  };
}

/** Throws InvalidGrantTokenException. */
export function requireGrantToken(token: string): Named {
  return readGrantToken(token) ?? fail('InvalidGrantTokenException', 'The grant token is not one that CreateGrant gave out.');
}

function checkOf(bytes: Buffer): Buffer {
  return hash('sha256', bytes.subarray(0, CHECK_AT), 'buffer').subarray(0, TOKEN_BYTES - CHECK_AT);
}
