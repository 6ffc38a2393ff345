// What an import does with a parameter whose file has its versions: they are put in order, each with its labels. What is there already is not put again:
// the last versions there that are the first ones of the file. Pure.
import type { Existing, ImportOptions, Labelling, Step, VersionPut } from './import-plan.ts';
import { newTags, STANDARD_BYTES_MAX } from './import-plan.ts';
import type { ParameterType, WholeVersionView, WrittenParameter, WrittenVersion } from './parameter.ts';

/** What a put starts from: fields that it does not name stay as they are there. */
type Before = Pick<WrittenVersion, 'description' | 'allowedPattern' | 'tier'>;

export function planHistory(wanted: WrittenParameter, existing: Existing | undefined, options: ImportOptions): Step {
  const { name } = wanted;
  const type = wanted.type ?? existing?.metadata.Type ?? options.type;
  const versions = [...(wanted.history ?? []), { ...wanted, type }];
  const count = versions.length;
  if (existing === undefined) {
    const [first, ...later] = putsOf(wanted, versions, undefined);
    const tagged = { ...first?.put, Name: name, ...((wanted.tags ?? []).length === 0 ? {} : { Tags: wanted.tags }) };
    const puts = [{ put: tagged, labels: first?.labels ?? [] }, ...later];
    return { action: 'create', name, puts, note: `${counted(type, count)}${renumbered(versions, 1)}` };
  }
  const { metadata, versions: there = [] } = existing;
  if (versions.some((version) => isSecret(version.type) !== isSecret(metadata.Type)))
    return {
      action: 'conflict',
      name,
      note: `a ${metadata.Type} here, a ${type} in the file: the one does not become the other; delete it first`,
    };
  const known = knownOf(there, versions);
  const rest = versions.slice(known);
  const labels = labellings(there.slice(there.length - known), versions);
  const tags = newTags(wanted, existing);
  const what = [...(labels.length === 0 ? [] : ['labels']), ...(tags.length === 0 ? [] : ['tags'])];
  if (rest.length === 0 && what.length === 0) return { action: 'same', name };
  if (!options.overwrite) return { action: 'conflict', name, note: whyNot(known, count, what) };
  const note = [...(rest.length === 0 ? [] : [`${rest.length} of ${counted('', count).trim()}`]), ...what].join(', ');
  const before = { description: metadata.Description, allowedPattern: metadata.AllowedPattern, tier: metadata.Tier };
  const puts = putsOf(wanted, rest, before);
  return { action: 'change', name, puts, labels, tags, note: `${type}: ${note}${renumbered(rest, metadata.Version + 1)}` };
}

/** Policies of versions before the newest are put nowhere. */
export const leavesPoliciesOut = ({ history = [] }: WrittenParameter): boolean =>
  history.some(({ policies = [] }) => policies.length > 0);

const isSecret = (type: ParameterType | undefined): boolean => type === 'SecureString';

const counted = (type: string, count: number): string =>
  `${type}${type === '' ? '' : ', '}${count} version${count === 1 ? '' : 's'}`;

/** Numbers begin with 1 and go on from the newest: they are nobody's to choose. */
function renumbered(versions: readonly WrittenVersion[], from: number): string {
  const [first, last] = [versions[0]?.version, versions.at(-1)?.version];
  if (first === undefined || last === undefined || first === from) return '';
  return versions.length === 1
    ? `; ${first} becomes ${from}`
    : `; ${first} to ${last} become ${from} to ${from + versions.length - 1}`;
}

function whyNot(known: number, count: number, what: readonly string[]): string {
  if (known === count) return `is there with other ${what.join(' and ')}; --overwrite changes them`;
  if (known === 0) return `is there with another history; --overwrite puts the ${counted('', count)} of the file behind it`;
  return `is there with ${known} of ${counted('', count)}; --overwrite puts the others`;
}

/** How many of the file's first versions are the last ones there. */
function knownOf(there: readonly WholeVersionView[], versions: readonly WrittenVersion[]): number {
  for (let known = Math.min(there.length, versions.length); known > 0; known--) {
    const last = there.slice(there.length - known);
    if (last.every((view, at) => isSame(view, versions[at] ?? {}))) return known;
  }
  return 0;
}

function isSame(view: WholeVersionView, wanted: WrittenVersion): boolean {
  const sameKey = !isSecret(view.Type) || wanted.keyId === undefined || wanted.keyId === view.KeyId;
  return (
    sameKey &&
    view.Value === wanted.value &&
    view.Type === wanted.type &&
    (view.Description ?? '') === (wanted.description ?? '') &&
    (view.AllowedPattern ?? '') === (wanted.allowedPattern ?? '') &&
    (wanted.dataType === undefined || wanted.dataType === view.DataType)
  );
}

/** Labels of the file that are not on their version there. */
function labellings(there: readonly WholeVersionView[], versions: readonly WrittenVersion[]): Labelling[] {
  return there.flatMap(({ Version, Labels = [] }, at) => {
    const labels = (versions[at]?.labels ?? []).filter((label) => !Labels.includes(label));
    return labels.length === 0 ? [] : [{ version: Version, labels }];
  });
}

function putsOf({ name }: WrittenParameter, versions: readonly WrittenVersion[], there: Before | undefined): VersionPut[] {
  return versions.map((version, at) => {
    const before = at === 0 ? there : versions[at - 1];
    const isLast = at === versions.length - 1;
    return {
      put: { Name: name, Value: version.value ?? '', Type: version.type, ...fieldsOf(version, before, isLast) },
      labels: version.labels ?? [],
    };
  });
}

function fieldsOf(version: WrittenVersion, before: Before | undefined, isLast: boolean): Readonly<Record<string, unknown>> {
  // What this version has not and the one before has must be taken away.
  const said = (own: string | undefined, old: string | undefined): string | undefined =>
    own ?? (old === undefined || old === '' ? undefined : '');
  const { keyId, dataType, policies = [] } = version;
  const description = said(version.description, before?.description);
  const pattern = said(version.allowedPattern, before?.allowedPattern);
  const tier = version.tier ?? (Buffer.byteLength(version.value ?? '') > STANDARD_BYTES_MAX ? 'Intelligent-Tiering' : undefined);
  return {
    ...(before === undefined ? {} : { Overwrite: true }),
    ...(description === undefined ? {} : { Description: description }),
    ...(pattern === undefined ? {} : { AllowedPattern: pattern }),
    ...(keyId === undefined || !isSecret(version.type) ? {} : { KeyId: keyId }),
    // No parameter goes back to the standard tier.
    ...(tier === undefined || before?.tier === 'Advanced' ? {} : { Tier: tier }),
    ...(dataType === undefined ? {} : { DataType: dataType }),
    // An Expiration of then may be over: those of the newest version are in force.
    ...(isLast && policies.length > 0 ? { Policies: `[${policies.join(',')}]` } : {}),
  };
}
