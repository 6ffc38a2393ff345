// Requests whose signature stands in the query: links and WebSocket addresses that were signed beforehand. They live for the seconds
// that they name, a week at most.
import type { Authenticator } from '../authenticator.ts';
import { claimOfQuery } from '../sigv4/claim.ts';
import { verifySigV4 } from './verify-sigv4.ts';
import type { SigV4Options } from './verify-sigv4.ts';

export function createSigV4Presigned(options: SigV4Options): Authenticator {
  return {
    name: 'sigv4-presigned',
    claims: (head) => /(?:^|&)X-Amz-(?:Algorithm|Signature)=/.test(head.rawQuery),
    begin: (head, signingName) => verifySigV4(claimOfQuery(head.rawQuery), head, signingName, options),
  };
}
