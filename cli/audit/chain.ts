// An exported stretch of the audit chain, checked without the server: what `server/platform/journal/chain.ts` writes is computed again here, from
// the file and the server's public key alone. Pure but for what it is given.
import { createHash, createPublicKey, verify } from 'node:crypto';

/** The form's version, then the row's columns in this order: changing it would break every export that is kept. */
const FORM = 1;
const COLUMNS = [
  'account',
  'region',
  'sequence',
  'request_id',
  'at',
  'event_source',
  'event_name',
  'audit_class',
  'principal',
  'access_key_id',
  'source_ip',
  'user_agent',
  'request_parameters',
  'resources',
  'error_code',
  'error_message',
] as const;
const PROBLEMS_MAX = 100;

export interface ExportCheck {
  readonly records: number;
  readonly firstNumber: number;
  readonly lastNumber: number;
  readonly lastHash: string;
  readonly region: string;
  readonly account: string;
  /** SHA-256 of the public key that was used. */
  readonly fingerprint: string;
  readonly problems: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** `publicKey`: the one that is trusted, as PEM; undefined: the one that the file brings, which proves only that the file fits together. */
export async function checkExport(lines: AsyncIterable<string>, publicKey: string | undefined): Promise<ExportCheck> {
  let head: Json | undefined;
  let statement: Json | undefined;
  let hash = '';
  let number = 0;
  let records = 0;
  const problems: string[] = [];
  const complain = (sentence: string): void => void (problems.length < PROBLEMS_MAX && problems.push(sentence));
  let lineNumber = 0;
  for await (const text of lines) {
    lineNumber += 1;
    if (text === '') continue;
    const line = parsed(text);
    if (line === undefined) complain(`Line ${lineNumber} is not JSON.`);
    else if (head === undefined) {
      head = line;
      hash = String(line['previousHash']);
      number = Number(line['firstNumber']) - 1;
      if (line['export'] !== 'muster-audit/1') complain('The first line is not the head of an export.');
    } else if (statement !== undefined) complain(`Line ${lineNumber} follows the signature.`);
    else if ('signature' in line) statement = line;
    else {
      records += 1;
      const gap = line['number'] === number + 1 ? undefined : missing(number + 1, line['number']);
      if (gap !== undefined) complain(gap);
      number = Number(line['number']);
      const record = (line['record'] ?? {}) as Json;
      if (chained(hash, record) !== line['hash'] || record['sequence'] !== number)
        complain(
          gap === undefined
            ? `Record ${number} is not the one that was exported.`
            : `Record ${number} cannot be checked without the one before it.`,
        );
      hash = String(line['hash']);
    }
  }
  const key = createPublicKey(publicKey ?? (head?.['publicKey'] as string | undefined) ?? '');
  const expected = ['muster-audit/1', 'export', head?.['account'], head?.['region'], number, hash];
  if (statement === undefined) complain('The signature at the end is missing: the file was cut off.');
  else if (!signed(statement, expected, head, key))
    complain('The signature does not fit: records at an end are missing, or the key is another.');
  return {
    records,
    firstNumber: Number(head?.['firstNumber'] ?? 0),
    lastNumber: number,
    lastHash: hash,
    region: String(head?.['region']),
    account: String(head?.['account']),
    fingerprint: createHash('sha256')
      .update(key.export({ type: 'spki', format: 'der' }))
      .digest('hex'),
    problems,
  };
}

function missing(first: number, found: unknown): string {
  const last = Number(found) - 1;
  return last > first
    ? `Records ${first} to ${last} are missing: record ${last + 1} stands in their place.`
    : `Record ${first} is missing: record ${String(found)} stands in its place.`;
}

function chained(previous: string, record: Json): string {
  const canonical = JSON.stringify([FORM, ...COLUMNS.map((column) => record[column])]);
  return createHash('sha256').update(`${previous}\n${canonical}`).digest('hex');
}

/** Both that the text is the server's, and that it speaks of these records. */
function signed(
  line: Json,
  expected: readonly unknown[],
  head: Json | undefined,
  key: ReturnType<typeof createPublicKey>,
): boolean {
  const text = String(line['statement']);
  if (!verify(null, Buffer.from(text), key, Buffer.from(String(line['signature']), 'base64'))) return false;
  const said: unknown = parsed(text);
  if (!Array.isArray(said)) return false;
  const [format, kind, account, region, sequence, hash, , first, previous] = said as readonly unknown[];
  const wanted = [...expected, head?.['firstNumber'], head?.['previousHash']];
  return [format, kind, account, region, sequence, hash, first, previous].every((one, at) => one === wanted[at]);
}

function parsed(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}
