// What the options say (options.ts) -> one frozen Config; what is secret stands apart and is never logged.
import { resolve } from 'node:path';
import { OPTIONS, readOptions, VAULT_OPTIONS } from './options.ts';
import type { OptionName, Value } from './options.ts';
import type { AccountId, Region } from './platform/ids.ts';
import type { VaultOptions } from './platform/seal/index.ts';
import type { LogLevel } from './platform/telemetry/index.ts';
import { UsageError } from './usage-error.ts';

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly account: AccountId;
  /** The first is the default. */
  readonly regions: readonly Region[];
  /** What links given to others contain, without a trailing slash. */
  readonly publicUrl: string;
  /** Where programs on this machine reach the listener. */
  readonly localUrl: string;
  readonly tls: boolean;
  readonly tlsNames: readonly string[];
  /** The operator's own certificate: both, or none. */
  readonly tlsCertificate: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly masterKeyFile: string | undefined;
  /** Who wraps the master key, where it does not lie here in the clear. */
  readonly vault: VaultOptions | undefined;
  readonly localNode: boolean;
  readonly insecureDevAuth: boolean;
  readonly slowStart: boolean;
  /** How long finished commands are kept; 0: for ever. */
  readonly commandRetentionDays: number;
  readonly parameterLimits: ParameterLimits;
  readonly logLevel: LogLevel;
  readonly audit: {
    readonly retentionDays: number;
    /** Of the records' text. */
    readonly bytesMax: number;
    /** Bucket name -> absolute path. */
    readonly trailFolders: ReadonlyMap<string, string>;
    /** Name of a log group -> absolute path. */
    readonly trailLogGroups: ReadonlyMap<string, string>;
    readonly trailIntervalSeconds: number;
  };
}

/** As AWS counts, in each account and region. What is not said is not limited. */
export interface ParameterLimits {
  /** Parameters of a tier. */
  readonly counts: { readonly Standard?: number; readonly Advanced?: number };
  /** Calls a second, without and with high throughput. */
  readonly rates: { readonly standard: number; readonly high: number } | undefined;
}

export interface Secrets {
  /** Holds a password, as a rule. */
  readonly databaseUrl: string | undefined;
  /** 64 hex digits, from MUSTER_MASTER_KEY only. */
  readonly masterKey: string | undefined;
}

/** Options that have a value in any case. */
type Defaulted = { [Name in OptionName]: (typeof OPTIONS)[Name] extends { otherwise: string } ? Name : never }[OptionName];
type Counted = 'audit-retention-days' | 'audit-max-bytes' | 'trail-interval-seconds';

