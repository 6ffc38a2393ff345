// The inputs of aws:downloadContent as a source that can be fetched, or a sentence why not. Pure. Names and forms are AWS's; what this
// agent cannot do yet is refused by name, never ignored: a private key that is not used would fetch something else.
import { parseDocumentReference } from './content-access.ts';
import type { DocumentReference } from './content-access.ts';

export type ContentSource =
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly basic: { readonly username: string; readonly password: string } | undefined;
      readonly allowInsecure: boolean;
      /** Lower-case hex of what must come; undefined: nobody said. */
      readonly sha256: string | undefined;
    }
  | {
      readonly kind: 'git';
      readonly repository: string;
      readonly checkout: Checkout;
      /** Of the repository; empty: all of it. */
      readonly path: string;
      readonly skipHostKeyChecking: boolean;
    }
  | { readonly kind: 'document'; readonly reference: DocumentReference };

export type Checkout = { readonly branch: string } | { readonly commitId: string } | Record<string, never>;

/** What is wrong with the inputs, for people. */
export class SourceError extends Error {}

type Info = Readonly<Record<string, unknown>>;

export function parseSource(sourceType: unknown, sourceInfo: unknown): ContentSource {
  if (sourceType === undefined || sourceType === '') throw new SourceError('invalid input: SourceType must be specified');
  const info = parseInfo(sourceType, sourceInfo);
  switch (sourceType) {
    case 'HTTP':
      return parseHttp(info);
    case 'Git':
      return parseGit(info);
    case 'GitHub':
      return parseGitHub(info);
    case 'SSMDocument':
      return parseDocument(info);
    case 'S3':
      throw new SourceError(
        'sourceType S3 is not supported yet: there is no object store. Use HTTP, Git, GitHub or SSMDocument.',
      );
    default:
      throw new SourceError(`invalid input: Unsupported source type ${shown(sourceType)}`);
  }
}

/** Where it goes: relative paths lie below `downloads`. The trailing slash, which means a directory, is kept. */
export function parseDestination(destinationPath: unknown, downloads: string): string {
  const given = destinationPath ?? '';
  if (typeof given !== 'string' || given.includes('\0')) throw new SourceError('invalid input: destinationPath must be a path');
  if (given.split(/[/\\]/).includes('..')) throw new SourceError(`destinationPath must not contain '..': ${given}`);
  return /^(?:\/|[A-Za-z]:[/\\])/.test(given) ? given : `${downloads}/${given}`;
}

function parseInfo(sourceType: unknown, sourceInfo: unknown): Info {
  if (sourceInfo === undefined || sourceInfo === '') throw new SourceError('invalid input: SourceInfo must be specified');
  let value = sourceInfo;
  if (typeof sourceInfo === 'string') {
    try {
      value = JSON.parse(sourceInfo);
    } catch (error) {
      const why = error instanceof Error ? error.message : '';
      throw new SourceError(`SourceInfo could not be unmarshalled for source type ${shown(sourceType)}: ${why}`);
    }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SourceError(`SourceInfo could not be unmarshalled for source type ${shown(sourceType)}: it is no JSON object`);
  }
  return value as Info;
}

