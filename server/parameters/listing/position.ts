// Where a page begins: the text that the last one ended with.
import type { Scope } from '../../platform/ids.ts';
import type { Parameters } from '../domain.ts';

export function readPosition(
  { pageTokens }: Pick<Parameters, 'pageTokens'>,
  kind: string,
  scope: Scope,
  token: string | undefined,
): string | undefined {
  if (token === undefined) return undefined;
  const position = pageTokens.decode(kind, scope, token);
  return typeof position === 'string' ? position : undefined;
}
