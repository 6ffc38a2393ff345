// `muster credentials`: what a shell must export so that the AWS CLI, the SDKs and everything built on them talk to this server. Reads
// what the server wrote into its data directory; every value is quoted for a POSIX shell, every path absolute.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { CommandPage, OptionTable } from '@muster/server/main.ts';
import { UsageError } from './usage-error.ts';

const OPTIONS = {
  'data-dir': { type: 'string', value: 'DIR', otherwise: './muster-data', meaning: "the server's, which was started on it once" },
} as const satisfies OptionTable;

export const CREDENTIALS_PAGE: CommandPage = {
  command: 'credentials',
  what: 'export lines that make a shell the administrator of a server on this machine',
  forms: [['muster credentials [OPTION]…', 'prints AWS_ENDPOINT_URL, the keys, the region, and where the certificates are']],
  examples: [
    ['eval "$(muster credentials)"', 'sets them in this shell, for muster, the AWS CLI and the SDKs'],
    ['eval "$(muster credentials --data-dir /var/lib/muster)"', 'of another server'],
  ],
  options: OPTIONS,
  environment: [['MUSTER_DATA_DIR', 'for --data-dir']],
  exits: [
    ['0', 'done'],
    ['2', 'wrong use, or nothing to read: one line says why'],
  ],
};

export interface SavedCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly endpointUrl: string;
}

export function exportLines(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): string {
  const dataDir = resolve(dataDirOption(argv) ?? env['MUSTER_DATA_DIR'] ?? OPTIONS['data-dir'].otherwise);
  const saved = readCredentials(dataDir);
  const authority = join(dataDir, 'tls', 'ca.pem');
  // System roots and ours: OpenSSL replaces its roots by SSL_CERT_FILE, it does not add to them.
  const bundle = join(dataDir, 'tls', 'ca-bundle.pem');
  const ownAuthority = existsSync(authority);
  const variables: readonly (readonly [string, string | undefined])[] = [
    ['AWS_ENDPOINT_URL', saved.endpointUrl],
    ['AWS_CA_BUNDLE', ownAuthority ? authority : undefined],
    ['SSL_CERT_FILE', ownAuthority && existsSync(bundle) ? bundle : undefined],
    ['NODE_EXTRA_CA_CERTS', ownAuthority ? authority : undefined],
    ['AWS_ACCESS_KEY_ID', saved.accessKeyId],
    ['AWS_SECRET_ACCESS_KEY', saved.secretAccessKey],
    ['AWS_REGION', saved.region],
    ['AWS_DEFAULT_REGION', saved.region],
  ];
  return variables.map(([name, value]) => (value === undefined ? '' : `export ${name}=${quoteForShell(value)}\n`)).join('');
}

/** Reads `<dataDir>/credentials`, an AWS credentials file. */
export function readCredentials(dataDir: string): SavedCredentials {
  const file = join(dataDir, 'credentials');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new UsageError(`no credentials in ${dataDir}: start the server on it once, or name another with --data-dir`, {
        cause: error,
      });
    }
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
  const entry = defaultProfile(text);
  const value = (name: string): string => {
    const found = entry.get(name);
    if (found === undefined || found === '') throw new UsageError(`${file} has no ${name}`);
    return found;
  };
  return {
    accessKeyId: value('aws_access_key_id'),
    secretAccessKey: value('aws_secret_access_key'),
    region: value('region'),
    endpointUrl: value('endpoint_url'),
  };
}

function dataDirOption(argv: readonly string[]): string | undefined {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, strict: true }).values['data-dir'];
  } catch (error) {
    throw new UsageError(
      `${(error as Error).message.split('. ')[0]}. Usage: muster credentials [--data-dir DIR]; muster credentials --help`,
      {
        cause: error,
      },
    );
  }
}

function defaultProfile(text: string): Map<string, string> {
  const entries = new Map<string, string>();
  let profile = '';
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[(.+)\]\s*$/.exec(line)?.[1];
    if (section !== undefined) profile = section.trim();
    const pair = /^\s*([a-z_]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (profile === 'default' && pair !== null) entries.set(pair[1] ?? '', pair[2] ?? '');
  }
  return entries;
}

function quoteForShell(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
