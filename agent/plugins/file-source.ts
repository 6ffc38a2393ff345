// A file named by the inputs `source`, `sourceHash` and `sourceHashType`, as aws:applications and aws:psModule have them. Pure.

/** What is wrong with the inputs, for people. */
export class InputError extends Error {}

export interface FileSource {
  readonly source: string;
  /** Undefined: the address is trusted, as it is https. */
  readonly sha256: string | undefined;
  readonly allowInsecure: boolean;
}

/** Throws InputError. */
export function parseFileSource(inputs: Readonly<Record<string, unknown>>): FileSource {
  const source = inputText(inputs, 'source');
  const hash = inputText(inputs, 'sourceHash');
  const hashType = inputText(inputs, 'sourceHashType') || 'sha256';
  if (hash !== '' && hashType.toLowerCase() !== 'sha256')
    throw new InputError(`sourceHashType ${hashType} is not supported: use sha256`);
  if (hash !== '' && !/^[0-9a-fA-F]{64}$/.test(hash)) throw new InputError('sourceHash must be a SHA-256: 64 hexadecimal digits');
  const protocol = URL.parse(source)?.protocol;
  if (protocol !== 'https:' && protocol !== 'http:') throw new InputError('source must be an http or https address');
  if (protocol === 'http:' && hash === '') throw new InputError('source is plain http: give its sourceHash, or use https');
  return { source, sha256: hash === '' ? undefined : hash.toLowerCase(), allowInsecure: protocol === 'http:' };
}

/** Trimmed; empty where it is not given. Throws InputError. */
export function inputText(inputs: Readonly<Record<string, unknown>>, key: string): string {
  const value = inputs[key];
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new InputError(`${key} must be text`);
  return value.trim();
}
