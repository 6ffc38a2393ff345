// What is there of the parameters that an import wants to write: looked up fifty at a time, values ten at a time.
import { AwsError } from '../aws-call.ts';
import { reasonOf } from '../aws-client.ts';
import type { Existing } from './import-plan.ts';
import type { MetadataView, Tag, ValueView, WholeVersionView, WrittenParameter } from './parameter.ts';
import type { ParameterApi } from './parameter-api.ts';

/** Names of one filter, as AWS limits them. */
const NAMES_PER_FILTER = 50;

export async function findExisting(
  api: ParameterApi,
  wanted: readonly WrittenParameter[],
): Promise<{
  readonly existing: ReadonlyMap<string, Existing>;
  /** By name, why it cannot be known: such as a name that no parameter may have. */
  readonly unknown: ReadonlyMap<string, string>;
}> {
  const existing = new Map<string, Existing>();
  const unknown = new Map<string, string>();
  const groups = Array.from({ length: Math.ceil(wanted.length / NAMES_PER_FILTER) }, (_, at) =>
    wanted.slice(at * NAMES_PER_FILTER, (at + 1) * NAMES_PER_FILTER),
  );
  for (const group of groups) {
    const together = await lookUpOrRefusal(api, group);
    // One of them is refused for all: which?
    const apart = together instanceof AwsError && group.length > 1 ? group.map((one) => [one]) : [group];
    for (const part of apart) {
      const found = apart.length === 1 ? together : await lookUpOrRefusal(api, part);
      if (found instanceof AwsError) for (const { name } of part) unknown.set(name, reasonOf(found));
      else for (const [name, one] of found) existing.set(name, one);
    }
  }
  return { existing, unknown };
}

async function lookUpOrRefusal(api: ParameterApi, group: readonly WrittenParameter[]): Promise<Map<string, Existing> | AwsError> {
  try {
    return await lookUp(api, group);
  } catch (error) {
    if (error instanceof AwsError && error.status < 500) return error;
    throw error;
  }
}

async function lookUp(api: ParameterApi, group: readonly WrittenParameter[]): Promise<Map<string, Existing>> {
  const described = await api.describedByName(group.map(({ name }) => name));
  const values = await api.values(described.map(({ Name }) => Name));
  const found = new Map<string, Existing>();
  for (const wanted of group) {
    const metadata = described.find(({ Name }) => isSameName(Name, wanted.name));
    const value = metadata === undefined ? undefined : values.get(metadata.Name);
    if (metadata === undefined || value === undefined) continue;
    const tags: readonly Tag[] = (wanted.tags ?? []).length === 0 ? [] : await api.tags(metadata.Name);
    const versions = wanted.history === undefined ? undefined : await api.versions(metadata.Name);
    found.set(wanted.name, existingOf(metadata, value, tags, versions));
  }
  return found;
}

/** `x` and `/x` are one parameter. */
const isSameName = (a: string, b: string): boolean => a.replace(/^\//, '') === b.replace(/^\//, '');

const existingOf = (
  metadata: MetadataView,
  { Value }: ValueView,
  tags: readonly Tag[],
  versions: readonly WholeVersionView[] | undefined,
): Existing => ({ metadata, value: Value, tags, ...(versions === undefined ? {} : { versions }) });