function parseHttp(info: Info): ContentSource {
  const url = URL.parse(text(info, 'url'));
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new SourceError('Invalid URL format: url must be http or https');
  const allowInsecure = flag(info, 'allowInsecureDownload');
  if (url.protocol === 'http:' && !allowInsecure) {
    throw new SourceError(
      'Non secure URL provided and insecure download is not allowed: use https, or set allowInsecureDownload to true',
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new SourceError('url must not contain credentials: use authMethod Basic with username and password');
  }
  const sha256 = parseDigest(text(info, 'sha256'));
  const authMethod = text(info, 'authMethod') || 'None';
  if (authMethod === 'None') return { kind: 'http', url: url.href, basic: undefined, allowInsecure, sha256 };
  if (authMethod !== 'Basic') throw new SourceError(`authMethod ${authMethod} is not supported: use None or Basic`);
  const basic = { username: text(info, 'username'), password: text(info, 'password') };
  return { kind: 'http', url: url.href, basic, allowInsecure, sha256 };
}

/** Ours: AWS has no checksum for a source, and its agent reads over the member. */
function parseDigest(given: string): string | undefined {
  if (given === '') return undefined;
  if (!/^[0-9a-f]{64}$/i.test(given)) throw new SourceError('sha256 must be 64 hexadecimal digits');
  return given.toLowerCase();
}

function parseGit(info: Info): ContentSource {
  refuseGiven(info, ['privateSSHKey', 'username', 'password'], 'Git');
  const repository = text(info, 'repository');
  if (!isRepository(repository)) {
    throw new SourceError(
      'repository must be an https:// or ssh:// address without a password, user@host:path, or an absolute path',
    );
  }
  const skipHostKeyChecking = flag(info, 'skipHostKeyChecking');
  return { kind: 'git', repository, checkout: parseGetOptions(text(info, 'getOptions')), path: '', skipHostKeyChecking };
}

function parseGitHub(info: Info): ContentSource {
  refuseGiven(info, ['tokenInfo'], 'GitHub');
  for (const key of ['owner', 'repository']) {
    const value = text(info, key);
    const title = key === 'owner' ? 'Owner' : 'Repository';
    if (value === '') throw new SourceError(`${title} for GitHub SourceType must be specified`);
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/.test(value)) throw new SourceError(`${title} for GitHub SourceType is invalid`);
  }
  const path = text(info, 'path').replace(/^\/+/, '');
  if (path.split(/[/\\]/).includes('..') || path.includes('\0')) throw new SourceError("path must not contain '..'");
  const repository = `https://github.com/${text(info, 'owner')}/${text(info, 'repository')}.git`;
  return { kind: 'git', repository, checkout: parseGetOptions(text(info, 'getOptions')), path, skipHostKeyChecking: false };
}

function parseDocument(info: Info): ContentSource {
  const reference = parseDocumentReference(text(info, 'name'));
  if (reference === undefined) throw new SourceError('SSM Document name must be specified: a name, name:version, or an ARN');
  return { kind: 'document', reference };
}

function isRepository(text: string): boolean {
  if (/[\s\0]/.test(text) && !text.startsWith('/')) return false;
  if (/^(?:\/|[A-Za-z]:[/\\])/.test(text)) return !text.includes('\0');
  if (/^[A-Za-z0-9_.-]+@[A-Za-z0-9][A-Za-z0-9.-]*:[^:]/.test(text)) return true;
  const url = URL.parse(text);
  return (
    url !== null && ['https:', 'ssh:', 'file:'].includes(url.protocol) && url.password === '' && !url.hostname.startsWith('-')
  );
}

function parseGetOptions(given: string): Checkout {
  if (given === '') return {};
  const match = /^(branch|commitID)\s*:\s*([A-Za-z0-9_][A-Za-z0-9_./@+-]{0,250})$/.exec(given);
  const [, kind, value = ''] = match ?? [];
  if (kind === 'branch' && !value.includes('..')) return { branch: value };
  if (kind === 'commitID' && /^[0-9a-fA-F]{7,64}$/.test(value)) return { commitId: value };
  throw new SourceError("getOptions must be 'branch:<name>' or 'commitID:<hash>'");
}

function refuseGiven(info: Info, keys: readonly string[], sourceType: string): void {
  const key = keys.find((one) => text(info, one) !== '');
  if (key === undefined) return;
  throw new SourceError(
    `${key} is not supported for source type ${sourceType} by this version of the agent: let git on the node hold the credentials`,
  );
}

function text(info: Info, key: string): string {
  const value = Object.hasOwn(info, key) ? info[key] : undefined;
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new SourceError(`${key} must be text`);
  return value.trim();
}

/** Also as text: the parameters of a command have no other form in a map. */
function flag(info: Info, key: string): boolean {
  const value = Object.hasOwn(info, key) ? info[key] : undefined;
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
