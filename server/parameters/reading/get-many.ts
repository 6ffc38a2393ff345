// Several parameters in one answer: those that are there in the order of their names, the others as they were asked for.
import type { GetParametersResult } from '../../platform/api/models/ssm.types.gen.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { Parameters } from '../domain.ts';
import { findVersion } from './find.ts';
import type { Found } from './find.ts';
import type { Named } from './many-names.ts';
import { SECRET_PREFIX } from '../name.ts';
import { showParameters } from './view.ts';

export async function getMany(
  domain: Parameters,
  ctx: RequestContext,
  action: string,
  names: readonly Named[],
  withDecryption: boolean,
): Promise<GetParametersResult> {
  if (!withDecryption && names.some(({ reference }) => reference.key.startsWith(SECRET_PREFIX)))
    ctx.fail('ValidationException', 'WithDecryption flag must be True for retrieving a Secret Manager secret.');
  const found: Found[] = [];
  const missing: string[] = [];
  await domain.database.read(async (tx) => {
    for (const { text, reference } of names) {
      const one = await findVersion(domain, tx, ctx, action, reference);
      if (one === undefined) missing.push(text);
      else found.push(one);
    }
  });
  const shown = await showParameters(domain, ctx, found, withDecryption);
  const nameAndSelector = ({ Name = '', Selector = '' }: (typeof shown)[number]): string => `${Name} ${Selector}`;
  return {
    Parameters: shown.toSorted((a, b) => (nameAndSelector(a) < nameAndSelector(b) ? -1 : 1)),
    InvalidParameters: missing,
  };
}
