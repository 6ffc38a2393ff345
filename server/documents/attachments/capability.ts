// URLs that carry their own permission: agents fetch attachments unsigned, and an upload is a plain PUT. A capability is an HMAC over the
// method, the path, the facts in the query and until when it holds; whoever changes a character of it has none. Pure.
import { createHmac, timingSafeEqual } from 'node:crypto';

export type Facts<Name extends string = string> = Readonly<Record<Name, string>>;

export interface Capabilities {
  /** On the public URL. `facts` go into the query in the order of their names; no value needs escaping. */
  sign(method: 'GET' | 'PUT', path: string, facts: Facts, expiresAt: Date): string;
  /** The facts that were signed, in exchange for the very URL. */
  check<Name extends string>(
    method: 'GET' | 'PUT',
    path: string,
    query: URLSearchParams,
    names: readonly Name[],
    now: Date,
  ): Facts<Name> | 'forged' | 'expired';
}

/** Seconds since the epoch, until the year 5138. */
const EXPIRES = /^[0-9]{1,11}$/;
const SIGNATURE_BYTES = 32;

/** `key`: secret, the same on every replica. */
export function createCapabilities(key: Buffer, publicUrl: string): Capabilities {
  // A JSON list has one reading: no part can run over into the next.
  const mac = (method: string, path: string, facts: Facts, expires: string): Buffer => {
    const sorted = Object.entries(facts).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return createHmac('sha256', key)
      .update(JSON.stringify([method, path, sorted, expires]))
      .digest();
  };
  return {
    sign(method, path, facts, expiresAt) {
      const expires = String(Math.floor(expiresAt.getTime() / 1000));
      const signature = mac(method, path, facts, expires).toString('base64url');
      return `${publicUrl}${path}?${new URLSearchParams({ ...facts, expires, signature }).toString()}`;
    },
    check(method, path, query, names, now) {
      const expires = query.get('expires') ?? '';
      const signature = Buffer.from(query.get('signature') ?? '', 'base64url');
      const facts = Object.fromEntries(names.map((name) => [name, query.get(name) ?? ''])) as Facts<(typeof names)[number]>;
      if (!EXPIRES.test(expires) || signature.length !== SIGNATURE_BYTES) return 'forged';
      if (!timingSafeEqual(signature, mac(method, path, facts, expires))) return 'forged';
      return Number(expires) * 1000 > now.getTime() ? facts : 'expired';
    },
  };
}
