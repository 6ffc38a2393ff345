// Reads what a request says about its own signature, from the Authorization header or from a presigned query. Strict and bounded: what
// is not exactly of the form is refused here, so that everything behind it works on checked values.
import { decodeComponent } from './encoding.ts';
import { hashedHeader, incomplete } from './refusals.ts';

export const ALGORITHM = 'AWS4-HMAC-SHA256';

export interface SignedHeaders {
  readonly names: readonly string[];
  /** How the line of each begins in the canonical request, and what stands between the last one and the body's hash. */
  readonly lines: readonly { readonly name: string; readonly start: string }[];
  readonly end: string;
}

export interface SignatureClaim {
  /** As it was given, all five parts: what a signing key is for. */
  readonly credential: string;
  readonly accessKeyId: string;
  /** `date/region/service/terminator` as it enters the string to sign. */
  readonly scope: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
  readonly signedHeaders: SignedHeaders;
  readonly signature: string;
  /** `20261120T152435Z`. */
  readonly timestamp: string;
  readonly signedAt: Date;
  /** Of a presigned request that says so. */
  readonly expiresSeconds: number | undefined;
  readonly sessionToken: string | undefined;
}

/** Far above what any client signs. */
const SIGNED_HEADERS_MAX = 64;
/** An RSA signature of 8192 bits takes 1,368 characters. */
const HEADER_LENGTH_MAX = 4_096;
const SESSION_TOKEN_LENGTH_MAX = 4_096;
/** AWS: one week. */
const EXPIRES_SECONDS_MAX = 604_800;

/** SigV4: 32 bytes in lower-case hex. */
export const HEX_SIGNATURE = /^[0-9a-f]{64}$/;
/** RSA: standard base64; greedy to the end of the header, because base64 holds `/`, `+` and `=`. */
export const BASE64_SIGNATURE = /^[A-Za-z0-9+/]{64,1368}={0,2}$/;

export function claimOfHeader(headers: ReadonlyMap<string, string>, signaturePattern: RegExp): SignatureClaim {
  const value = headers.get('authorization') ?? '';
  if (value.length > HEADER_LENGTH_MAX) throw incomplete('Authorization header is too long.');
  const space = value.indexOf(' ');
  const algorithm = space === -1 ? value : value.slice(0, space);
  if (algorithm !== ALGORITHM) throw incomplete(`Unsupported AWS 'algorithm': '${algorithm.slice(0, 64)}'.`);

  const { credential, signedHeaders, signature } = parametersOf(value, space + 1);
  const timestamp = timestampOfHeaders(headers);
  if (!credential || !signedHeaders || !signature || timestamp === undefined) {
    const lacking = Object.entries({ Credential: credential, Signature: signature, SignedHeaders: signedHeaders }).filter(
      ([, given]) => !given,
    );
    const complaints = lacking.map(([name]) => `Authorization header requires '${name}' parameter.`);
    if (timestamp === undefined)
      complaints.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
    throw incomplete(`${complaints.join(' ')} ${hashedHeader(value)}`);
  }
  return {
    ...credentialOf(credential),
    ...timeOf(timestamp),
    signedHeaders: signedHeadersOf(signedHeaders),
    signature: signatureOf(signature, signaturePattern),
    expiresSeconds: undefined,
    sessionToken: tokenOf(headers.get('x-amz-security-token')),
  };
}

interface HeaderParameters {
  credential: string | undefined;
  signedHeaders: string | undefined;
  signature: string | undefined;
}

const FIELD_OF: ReadonlyMap<string, keyof HeaderParameters> = new Map([
  ['Credential', 'credential'],
  ['SignedHeaders', 'signedHeaders'],
  ['Signature', 'signature'],
]);

/** `Name=value, Name=value` from a place on. Names that nobody asks for are read over, but none may come twice. */
function parametersOf(value: string, from: number): HeaderParameters {
  const parameters: HeaderParameters = { credential: undefined, signedHeaders: undefined, signature: undefined };
  let others: Set<string> | undefined;
  for (let at = from; at <= value.length;) {
    const comma = value.indexOf(',', at);
    const end = comma === -1 ? value.length : comma;
    const equals = value.indexOf('=', at);
    const name = value.slice(at, equals).trim();
    const field = FIELD_OF.get(name);
    const isTwice = field === undefined ? others?.has(name) === true : parameters[field] !== undefined;
    if (equals === -1 || equals >= end || isTwice)
      throw incomplete(`Invalid key=value pair (missing equal-sign) in Authorization header. ${hashedHeader(value)}`);
    if (field === undefined) (others ??= new Set()).add(name);
    else parameters[field] = value.slice(equals + 1, end).trim();
    at = end + 1;
  }
  return parameters;
}

