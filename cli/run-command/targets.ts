// `--targets` as people write them, to Targets as SendCommand takes them: `tag:role=web,db`, `tag-key=role`, `group:NAME`,
// `InstanceIds=mi-…`, and AWS's own `Key=tag:role,Values=web,db`. A comma that belongs to a value is written `\,`.
import { UsageError } from '../usage-error.ts';
import type { Target } from './command-api.ts';

const GROUP_KEY = 'resource-groups:Name';
const KNOWN_KEY = /^(tag:.+|tag-key|InstanceIds|resource-groups:(Name|ResourceTypeFilters))$/;

export function readTargets(given: readonly string[]): Target[] {
  return given.map(readTarget);
}

function readTarget(text: string): Target {
  const awsForm = /^Key=([^,]+),Values=(.*)$/s.exec(text);
  if (awsForm !== null) return target(text, awsForm[1] ?? '', awsForm[2] ?? '');
  if (text.startsWith('group:')) return target(text, GROUP_KEY, text.slice('group:'.length));
  const equals = text.indexOf('=', text.startsWith('tag:') ? 'tag:'.length + 1 : 0);
  if (equals === -1) {
    throw new UsageError(
      `--targets ${JSON.stringify(text)} has no "=": tag:KEY=VALUE, tag-key=KEY, InstanceIds=ID or group:NAME`,
    );
  }
  return target(text, text.slice(0, equals), text.slice(equals + 1));
}

function target(text: string, Key: string, values: string): Target {
  if (!KNOWN_KEY.test(Key)) {
    throw new UsageError(
      `--targets ${JSON.stringify(text)}: ${JSON.stringify(Key)} is none of tag:KEY, tag-key, InstanceIds, group:NAME`,
    );
  }
  const Values = splitValues(values);
  if (Values.some((value) => value === '') && !Key.startsWith('tag:')) {
    throw new UsageError(`--targets ${JSON.stringify(text)} names an empty value`);
  }
  return { Key, Values };
}

function splitValues(text: string): string[] {
  return text.split(/(?<!\\),/).map((value) => value.replaceAll('\\,', ','));
}
