// Damage to what somebody has signed: each of these makes another request of a good one, so none may be taken for it. All from one seed.
import type { Random } from './random.ts';

export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
/** What a header may carry, and a parser may trip over. */
const PIECES = [
  '',
  ' ',
  ',',
  ';',
  '=',
  '/',
  '"',
  '%00',
  '../',
  'AWS4-HMAC-SHA256',
  'Credential=',
  'Signature=',
  'a'.repeat(3_000),
  '__proto__',
];
const METHODS = ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];

/** Another text of the same length or nearly. Never the same. */
export function change(random: Random, text: string, alphabet = LETTERS): string {
  const at = random.below(text.length);
  const rest = text.slice(at + 1);
  switch (random.below(4)) {
    case 0:
      return text.slice(0, at) + rest;
    case 1:
      return text.slice(0, at) + random.pick(alphabet.split('')) + text.slice(at);
    default: {
      const other = alphabet.split('').filter((letter) => letter !== text[at]);
      return text.slice(0, at) + random.pick(other) + rest;
    }
  }
}

export function damageSigned(random: Random, request: SignedRequest): SignedRequest {
  const { method, path, headers, body } = request;
  switch (random.below(7)) {
    case 0:
    case 1:
      return { ...request, headers: { ...headers, authorization: damageAuthorization(random, headers['authorization'] ?? '') } };
    case 2: {
      const name = random.pick(Object.keys(headers).filter((one) => one !== 'authorization'));
      const kept = Object.entries(headers).filter(([one]) => one !== name);
      const value = change(random, headers[name] ?? '');
      // An empty value is a missing header to some.
      return { ...request, headers: Object.fromEntries(random.chance(0.3) ? kept : [...kept, [name, value]]) };
    }
    case 3:
      return {
        ...request,
        path: `${path}${path.includes('?') ? '&' : '?'}${random.pick(['a', 'X-Amz-Expires=60', 'Action=ListUsers'])}=1`,
      };
    case 4:
      return { ...request, method: random.pick(METHODS.filter((one) => one !== method)) };
    default:
      return { ...request, body: body === '' ? '{}' : change(random, body, `${LETTERS}{}[]"&=%<>`) };
  }
}

function damageAuthorization(random: Random, authorization: string): string {
  if (random.chance(0.05)) return random.pick(PIECES);
  const parts = /^(\S+ Credential=)(\S+)(, SignedHeaders=)(\S+)(, Signature=)(\S+)$/.exec(authorization);
  if (parts === null) throw new Error('this is no authorization header of ours');
  const [, ...pieces] = parts;
  const at = random.pick([1, 3, 5]);
  const piece = pieces[at] ?? '';
  pieces[at] = random.chance(0.8)
    ? change(random, piece, `${LETTERS}/;-`)
    : piece.slice(0, random.below(piece.length)) + random.pick(PIECES);
  // The cut may have put back what was there.
  return pieces.join('') === authorization ? `${authorization}0` : pieces.join('');
}
