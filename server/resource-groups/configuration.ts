// What may stand in a group's configuration. Pure. Only the types whose meaning is true here are taken; others would promise what nobody does.
import type { GroupConfigurationList } from '../platform/api/models/resource-groups.types.gen.ts';

const TYPES: Readonly<Record<string, readonly string[]>> = {
  'AWS::ResourceGroups::Generic': ['allowed-resource-types', 'deletion-protection'],
  'AWS::ResourceGroups::ApplicationGroup': [],
};
const DELETION_PROTECTION = 'UNLESS_EMPTY';

/** Why not; undefined when it may. */
export function whyNotConfiguration(configuration: GroupConfigurationList): string | undefined {
  if (configuration.length === 0) return 'The configuration must have at least one item.';
  if (new Set(configuration.map(({ Type }) => Type)).size < configuration.length)
    return 'Each configuration type may be given once.';
  for (const { Type: type, Parameters: parameters = [] } of configuration) {
    const known = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
    if (known === undefined)
      return `The configuration type ${type} is not supported by this server. Use one of: ${Object.keys(TYPES).join(', ')}.`;
    const strange = parameters.find(({ Name }) => !known.includes(Name));
    if (strange !== undefined) return `The parameter ${strange.Name} is not valid for the configuration type ${type}.`;
    const protection = parameters.find(({ Name }) => Name === 'deletion-protection');
    if (protection !== undefined && protection.Values?.join() !== DELETION_PROTECTION)
      return `The parameter deletion-protection takes the value ${DELETION_PROTECTION} only.`;
  }
  return undefined;
}

/** Undefined: any. */
export function allowedTypes(configuration: GroupConfigurationList): readonly string[] | undefined {
  return parameter(configuration, 'allowed-resource-types');
}

export function isProtectedUnlessEmpty(configuration: GroupConfigurationList): boolean {
  return parameter(configuration, 'deletion-protection')?.includes(DELETION_PROTECTION) ?? false;
}

function parameter(configuration: GroupConfigurationList, name: string): readonly string[] | undefined {
  return configuration.flatMap(({ Parameters }) => Parameters ?? []).find(({ Name }) => Name === name)?.Values;
}