export function readConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  defaults: { readonly localNode: boolean },
): { config: Config; secrets: Secrets } {
  const option = readOptions(defaults.localNode ? 'start' : 'server', argv, env);
  const valueOf = (name: Defaulted): string => text(option(name)) ?? OPTIONS[name].otherwise;
  const countOf = (name: Counted): number => parseCount(name, valueOf(name));
  if (option('nats-url') !== undefined)
    throw new UsageError('--nats-url: clusters are not supported yet; run one server, with or without --database-url.');
  const { host, port } = parseListen(valueOf('listen'));
  const tls = option('no-tls') !== true;
  const insecureDevAuth = option('insecure-dev-auth') === true;
  if (!tls && !isLoopback(host)) throw new UsageError(`--no-tls works on loopback only, not on ${host}.`);
  if (insecureDevAuth && !isLoopback(host)) throw new UsageError(`--insecure-dev-auth works on loopback only, not on ${host}.`);
  const localUrl = `${tls ? 'https' : 'http'}://${localHost(host)}:${port}`;
  const config: Config = Object.freeze({
    host,
    port,
    dataDir: resolve(valueOf('data-dir')),
    account: parseAccount(valueOf('account')),
    regions: Object.freeze(parseRegions(list(option('region')) ?? [OPTIONS.region.otherwise])),
    publicUrl: parsePublicUrl(text(option('public-url')) ?? localUrl),
    localUrl,
    tls,
    tlsNames: Object.freeze([...(list(option('tls-name')) ?? [])]),
    tlsCertificate: parseCertificate(text(option('tls-cert-file')), text(option('tls-key-file'))),
    masterKeyFile: text(option('master-key-file')),
    vault: readVault((name) => text(option(name))),
    localNode: defaults.localNode && option('no-local-node') !== true,
    insecureDevAuth,
    slowStart: option('slow-start') === true,
    commandRetentionDays: parseDays('command-retention-days', valueOf('command-retention-days')),
    parameterLimits: parseParameterLimits(valueOf('parameter-limits')),
    logLevel: parseLogLevel(valueOf('log-level')),
    audit: Object.freeze({
      retentionDays: countOf('audit-retention-days'),
      bytesMax: countOf('audit-max-bytes'),
      trailFolders: parseTrailFolders('trail-folder', list(option('trail-folder')) ?? [], BUCKET),
      trailLogGroups: parseTrailFolders('trail-log-group', list(option('trail-log-group')) ?? [], LOG_GROUP),
      trailIntervalSeconds: countOf('trail-interval-seconds'),
    }),
  });
  return {
    config,
    secrets: { databaseUrl: parseDatabaseUrl(text(option('database-url'))), masterKey: env['MUSTER_MASTER_KEY'] },
  };
}

function text(value: Value): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function list(value: Value): readonly string[] | undefined {
  return Array.isArray(value) && value.length > 0 ? (value as readonly string[]) : undefined;
}

function parseListen(value: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(value);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port > 65_535) throw new UsageError(`--listen ${value}: not HOST:PORT, such as 127.0.0.1:8443.`);
  return { host, port };
}

/** A listener on every address is reached on loopback. */
function localHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function parseAccount(value: string): AccountId {
  if (!/^\d{12}$/.test(value)) throw new UsageError(`--account ${value}: not twelve digits.`);
  return value as AccountId;
}

function parseRegions(values: readonly string[]): Region[] {
  for (const value of values)
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(value))
      throw new UsageError(`--region ${value}: use lower-case letters, digits and hyphens.`);
  return [...new Set(values)] as Region[];
}

function parsePublicUrl(value: string): string {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
    throw new UsageError(`--public-url ${value}: not an http(s) URL.`);
  return value.replace(/\/+$/, '');
}

/** The value may hold a password: it is never repeated. */
function parseDatabaseUrl(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (!URL.canParse(value) || !/^postgres(?:ql)?:$/.test(new URL(value).protocol)) {
    throw new UsageError(
      '--database-url: not a URL such as postgres://USER:PASSWORD@HOST:5432/DATABASE (percent-encode special characters in it).',
    );
  }
  return value;
}

function parseCertificate(certFile: string | undefined, keyFile: string | undefined): Config['tlsCertificate'] {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) throw new UsageError('--tls-cert-file and --tls-key-file go together.');
  return { certFile: resolve(certFile), keyFile: resolve(keyFile) };
}

function parseDays(name: 'command-retention-days', value: string): number {
  const [, most] = OPTIONS[name].range;
  if (!/^\d{1,4}$/.test(value) || Number(value) > most)
    throw new UsageError(`--${name} ${value}: use a number of days from 0 (for ever) to ${most}.`);
  return Number(value);
}

