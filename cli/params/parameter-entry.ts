// One parameter of a file, as AWS's answers spell it: its newest version, and in an export with history those before it. Texts alone are taken as texts:
// a number that a file writes without quotes is no value. Pure.
import { plainName } from '../terminal/untrusted-text.ts';
import { UsageError } from '../usage-error.ts';
import type { ParameterType, Tag, WrittenParameter, WrittenVersion } from './parameter.ts';
import { isStillEncrypted } from './still-encrypted.ts';

export const PARAMETER_TYPES: readonly ParameterType[] = ['String', 'StringList', 'SecureString'];

type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** `file` is for what is said of it. */
export function readParameterEntry(entry: unknown, file: string): WrittenParameter {
  const name = isFields(entry) ? entry['Name'] : undefined;
  if (!isFields(entry) || typeof name !== 'string') throw new UsageError(`${file}: a parameter without a Name`);
  const about = `of ${plainName(name)}`;
  const history = readList(entry, 'History', file, about);
  return {
    name,
    ...readVersion(entry, file, about),
    tags: readList(entry, 'Tags', file, about)?.map(({ Key, Value }): Tag => ({ Key: String(Key), Value: String(Value) })),
    // An empty list is a history, too: of a parameter with one version.
    history: entry['History'] === undefined ? undefined : (history ?? []).map((one) => readOlder(one, file, about)),
    relative: false,
  };
}

function readOlder(entry: Fields, file: string, about: string): WrittenVersion {
  const version = readVersion(entry, file, `in the history ${about}`);
  if (version.value === undefined || version.type === undefined)
    throw new UsageError(
      `${file}: the history ${about} has a version without a ${version.value === undefined ? 'Value' : 'Type'}`,
    );
  return version;
}

function readVersion(entry: Fields, file: string, about: string): WrittenVersion {
  const text = (field: string): string | undefined => {
    const value = entry[field] ?? undefined;
    if (value === undefined || typeof value === 'string') return value;
    throw new UsageError(`${file}: ${field} ${about} is no text`);
  };
  const type = text('Type');
  if (type !== undefined && !PARAMETER_TYPES.some((one) => one === type))
    throw new UsageError(`${file}: Type ${about} is ${JSON.stringify(type)}, which is none of ${PARAMETER_TYPES.join(', ')}`);
  const value = text('Value');
  if (type === 'SecureString' && value !== undefined && isStillEncrypted(value))
    throw new UsageError(`${file}: the value ${about} is still encrypted; export it with --with-decryption`);
  const number = Number(entry['Version'] ?? undefined);
  const labels = entry['Labels'] ?? undefined;
  if (labels !== undefined && labels !== '' && !(Array.isArray(labels) && labels.every((label) => typeof label === 'string')))
    throw new UsageError(`${file}: Labels ${about} is no list of texts`);
  return {
    value,
    version: Number.isSafeInteger(number) ? number : undefined,
    type: type as ParameterType | undefined,
    description: text('Description'),
    keyId: text('KeyId'),
    tier: text('Tier'),
    allowedPattern: text('AllowedPattern'),
    dataType: text('DataType'),
    policies: readList(entry, 'Policies', file, about)?.map(({ PolicyText }) => String(PolicyText)),
    labels: Array.isArray(labels) ? labels : undefined,
  };
}

function readList(entry: Fields, field: string, file: string, about: string): readonly Fields[] | undefined {
  const value = entry[field] ?? undefined;
  if (value === undefined || value === '') return undefined;
  if (Array.isArray(value) && value.every(isFields)) return value;
  throw new UsageError(`${file}: ${field} ${about} is no list`);
}
