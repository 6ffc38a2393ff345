// Whether a parameter is what filters ask for, where no statement can say it: of other accounts' parameters. Pure.
import type { NameFilter, ParameterFilters, PathFilter, TextFilter } from './filters.ts';
import { parentOf } from '../name.ts';
import type { Parameter, ParameterVersion } from '../parameter.ts';

/** All but tags and labels. */
export function matchesFilters(parameter: Parameter, { texts, name, path }: ParameterFilters): boolean {
  const { key } = parameter;
  return (
    matchesTexts(parameter, texts) &&
    (name === undefined || matchesName(key, name)) &&
    (path === undefined || matchesPath(key, path))
  );
}

export function matchesTexts(version: ParameterVersion, filters: readonly TextFilter[]): boolean {
  return filters.every(({ column, begins, values }) => {
    const text = { type: version.type, key_id: version.keyId ?? '', tier: version.tier, data_type: version.dataType }[column];
    return values.some((value) => (begins ? text.startsWith(value) : text === value));
  });
}

function matchesName(key: string, { option, values }: NameFilter): boolean {
  switch (option) {
    case 'Equals':
      return values.includes(key);
    case 'BeginsWith':
      return values.some((value) => key.startsWith(value));
    case 'Contains':
      return values.some((value) => `/${key}`.includes(value));
    default:
      return option satisfies never;
  }
}

function matchesPath(key: string, { recursive, paths }: PathFilter): boolean {
  return paths.some((path) => (recursive ? path === '' || key.startsWith(`${path}/`) : parentOf(key) === path));
}
