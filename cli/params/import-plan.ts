// What an import does with each parameter of its files, given what is there already. What a file does not say is left as it is. Pure.
import type { MetadataView, ParameterType, Tag, WholeVersionView, WrittenParameter } from './parameter.ts';

/** What is there. */
export interface Existing {
  readonly metadata: MetadataView;
  readonly value: string;
  /** Looked up only where the file has tags. */
  readonly tags: readonly Tag[];
  /** Looked up only where the file has versions. */
  readonly versions?: readonly WholeVersionView[];
}

export interface ImportOptions {
  readonly overwrite: boolean;
  /** Of what has no type in its file and is not there. */
  readonly type: ParameterType;
}

export type Put = Readonly<Record<string, unknown>> & { readonly Name: string };

/** A put, and the labels that the version gets which it makes. */
export interface VersionPut {
  readonly put: Put;
  readonly labels: readonly string[];
}

/** Labels that a version gets which is there. */
export interface Labelling {
  readonly version: number;
  readonly labels: readonly string[];
}

export type Step =
  | { readonly action: 'create'; readonly name: string; readonly puts: readonly VersionPut[]; readonly note: string }
  | {
      readonly action: 'change';
      readonly name: string;
      readonly puts: readonly VersionPut[];
      readonly labels: readonly Labelling[];
      readonly tags: readonly Tag[];
      readonly note: string;
    }
  | { readonly action: 'same'; readonly name: string }
  | { readonly action: 'conflict'; readonly name: string; readonly note: string };

/** Above it the standard tier takes no value. */
export const STANDARD_BYTES_MAX = 4096;

export function planStep(wanted: WrittenParameter, existing: Existing | undefined, options: ImportOptions): Step {
  const { name, value = '' } = wanted;
  const type = wanted.type ?? existing?.metadata.Type ?? options.type;
  if (existing === undefined) return { action: 'create', name, puts: [alone(creation(wanted, type))], note: type };
  const { metadata } = existing;
  if ((type === 'SecureString') !== (metadata.Type === 'SecureString'))
    return {
      action: 'conflict',
      name,
      note: `a ${metadata.Type} here, a ${type} in the file: the one does not become the other; delete it first`,
    };
  const changes = changedFields(wanted, type, existing);
  const tags = newTags(wanted, existing);
  const what = [...changes, ...(tags.length === 0 ? [] : ['tags'])].join(', ');
  if (what === '') return { action: 'same', name };
  if (!options.overwrite) return { action: 'conflict', name, note: `is there with another ${what}; --overwrite changes it` };
  const put = { Name: name, Value: value, Type: type, Overwrite: true, ...further(wanted, type, metadata) };
  const puts = changes.length === 0 ? [] : [alone(put)];
  return { action: 'change', name, puts, labels: [], tags, note: `${type}: ${what}` };
}

const alone = (put: Put): VersionPut => ({ put, labels: [] });

/** Of the file, that are not there. */
export function newTags(wanted: WrittenParameter, existing: Existing): readonly Tag[] {
  return (wanted.tags ?? []).filter((tag) => !existing.tags.some(({ Key, Value }) => Key === tag.Key && Value === tag.Value));
}

function creation(wanted: WrittenParameter, type: ParameterType): Put {
  const { name, value = '', tags } = wanted;
  const needsMore = wanted.tier === undefined && Buffer.byteLength(value) > STANDARD_BYTES_MAX;
  return {
    Name: name,
    Value: value,
    Type: type,
    ...further(wanted, type, undefined),
    ...(needsMore ? { Tier: 'Intelligent-Tiering' } : {}),
    ...(tags === undefined || tags.length === 0 ? {} : { Tags: tags }),
  };
}

/** No parameter goes back to the standard tier: one that is advanced here stays so. */
function further(
  wanted: WrittenParameter,
  type: ParameterType,
  there: MetadataView | undefined,
): Readonly<Record<string, unknown>> {
  const { description, tier, allowedPattern, dataType, policies } = wanted;
  // Without a key a put goes under the default one, also of what lies under another.
  const keyId = type === 'SecureString' ? (wanted.keyId ?? there?.KeyId) : undefined;
  return {
    ...(description === undefined ? {} : { Description: description }),
    ...(keyId === undefined ? {} : { KeyId: keyId }),
    ...(tier === undefined || there?.Tier === 'Advanced' ? {} : { Tier: tier }),
    ...(allowedPattern === undefined ? {} : { AllowedPattern: allowedPattern }),
    ...(dataType === undefined ? {} : { DataType: dataType }),
    ...(policies === undefined || policies.length === 0 ? {} : { Policies: `[${policies.join(',')}]` }),
  };
}

function changedFields(wanted: WrittenParameter, type: ParameterType, { metadata, value }: Existing): string[] {
  const differs = (asked: string | undefined, there: string | undefined): boolean =>
    asked !== undefined && asked !== (there ?? '');
  const policies = metadata.Policies?.map(({ PolicyText }) => PolicyText) ?? [];
  const fields: readonly (readonly [string, boolean])[] = [
    ['value', wanted.value !== value],
    ['type', type !== metadata.Type],
    ['description', differs(wanted.description, metadata.Description)],
    ['key', type === 'SecureString' && differs(wanted.keyId, metadata.KeyId)],
    ['tier', wanted.tier === 'Advanced' && metadata.Tier !== 'Advanced'],
    ['allowed pattern', differs(wanted.allowedPattern, metadata.AllowedPattern)],
    ['data type', differs(wanted.dataType, metadata.DataType)],
    ['policies', (wanted.policies ?? []).length > 0 && textOf(wanted.policies ?? []) !== textOf(policies)],
  ];
  return fields.flatMap(([field, changed]) => (changed ? [field] : []));
}

/** Whatever their order and their spaces. */
function textOf(policies: readonly string[]): string {
  const normal = (text: string): string => {
    try {
      return JSON.stringify(JSON.parse(text));
    } catch {
      return text;
    }
  };
  return policies.map(normal).toSorted().join('\n');
}

/** Names after an import's `--strip` and `--path`. Undefined: it does not lie below what is to be stripped. */
export function importedName(
  { name, relative }: Pick<WrittenParameter, 'name' | 'relative'>,
  strip: string | undefined,
  path: string | undefined,
): string | undefined {
  const trimmed = (given: string): string => given.replace(/\/+$/, '');
  let rest = name;
  if (!relative && strip !== undefined) {
    if (!name.startsWith(`${trimmed(strip)}/`)) return undefined;
    rest = name.slice(trimmed(strip).length);
  }
  if (path === undefined) return rest;
  return `${trimmed(path)}/${rest.replace(/^\/+/, '')}`;
}
