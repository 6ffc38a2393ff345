// `--insecure-dev-auth`, on loopback only: any well-formed SigV4 credentials are the administrator's, whatever the key, date or
// signature, because test suites send dummies. Nodes remain themselves: an agent's role credentials name it, so that its calls mean
// the same as elsewhere. The region is that of the scope. Since a signature proves nothing here, a web page that a developer happens to
// visit must not get in either: what names another host or comes from another origin is refused.
import { ApiError } from '../../api/errors.ts';
import type { AccountId, Region } from '../../ids.ts';
import type { Authenticator } from '../authenticator.ts';
import type { CredentialSource } from '../ports.ts';
import { isFromForeignPage, isLoopbackHost } from '../loopback-name.ts';
import { administratorPrincipal } from '../principals.ts';
import { claimOfHeader, claimOfQuery, HEX_SIGNATURE } from '../sigv4/claim.ts';
import { invalid } from '../sigv4/refusals.ts';

export interface DevOptions {
  readonly account: AccountId;
  readonly credentials: CredentialSource;
}

export function createDev(options: DevOptions): Authenticator {
  const inHeader = /^AWS4-HMAC-SHA256 /;
  return {
    name: 'dev',
    claims: (head) => inHeader.test(head.headers.get('authorization') ?? '') || /(?:^|&)X-Amz-Signature=/.test(head.rawQuery),
    async begin(head) {
      if (!isLoopbackHost(head.headers.get('host')) || isFromForeignPage(head.headers)) throw foreign();
      const signed = inHeader.test(head.headers.get('authorization') ?? '');
      const claim = signed ? claimOfHeader(head.headers, HEX_SIGNATURE) : claimOfQuery(head.rawQuery);
      if (!isRegion(claim.region)) throw invalid(`Credential should be scoped to a valid region, not '${claim.region}'.`);
      const found = await options.credentials.find(claim.accessKeyId, claim.sessionToken, head.receivedAt);
      const node = typeof found !== 'string' && found.principal.kind === 'node' ? found.principal : undefined;
      const principal = node ?? administratorPrincipal(options.account, claim.accessKeyId);
      return { identity: { principal, region: claim.region }, confirm: () => {} };
    },
  };
}

function foreign(): ApiError {
  return new ApiError(
    'AccessDeniedException',
    'With --insecure-dev-auth the server answers calls to localhost or a loopback address only, and none from web pages of other origins.',
  );
}

function isRegion(text: string): text is Region {
  return /^[a-z0-9-]{1,32}$/.test(text);
}