/** Undefined: the master key lies here, in a file or in the environment. */
export function readVault(option: (name: keyof typeof VAULT_OPTIONS) => string | undefined): VaultOptions | undefined {
  const address = option('vault-address');
  const tokenFile = option('vault-token-file');
  if (address === undefined && tokenFile === undefined) return undefined;
  if (address === undefined || tokenFile === undefined)
    throw new UsageError('--vault-address and --vault-token-file go together.');
  const url = URL.canParse(address) ? new URL(address) : undefined;
  // The answer to the server's question is the master key itself.
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (!isSafe) throw new UsageError(`--vault-address ${address}: not an https URL (http works on loopback only).`);
  const caFile = option('vault-ca-file');
  const key = option('vault-key') ?? VAULT_OPTIONS['vault-key'].otherwise;
  const mount = option('vault-mount') ?? VAULT_OPTIONS['vault-mount'].otherwise;
  for (const name of [key, mount])
    if (!/^[\w.-]+(?:\/[\w.-]+)*$/.test(name)) throw new UsageError(`'${name}' is no name of a key or mount of Vault.`);
  return { address, key, mount, tokenFile: resolve(tokenFile), caFile: caFile === undefined ? undefined : resolve(caFile) };
}

function parseLogLevel(value: string): LogLevel {
  if (value === 'debug' || value === 'info' || value === 'warn' || value === 'error') return value;
  throw new UsageError(`--log-level ${value}: use debug, info, warn or error.`);
}

function parseCount(name: Counted, value: string): number {
  const [min, max] = OPTIONS[name].range;
  const count = Number(value);
  if (!/^\d+$/.test(value) || count < min || count > max)
    throw new UsageError(`--${name} ${value}: use a whole number from ${min} to ${max}.`);
  return count;
}

interface NamedFolder {
  readonly pattern: RegExp;
  readonly hint: string;
}

/** Names as S3 and CloudWatch Logs allow them. */
const BUCKET: NamedFolder = {
  pattern: /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])=(.+)$/,
  hint: 'audit-logs=/var/log/muster (lower-case letters, digits, hyphens)',
};
const LOG_GROUP: NamedFolder = {
  pattern: /^([\w./#-]{1,512})=(.+)$/,
  hint: '/muster/audit=/var/log/muster (letters, digits, ._/#-)',
};

/** Each name once. */
function parseTrailFolders(
  option: string,
  values: readonly string[],
  { pattern, hint }: NamedFolder,
): ReadonlyMap<string, string> {
  const folders = new Map<string, string>();
  for (const value of values) {
    const [, name, path] = pattern.exec(value) ?? [];
    if (name === undefined || path === undefined) throw new UsageError(`--${option} ${value}: not NAME=PATH, such as ${hint}.`);
    if (folders.has(name)) throw new UsageError(`--${option} ${name} is given twice.`);
    folders.set(name, resolve(path));
  }
  return folders;
}

const AWS_PARAMETER_LIMITS = 'standard=10000,advanced=100000,rate=40,high-rate=10000';
/** High throughput multiplies AWS's rate by so much. */
const HIGH_RATE_FACTOR = 250;

function parseParameterLimits(value: string): ParameterLimits {
  if (value === 'none') return { counts: {}, rates: undefined };
  const limits = new Map<string, number>();
  for (const one of (value === 'aws' ? AWS_PARAMETER_LIMITS : value).split(',')) {
    const [, name, number] = /^(standard|advanced|rate|high-rate)=([1-9][0-9]{0,8})$/.exec(one) ?? [];
    if (name === undefined || limits.has(name))
      throw new UsageError(`--parameter-limits ${value}: use none, aws, or a list such as ${AWS_PARAMETER_LIMITS}.`);
    limits.set(name, Number(number));
  }
  const [standard, advanced, rate] = [limits.get('standard'), limits.get('advanced'), limits.get('rate')];
  const high = limits.get('high-rate') ?? (rate ?? 0) * HIGH_RATE_FACTOR;
  if (limits.has('high-rate') && high < (rate ?? Infinity))
    throw new UsageError(`--parameter-limits ${value}: high-rate goes with a rate that is not more.`);
  return {
    counts: {
      ...(standard === undefined ? {} : { Standard: standard }),
      ...(advanced === undefined ? {} : { Advanced: advanced }),
    },
    rates: rate === undefined ? undefined : { standard: rate, high },
  };
}
