// `muster audit`: verifies the chain of what was recorded, exports a signed stretch of it, and checks such a file without the server.
import { createReadStream, createWriteStream, existsSync, readFileSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import type { CommandPage, OptionTable } from '@muster/server/main.ts';
import { awsClient } from '../aws-client.ts';
import type { AwsClient } from '../aws-client.ts';
import type { Host } from '../host.ts';
import { readOptions, SERVER_ENVIRONMENT, SERVER_EXITS, SERVER_OPTIONS } from '../options.ts';
import type { Read } from '../options.ts';
import { EXIT } from '../run-command/outcome.ts';
import { type ServerSession, withServer } from '../server-session.ts';
import { plainName } from '../terminal/untrusted-text.ts';
import { UsageError } from '../usage-error.ts';
import { checkExport, type ExportCheck } from './chain.ts';

const OPTIONS = {
  expect: {
    type: 'string',
    value: 'NUMBER:HASH',
    meaning: 'of verify: the chain must also run through this place, as an earlier verify printed it',
  },
  from: {
    type: 'string',
    value: 'TIME',
    meaning: 'of export: the first moment, in ISO 8601: 2026-11-01 or 2026-11-01T08:00:00Z',
  },
  to: { type: 'string', value: 'TIME', meaning: 'of export: the end' },
  file: {
    type: 'string',
    value: 'FILE',
    meaning: 'of export: what is written, and is not there yet; of verify: what is checked',
  },
  'public-key': {
    type: 'string',
    value: 'FILE',
    meaning: 'of verify --file: the key as muster audit key printed it; unless given, the one in the file',
  },
  region: { type: 'string', value: 'R', meaning: 'instead of the region that the connection names' },
  ...SERVER_OPTIONS,
  json: { ...SERVER_OPTIONS.json, meaning: 'one JSON object' },
} as const satisfies OptionTable;

export const AUDIT_PAGE: CommandPage = {
  command: 'audit',
  what: 'what was done by whom, proven',
  forms: [
    ['muster audit verify', 'every record against the signed chain: was one changed, removed, exchanged or cut off'],
    ['muster audit export', 'the records of a time with their hashes, signed; JSON, one object a line'],
    ['muster audit verify --file FILE', 'checks such a file without the server'],
    ['muster audit key', 'the public key, to be kept elsewhere'],
  ],
  examples: [
    ['muster audit verify && echo sound', ''],
    ['muster audit export --from 2026-11-01 --to 2026-12-01 --file november.jsonl', ''],
    ['muster audit verify --file november.jsonl --public-key key.pem', ''],
  ],
  options: OPTIONS,
  environment: SERVER_ENVIRONMENT,
  exits: [...SERVER_EXITS.slice(0, 1), ['1', 'of verify: there are problems'], ...SERVER_EXITS.slice(1)],
  notes: ['To look records up: aws cloudtrail lookup-events. More: docs/audit.md'],
};

type Values = Read<typeof OPTIONS>['values'];

export async function auditCommand(argv: readonly string[], host: Host): Promise<number> {
  const { values, positionals } = readOptions('audit', argv, OPTIONS);
  const [action, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`unexpected ${JSON.stringify(more[0])}; muster audit --help`);
  switch (action) {
    case 'verify':
      return values.file === undefined ? verifyServer(values, host) : verifyFile(values.file, values, host);
    case 'export':
      return exportRecords(values, host);
    case 'key':
      return inRegion(values, host, async (client, { screen }) => {
        const key = await client.read('muster', 'Muster.GetAuditKey', {});
        if (values.json === true) screen.print(JSON.stringify({ publicKey: key['PublicKey'], fingerprint: key['Fingerprint'] }));
        else screen.print(String(key['PublicKey']).trimEnd());
        return EXIT.success;
      });
    default:
      throw new UsageError('muster audit verify, export or key; muster audit --help');
  }
}

async function inRegion(
  { region, 'data-dir': dataDir }: Values,
  host: Host,
  act: (client: AwsClient, session: ServerSession) => Promise<number>,
): Promise<number> {
  return withServer(host, dataDir, async (session) => {
    if (region === undefined) return act(session.client, session);
    const client = awsClient({ ...session.endpoint, region }, host.clock);
    try {
      return await act(client, session);
    } finally {
      client.close();
    }
  });
}

interface Found {
  readonly Kind: string;
  readonly Number: number;
  readonly OtherNumber?: number;
  readonly Message: string;
}

async function verifyServer(values: Values, host: Host): Promise<number> {
  const expected = readPlace(values.expect);
  return inRegion(values, host, async (client, { screen }) => {
    let verified = 0;
    const problems: Found[] = [];
    let answer: Record<string, unknown>;
    let NextToken: unknown;
    do {
      answer = await client.read('muster', 'Muster.VerifyAudit', {
        ...expected,
        ...(NextToken === undefined ? {} : { NextToken }),
      });
      verified += Number(answer['VerifiedCount']);
      const found = (answer['Problems'] ?? []) as readonly Found[];
      problems.push(...found);
      if (values.json !== true) for (const { Message } of found) screen.print(plainName(Message));
      ({ NextToken } = answer);
    } while (NextToken !== undefined);
    const end = (answer['End'] ?? {}) as Record<string, unknown>;
    if (values.json === true)
      screen.print(
        JSON.stringify({
          verified,
          problems: problems.map(({ Kind, Number: number, OtherNumber: otherNumber, Message }) => ({
            kind: Kind,
            number,
            otherNumber,
            message: Message,
          })),
          head: { number: end['Number'], hash: end['Hash'] },
          dropped: end['CutNumber'],
          unsealed: end['UnsealedCount'],
        }),
      );
    else for (const line of summary(verified, problems.length, end)) screen.print(line);
    return problems.length === 0 ? EXIT.success : EXIT.failed;
  });
}

function summary(verified: number, problems: number, end: Readonly<Record<string, unknown>>): string[] {
  const cut = Number(end['CutNumber']);
  const unsealed = Number(end['UnsealedCount']);
  const outcome = problems === 0 ? 'the chain is sound' : `${problems} ${problems === 1 ? 'problem' : 'problems'}`;
  return [
    `${verified} records verified: ${outcome}${cut > 0 ? `; records 1 to ${cut} were dropped by retention` : ''}${unsealed > 0 ? `; ${unsealed} not sealed yet` : ''}`,
    `head ${String(end['Number'])}:${String(end['Hash'])}`,
  ];
}

function readPlace(value: string | undefined): Record<string, unknown> {
  if (value === undefined) return {};
  const [, number, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(value) ?? [];
  if (number === undefined)
    throw new UsageError(`--expect ${JSON.stringify(value)} is no NUMBER:HASH as muster audit verify prints it`);
  return { ExpectedNumber: Number(number), ExpectedHash: hash };
}

async function verifyFile(file: string, values: Values, host: Host): Promise<number> {
  const publicKey = values['public-key'] === undefined ? undefined : readText(values['public-key']);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) throw new UsageError(`no such file: ${file}`);
  let check: ExportCheck;
  try {
    check = await checkExport(createInterface({ input: createReadStream(file), crlfDelay: Infinity }), publicKey);
  } catch (error) {
    throw new UsageError(`${file} is no export, or the key is no public key: ${(error as Error).message}`, { cause: error });
  }
  const { problems, records, firstNumber, lastNumber, region, account, fingerprint, lastHash } = check;
  const whole = `${records} records of ${plainName(account)} in ${plainName(region)}, ${firstNumber} to ${lastNumber}`;
  const outcome = problems.length === 0 ? 'sound and signed' : `${problems.length} problems`;
  const trust = publicKey === undefined ? 'the key in the file; compare it with muster audit key' : 'the given key';
  if (values.json === true) host.stdout.write(`${JSON.stringify(check)}\n`);
  else
    host.stdout.write(
      [
        ...problems.map(plainName),
        `${whole}: ${outcome}`,
        `head ${lastNumber}:${lastHash}`,
        `key ${fingerprint} (${trust})`,
        '',
      ].join('\n'),
    );
  return problems.length === 0 ? EXIT.success : EXIT.failed;
}

async function exportRecords(values: Values, host: Host): Promise<number> {
  const { from, to, file } = values;
  if (from === undefined || to === undefined || file === undefined)
    throw new UsageError('muster audit export --from TIME --to TIME --file FILE; muster audit --help');
  if (existsSync(file)) throw new UsageError(`${file} is there already`);
  const range = { From: readTime('from', from), To: readTime('to', to) };
  return inRegion(values, host, async (client, { screen }) => {
    let lines = 0;
    let NextToken: unknown;
    let page = await client.read('muster', 'Muster.ExportAudit', range);
    const output = createWriteStream(file, { flags: 'wx', mode: 0o600 });
    for (;;) {
      for (const line of (page['Lines'] ?? []) as readonly string[]) {
        lines += 1;
        if (!output.write(`${line}\n`)) await once(output, 'drain');
      }
      ({ NextToken } = page);
      if (NextToken === undefined) break;
      page = await client.read('muster', 'Muster.ExportAudit', { ...range, NextToken });
    }
    output.end();
    await finished(output);
    // Beside the records: the head and the signature.
    if (values.json === true) screen.print(JSON.stringify({ file, records: lines - 2 }));
    else screen.print(`${lines - 2} records in ${file}`);
    return EXIT.success;
  });
}

/** In seconds, as the API takes times. */
function readTime(name: string, value: string): number {
  const time = /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?$/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw new UsageError(`--${name} ${JSON.stringify(value)} is no time such as 2026-11-01T08:00:00Z`);
  return time / 1000;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}
