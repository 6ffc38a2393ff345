// Under which KMS key an imported SecureString goes: one that is named for it, its own where that is here, else the key of every account, which is said.
import { UsageError } from '../usage-error.ts';
import type { WrittenParameter, WrittenVersion } from './parameter.ts';

const DEFAULT_KEY = 'alias/aws/ssm';

export interface KeyChoice {
  /** Of every SecureString. */
  readonly all: string | undefined;
  /** By the key in the file. */
  readonly by: ReadonlyMap<string, string>;
}

export function readKeyChoice(given: readonly string[]): KeyChoice {
  const by = new Map<string, string>();
  let all: string | undefined;
  for (const one of given) {
    const equals = one.indexOf('=');
    if (equals === 0 || one === '') throw new UsageError(`--key-id ${JSON.stringify(one)} is neither KEY nor OLD=KEY`);
    if (equals > 0) by.set(one.slice(0, equals), one.slice(equals + 1));
    else if (all === undefined) all = one;
    else throw new UsageError(`--key-id ${JSON.stringify(all)} and ${JSON.stringify(one)}: which for all?`);
  }
  return { all, by };
}

/** `isHere`: whether a key is known to this server. */
export async function chooseKeys(
  parameters: readonly WrittenParameter[],
  { all, by }: KeyChoice,
  isHere: (keyId: string) => Promise<boolean>,
): Promise<{ readonly parameters: readonly WrittenParameter[]; readonly notes: readonly string[] }> {
  const isSecret = ({ type }: WrittenVersion): boolean => type === undefined || type === 'SecureString';
  const counts = new Map<string, number>();
  for (const one of parameters) {
    const versions = [one, ...(one.history ?? [])].filter(isSecret);
    for (const keyId of new Set(versions.map((version) => version.keyId)))
      if (keyId !== undefined) counts.set(keyId, (counts.get(keyId) ?? 0) + 1);
  }
  const chosen = new Map<string, string>();
  const notes: string[] = [];
  for (const [keyId, count] of counts) {
    const named = by.get(keyId) ?? all;
    if (named !== undefined) chosen.set(keyId, named);
    else if (keyId === DEFAULT_KEY || (await isHere(keyId))) chosen.set(keyId, keyId);
    else {
      chosen.set(keyId, DEFAULT_KEY);
      notes.push(
        `the key ${keyId} is not here: its ${count} ${count === 1 ? 'SecureString goes' : 'SecureStrings go'} under ${DEFAULT_KEY} (--key-id ${keyId}=KEY names another)`,
      );
    }
  }
  const keyOf = (one: WrittenVersion): string | undefined => {
    if (!isSecret(one)) return undefined;
    return one.keyId === undefined ? all : chosen.get(one.keyId);
  };
  const chosenFor = (one: WrittenParameter): WrittenParameter => ({
    ...one,
    keyId: keyOf(one),
    history: one.history?.map((version) => ({ ...version, keyId: keyOf(version) })),
  });
  return { parameters: parameters.map(chosenFor), notes };
}
