// Options of one command, read strictly: what is not known is wrong use, with one line that says where the help is.
import { parseArgs } from 'node:util';
import type { ParseArgsOptionsConfig } from 'node:util';
import type { Explained, OptionTable } from '@muster/server/main.ts';
import { UsageError } from './usage-error.ts';

export type Read<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; options: Options; strict: true; allowPositionals: true }>
>;

/** Every command that calls the server has these. */
export const SERVER_OPTIONS = {
  'data-dir': {
    type: 'string',
    value: 'DIR',
    meaning: 'as administrator of the server with this data directory, whatever the environment says',
    group: 'Server and output',
  },
  json: { type: 'boolean', meaning: 'one JSON object a line (docs/command-line.md)', group: 'Server and output' },
} as const satisfies OptionTable;

/** What `findEndpoint` looks at, in its order. */
export const SERVER_ENVIRONMENT: readonly Explained[] = [
  ['AWS_ENDPOINT_URL_SSM, AWS_ENDPOINT_URL', 'the server; eval "$(muster credentials)" sets all that is needed'],
  ['AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY', 'who calls; with AWS_SESSION_TOKEN where there is one'],
  ['AWS_REGION, AWS_DEFAULT_REGION', 'the region'],
  ['AWS_CA_BUNDLE, SSL_CERT_FILE', "PEM of the authority of the server's certificate"],
  ['MUSTER_DATA_DIR', 'for --data-dir, where no endpoint is set; else ./muster-data'],
];
/** Of a command that looks or changes; those that do more add theirs. */
export const SERVER_EXITS: readonly Explained[] = [
  ['0', 'done'],
  ['2', 'wrong use, or the server refused'],
  ['5', 'no answer from the server, or an error of its own'],
];

export function readOptions<const Options extends ParseArgsOptionsConfig>(
  command: string,
  argv: readonly string[],
  options: Options,
): Read<Options> {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/\. |\n/)[0]}; muster ${command} --help`, { cause: error });
  }
}

/** A whole number from `min` on. */
export function readCount(name: string, value: string | undefined, min: number, max: number): number | undefined {
  if (value === undefined) return undefined;
  const count = Number(value);
  if (/^\d+$/.test(value) && count >= min && count <= max) return count;
  throw new UsageError(`--${name} ${JSON.stringify(value)} is no whole number from ${min} to ${max}`);
}
