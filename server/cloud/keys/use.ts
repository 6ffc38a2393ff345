// What all operations that use a key's material check alike: grants, dry runs, algorithms. And the marks of lists.
import { ApiError, fail } from '../../platform/api/errors.ts';
import type { Scope } from '../../platform/ids.ts';
import type { Keys } from './domain.ts';
import { requireGrantToken } from './grants/grant-token.ts';

interface Use {
  readonly GrantTokens?: readonly string[] | undefined;
  readonly DryRun?: boolean | undefined;
  readonly Recipient?: unknown;
}

/** Before anything is looked up. */
export function requireKnownUse({ GrantTokens, Recipient }: Use): void {
  for (const token of GrantTokens ?? []) requireGrantToken(token);
  if (Recipient !== undefined)
    fail('ValidationException', 'Recipient: this server knows no attestation of enclaves. Leave it out.');
}

/** When all that can be refused has been. */
export function endDryRun({ DryRun }: Use): void {
  if (DryRun === true) fail('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.');
}

export function requireSymmetric(...algorithms: readonly (string | undefined)[]): void {
  for (const algorithm of algorithms)
    if (algorithm !== undefined && algorithm !== 'SYMMETRIC_DEFAULT')
      fail('InvalidKeyUsageException', `Algorithm ${algorithm} and key spec SYMMETRIC_DEFAULT are incompatible.`);
}

export function requireCiphertext(given: Buffer | undefined): Buffer {
  return (
    given ??
    fail(
      'ValidationException',
      "1 validation error detected: Value at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
    )
  );
}

/** `NumberOfBytes` or `KeySpec`, one of them. */
export function dataKeyBytes(count: number | undefined, spec: 'AES_256' | 'AES_128' | undefined): number {
  if ((count === undefined) === (spec === undefined))
    fail('ValidationException', 'Please specify either number of bytes or key spec.');
  return count ?? (spec === 'AES_128' ? 16 : 32);
}

/** Undefined: from the start. */
export function afterMark({ pageTokens }: Keys, operation: string, scope: Scope, marker: string | undefined): string {
  if (marker === undefined) return '';
  try {
    const after = pageTokens.decode(operation, scope, marker);
    return typeof after === 'string' ? after : '';
  } catch (error) {
    // KMS has a name of its own for it.
    if (error instanceof ApiError && error.code === 'InvalidNextToken')
      throw new ApiError('InvalidMarkerException', 'Invalid marker.', { cause: error });
    throw error;
  }
}

const GRANTS_PAGE = 50;
/** AWS's bound; more are asked for page by page. */
const GRANTS_PAGE_MAX = 100;

export function grantsPage(asked: number | undefined): number {
  return Math.min(asked ?? GRANTS_PAGE, GRANTS_PAGE_MAX);
}

/** `found` holds one more than the page when more follows. */
export function pageOf<Item>(
  { pageTokens }: Keys,
  operation: string,
  scope: Scope,
  found: readonly Item[],
  limit: number,
  markOf: (item: Item) => string,
): { readonly page: readonly Item[]; readonly rest: { readonly Truncated: boolean; readonly NextMarker?: string } } {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  if (last === undefined || found.length <= limit) return { page, rest: { Truncated: false } };
  return { page, rest: { Truncated: true, NextMarker: pageTokens.encode(operation, scope, markOf(last)) } };
}
