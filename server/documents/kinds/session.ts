// Session: how a session is kept and what it starts (schema 1.0). Preferences (Standard_Stream), a command (InteractiveCommands,
// NonInteractiveCommands) or a port (Port).
import { below } from '@muster/protocol/document-error.ts';
import { parseParameters } from '@muster/protocol/document-parameter.ts';
import { asObject, asOneOf, asString, member, requireMembers } from '@muster/protocol/document-shape.ts';
import type { JsonObject } from '@muster/protocol/document-shape.ts';
import { ALL_PLATFORMS } from './kind.ts';
import type { CheckedContent, DocumentKind, DocumentPlatform } from './kind.ts';
import { describeParameters, patternWarnings, requirePossible } from './parameters.ts';
import { referencesTo } from './references.ts';
import { optionalText, requireFlag, requireNumberText, requireSchemaVersion, unknownMembers } from './shape.ts';

const TYPES = ['Standard_Stream', 'InteractiveCommands', 'NonInteractiveCommands', 'Port'] as const;
const MEMBERS = ['schemaVersion', 'description', 'sessionType', 'inputs', 'parameters', 'properties'];
const TEXT_INPUTS = ['s3BucketName', 's3KeyPrefix', 'cloudWatchLogGroupName', 'kmsKeyId', 'runAsDefaultUser'];
const FLAG_INPUTS = ['s3EncryptionEnabled', 'cloudWatchEncryptionEnabled', 'cloudWatchStreamingEnabled', 'runAsEnabled'];
const IDLE_MINUTES_MAX = 60;
const SESSION_MINUTES_MAX = 1440;
const PLATFORM_OF: Readonly<Record<string, DocumentPlatform>> = { windows: 'Windows', linux: 'Linux', macos: 'MacOS' };

export const session: DocumentKind = {
  formats: ['JSON', 'YAML'],
  check(content): CheckedContent {
    const given = asObject(content, '/');
    const schemaVersion = requireSchemaVersion(given, 'Session', ['1.0']);
    requireMembers(given, ['sessionType'], '/');
    const type = asOneOf(member(given, 'sessionType'), TYPES, '/sessionType');
    const parameters = parseParameters(member(given, 'parameters'));
    requirePossible(parameters);
    requireInputs(asObject(member(given, 'inputs') ?? {}, '/inputs'));
    if (type !== 'Standard_Stream') requireMembers(given, ['properties'], '/');
    const properties = asObject(member(given, 'properties') ?? {}, '/properties');
    if (type === 'InteractiveCommands' || type === 'NonInteractiveCommands') requireCommands(properties);
    if (type === 'Port') requireMembers(properties, ['portNumber'], '/properties');
    const undeclared = referencesTo(properties, '/properties').filter(({ name }) => !Object.hasOwn(parameters, name));
    return {
      schemaVersion,
      description: optionalText(given, 'description'),
      parameters: describeParameters(parameters),
      platformTypes: platformsOf(properties),
      warnings: [
        ...unknownMembers(given, MEMBERS, '/'),
        ...undeclared.map(({ name, place }) => ({ message: `{{ ${name} }} names no declared parameter.`, place })),
        ...patternWarnings(parameters),
      ],
    };
  },
};

function requireInputs(inputs: JsonObject): void {
  for (const key of TEXT_INPUTS) if (member(inputs, key) !== undefined) asString(member(inputs, key), below('/inputs', key));
  for (const key of FLAG_INPUTS) requireFlag(member(inputs, key), below('/inputs', key));
  requireNumberText(member(inputs, 'idleSessionTimeout'), 1, IDLE_MINUTES_MAX, '/inputs/idleSessionTimeout');
  requireNumberText(member(inputs, 'maxSessionDuration'), 1, SESSION_MINUTES_MAX, '/inputs/maxSessionDuration');
  const profile = asObject(member(inputs, 'shellProfile') ?? {}, '/inputs/shellProfile');
  for (const system of ['windows', 'linux'])
    if (member(profile, system) !== undefined) asString(member(profile, system), below('/inputs/shellProfile', system));
}

/** Beside each other for each system, or one for all. */
function requireCommands(properties: JsonObject): void {
  const systems = Object.keys(PLATFORM_OF).filter((system) => member(properties, system) !== undefined);
  if (systems.length === 0) return requireCommand(properties, '/properties');
  for (const system of systems) {
    const place = below('/properties', system);
    requireCommand(asObject(member(properties, system), place), place);
  }
}

function requireCommand(properties: JsonObject, place: string): void {
  requireMembers(properties, ['commands'], place);
  asString(member(properties, 'commands'), below(place, 'commands'));
  requireFlag(member(properties, 'runAsElevated'), below(place, 'runAsElevated'));
}

function platformsOf(properties: JsonObject): readonly DocumentPlatform[] {
  const named = ALL_PLATFORMS.filter((platform) => member(properties, platform.toLowerCase()) !== undefined);
  return named.length === 0 ? ALL_PLATFORMS : named;
}
