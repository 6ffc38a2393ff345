// The keys that sign digest files: RSA, one for an account at a time, renewed each year. Their private halves lie sealed; their public halves stay for
// ever, since what they signed does.
import { createPrivateKey, generateKeyPair, hash, sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { AccountId, Region } from '../../../platform/ids.ts';
import type { Seal, SealedColumn } from '../../../platform/seal/index.ts';
import type { Database } from '../../../platform/store/index.ts';
import type { DigestKeyRow } from '../tables.ts';
import { addDigestKey, newestDigestKey } from './digest-store.ts';

export interface DigestSigner {
  readonly fingerprint: string;
  /** Hexadecimal, as digests carry it. */
  sign(text: string): string;
}

/** As AWS's. */
const MODULUS_BITS = 2048;
const KEY_DAYS = 365;
const DAY_MS = 86_400_000;
const GLOBAL = '-' as Region;
const generate = promisify(generateKeyPair);

/** The key that signs a digest which begins at `at`; made where there is none yet. Listed keys have to cover what they signed. */
export async function digestSigner(
  { database, seal }: { readonly database: Database; readonly seal: Pick<Seal, 'seal' | 'unseal'> },
  account: AccountId,
  at: number,
): Promise<DigestSigner> {
  const current = await database.read((tx) => newestDigestKey(tx, account, at));
  const row = current ?? (await database.write('audit.digest-key', addedKey(seal, account, at, await makeKey())));
  const privateKey = createPrivateKey({
    key: seal.unseal(row.sealed_private_key, sealContext(row)),
    format: 'der',
    type: 'pkcs8',
  });
  return {
    fingerprint: row.fingerprint,
    sign: (text) => sign('RSA-SHA256', Buffer.from(text), privateKey).toString('hex'),
  };
}

interface MadeKey {
  readonly publicKey: Buffer;
  readonly privateKey: Buffer;
}

async function makeKey(): Promise<MadeKey> {
  return generate('rsa', {
    modulusLength: MODULUS_BITS,
    publicKeyEncoding: { type: 'pkcs1', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
}

function addedKey(seal: Pick<Seal, 'seal'>, account: AccountId, at: number, made: MadeKey) {
  const named = { account, fingerprint: hash('md5', made.publicKey) };
  const row: DigestKeyRow = {
    ...named,
    region: GLOBAL,
    public_key: made.publicKey.toString('base64'),
    sealed_private_key: seal.seal(made.privateKey, sealContext(named)),
    created_at: at,
    expires_at: at + KEY_DAYS * DAY_MS,
  };
  return async (tx: Parameters<typeof addDigestKey>[0]): Promise<DigestKeyRow> => {
    // Two trails may have come to it at once: the first key holds.
    const other = await newestDigestKey(tx, account, at);
    if (other !== undefined) return other;
    await addDigestKey(tx, row);
    return row;
  };
}

/** For rotations of the master key. */
export const sealedDigestKeys: SealedColumn = {
  table: 'audit_digest_key',
  key: ['account', 'region', 'fingerprint'],
  column: 'sealed_private_key',
  context: (row) => sealContext({ account: String(row['account']), fingerprint: String(row['fingerprint']) }),
};

function sealContext({ account, fingerprint }: { readonly account: string; readonly fingerprint: string }): string {
  return `audit/digest-key/${account}/${fingerprint}`;
}
