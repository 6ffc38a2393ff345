// Requests signed with an access key in the Authorization header: the AWS CLI, the SDKs, agents with their role credentials.
import type { Authenticator } from '../authenticator.ts';
import { claimOfHeader, HEX_SIGNATURE } from '../sigv4/claim.ts';
import { verifySigV4 } from './verify-sigv4.ts';
import type { SigV4Options } from './verify-sigv4.ts';

export function createSigV4Header(options: SigV4Options): Authenticator {
  return {
    name: 'sigv4-header',
    // Any AWS4 algorithm: another one than ours is then refused by name instead of as unsigned.
    claims: (head) => head.headers.get('authorization')?.startsWith('AWS4-') ?? false,
    begin: (head, signingName) => verifySigV4(claimOfHeader(head.headers, HEX_SIGNATURE), head, signingName, options),
  };
}
