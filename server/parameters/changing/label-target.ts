// The version that labels are put on or taken from.
import { fail } from '../../platform/api/errors.ts';
import type { Scope } from '../../platform/ids.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import { nameOf, readPlainReference } from '../name.ts';
import { missingVersion } from '../parameter.ts';
import type { Parameter } from '../parameter.ts';
import * as store from '../store.ts';

/** Without a version: the newest. */
export async function getLabelTarget(
  tx: ReadTx,
  scope: Scope,
  text: string,
  version: number | undefined,
): Promise<{ readonly parameter: Parameter; readonly number: number }> {
  const { owner, key, asked } = readPlainReference(scope, text);
  const isOwn = owner.account === scope.account && owner.region === scope.region;
  const parameter = isOwn ? await store.findParameter(tx, scope, key) : undefined;
  if (parameter === undefined) return fail('ParameterNotFound', '');
  const number = version ?? parameter.version;
  // All versions from the oldest kept to the newest are there.
  if (number < parameter.oldestVersion || number > parameter.version)
    return fail('ParameterVersionNotFound', missingVersion(asked ?? nameOf(key, parameter.rooted), String(number)));
  return { parameter, number };
}