export function claimOfQuery(rawQuery: string): SignatureClaim {
  const parameters = new Map<string, string>();
  for (const part of rawQuery.split('&')) {
    const equals = part.indexOf('=');
    const name = decodeComponent(equals === -1 ? part : part.slice(0, equals), 'query');
    if (!name.startsWith('X-Amz-')) continue;
    if (parameters.has(name)) throw incomplete(`AWS query-string parameter '${name.slice(0, 64)}' is given twice.`);
    parameters.set(name, equals === -1 ? '' : decodeComponent(part.slice(equals + 1), 'query'));
  }
  const need = (name: string): string => {
    const value = parameters.get(name);
    if (!value) throw incomplete(`AWS query-string parameters must include '${name}'. Re-examine the query-string parameters.`);
    return value;
  };
  const algorithm = need('X-Amz-Algorithm');
  if (algorithm !== ALGORITHM) throw incomplete(`Unsupported AWS 'algorithm': '${algorithm.slice(0, 64)}'.`);
  return {
    ...credentialOf(need('X-Amz-Credential')),
    ...timeOf(need('X-Amz-Date')),
    signedHeaders: signedHeadersOf(need('X-Amz-SignedHeaders')),
    signature: signatureOf(need('X-Amz-Signature'), HEX_SIGNATURE),
    expiresSeconds: expiresOf(parameters.get('X-Amz-Expires')),
    sessionToken: tokenOf(parameters.get('X-Amz-Security-Token')),
  };
}

/**
 * What was read lately, by its text: callers send the same credential and the same list of headers all day, the same time all second. Only what was
 * found well-formed is kept.
 */
function remembering<Value>(read: (text: string) => Value): (text: string) => Value {
  const known = new Map<string, Value>();
  return (text) => {
    const old = known.get(text);
    if (old !== undefined) return old;
    const value = read(text);
    if (known.size >= REMEMBERED_MAX) known.clear();
    known.set(text, value);
    return value;
  };
}

/** About 500 bytes each. A stranger who fills it costs the others a parse. */
const REMEMBERED_MAX = 1_000;

type CredentialClaim = Pick<
  SignatureClaim,
  'credential' | 'accessKeyId' | 'scope' | 'date' | 'region' | 'service' | 'terminator'
>;

const credentialOf = remembering((credential): CredentialClaim => {
  const parts = credential.split('/');
  const [accessKeyId, date, region, service, terminator] = parts;
  if (parts.length !== 5 || !accessKeyId || !date || !region || !service || !terminator || !/^[\w./-]{1,320}$/.test(credential)) {
    throw incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential.slice(0, 128)}'`,
    );
  }
  return { credential, accessKeyId, date, region, service, terminator, scope: `${date}/${region}/${service}/${terminator}` };
});

const signedHeadersOf = remembering((text): SignedHeaders => {
  const names = text.split(';');
  const wellFormed = names.length <= SIGNED_HEADERS_MAX && names.every((name) => /^[!#$%&'*+.^_`|~0-9a-z-]{1,128}$/.test(name));
  if (!wellFormed || new Set(names).size !== names.length)
    throw incomplete("'SignedHeaders' is not a list of lower-case header names.");
  return { names, lines: names.map((name) => ({ name, start: `\n${name}:` })), end: `\n\n${text}\n` };
});

function signatureOf(text: string, pattern: RegExp): string {
  // A signature of another form can match nothing; which form it has is no secret.
  if (!pattern.test(text)) throw incomplete("'Signature' is not of the form that the signing method makes.");
  return text;
}

function tokenOf(token: string | undefined): string | undefined {
  if (token === undefined || token === '') return undefined;
  // A longer one is not ours; cut, it stays foreign.
  return token.slice(0, SESSION_TOKEN_LENGTH_MAX);
}

function expiresOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,7}$/.test(text) || Number(text) < 1) throw incomplete('X-Amz-Expires must be a positive number of seconds.');
  if (Number(text) > EXPIRES_SECONDS_MAX) {
    throw incomplete(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${EXPIRES_SECONDS_MAX} seconds`,
    );
  }
  return Number(text);
}

/** `X-Amz-Date` wins over `Date`, which old clients send in HTTP's own form. */
function timestampOfHeaders(headers: ReadonlyMap<string, string>): string | undefined {
  const amzDate = headers.get('x-amz-date');
  if (amzDate !== undefined) return amzDate;
  const date = headers.get('date');
  if (date === undefined) return undefined;
  const at = Date.parse(date);
  return Number.isNaN(at) ? date : timestampText(at);
}

const timeOf = remembering((timestamp): Pick<SignatureClaim, 'timestamp' | 'signedAt'> => {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp);
  const [year, month, day, hour, minute, second] = match === null ? [] : match.slice(1).map(Number);
  const at = new Date(match === null ? NaN : Date.UTC(year!, month! - 1, day, hour, minute, second));
  // A date such as the 31st of February would be carried over into March, an hour 24 into the next day.
  const carried =
    at.getUTCMonth() + 1 !== month || at.getUTCDate() !== day || at.getUTCHours() !== hour || at.getUTCMinutes() !== minute;
  if (match === null || carried || at.getUTCFullYear() !== year) {
    throw incomplete(
      `Date must be in ISO-8601 'basic format'. Got '${timestamp.slice(0, 64)}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    );
  }
  return { timestamp, signedAt: at };
});

/** `20261120T152435Z`. */
export function timestampText(atMs: number): string {
  return new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, '');
}
