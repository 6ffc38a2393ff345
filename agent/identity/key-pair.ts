// The node's key pairs: RSA 2048, private keys in files of mode 0600. `key.pem` is the key that the server knows; `key.next.pem` exists only
// while a rotation is under way, and then either of the two may be the one that the server knows.
import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findText, syncDirectory, writeDurably } from '../machine/files.ts';

export interface NodeKeys {
  find(which: 'current' | 'next'): KeyObject | undefined;
  /** Makes a key pair and keeps it before anybody hears of it. */
  make(which: 'current' | 'next'): Promise<KeyObject>;
  /** The next key becomes the current one. */
  promote(): void;
  drop(which: 'current' | 'next'): void;
}

export function openNodeKeys(dataDir: string): NodeKeys {
  const path = (which: 'current' | 'next'): string => join(dataDir, which === 'current' ? 'key.pem' : 'key.next.pem');
  return {
    find(which) {
      const pem = findText(path(which));
      return pem === undefined ? undefined : createPrivateKey(pem);
    },
    async make(which) {
      const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
      writeDurably(path(which), privateKey.export({ type: 'pkcs8', format: 'pem' }));
      return privateKey;
    },
    promote() {
      renameSync(path('next'), path('current'));
      syncDirectory(dataDir);
    },
    drop: (which) => rmSync(path(which), { force: true }),
  };
}

/** Base64 of the DER SubjectPublicKeyInfo: 392 characters. */
export function publicKeyText(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64');
}
