// The list of authenticators, in order: the first that claims a request decides it. Console sessions (cookie, same origin, a header of
// their own) and channel tokens (first text frame of a data channel) are further entries in front of the SigV4 ones: each claims by
// something that no SigV4 request carries, so their order among each other does not matter.
import type { AccountId } from '../../ids.ts';
import type { Authenticator, NowOrLater, PendingAuthentication, RequestHead } from '../authenticator.ts';
import type { CredentialSource, NodeKeySource } from '../ports.ts';
import type { ScopePolicy } from '../sigv4/checks.ts';
import { missingToken } from '../sigv4/refusals.ts';
import { createSigningKeys } from '../sigv4/signing-keys.ts';
import { createDev } from './dev.ts';
import { createNodeRsa } from './node-rsa.ts';
import { createSigV4Header } from './sigv4-header.ts';
import { createSigV4Presigned } from './sigv4-presigned.ts';

export interface AuthenticatorsOptions {
  readonly credentials: CredentialSource;
  readonly nodeKeys: NodeKeySource;
  /** The configured regions. */
  readonly regions: ScopePolicy['regions'];
  /** Signing names of services that accept any region. Default: `sts`, `iam`. */
  readonly globalServices?: ReadonlySet<string>;
  /** Only with `--insecure-dev-auth`: whose administrator every caller is. */
  readonly insecureDevAccount?: AccountId;
}

export function createAuthenticators(options: AuthenticatorsOptions): Authenticator[] {
  const { credentials, nodeKeys, regions, globalServices = new Set(['sts', 'iam']) } = options;
  const nodeRsa = createNodeRsa({ nodeKeys, regions, globalServices });
  if (options.insecureDevAccount !== undefined) return [nodeRsa, createDev({ account: options.insecureDevAccount, credentials })];
  const sigv4 = { credentials, regions, globalServices, signingKeys: createSigningKeys() };
  return [nodeRsa, createSigV4Header(sigv4), createSigV4Presigned(sigv4)];
}

/** The first half of authentication. Throws MissingAuthenticationTokenException when nobody claims the request. */
export function beginAuthentication(
  authenticators: readonly Authenticator[],
  head: RequestHead,
  signingName: string,
): NowOrLater<PendingAuthentication> {
  const authenticator = authenticators.find((candidate) => candidate.claims(head));
  if (authenticator === undefined) throw missingToken();
  return authenticator.begin(head, signingName);
}
