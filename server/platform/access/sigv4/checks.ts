// What must hold before a signature is worth calculating: the scope names this service, region and day; the time is fresh; what decides
// the meaning of the request is signed. Pure.
import type { Region } from '../../ids.ts';
import { timestampText } from './claim.ts';
import type { SignatureClaim } from './claim.ts';
import { invalid } from './refusals.ts';

/** AWS: five minutes to either side. */
const SKEW_MS = 5 * 60 * 1000;

export interface ScopePolicy {
  readonly regions: readonly Region[];
  /** Services whose clients sign for whatever region they know (`sts`, `iam`). */
  readonly globalServices: ReadonlySet<string>;
}

/** The region of the credential scope, checked. */
export function checkScope(claim: SignatureClaim, signingName: string, policy: ScopePolicy): Region {
  const { date, region, service, terminator, timestamp } = claim;
  if (terminator !== 'aws4_request') {
    throw invalid(`Credential should be scoped with a valid terminator: 'aws4_request', not '${terminator}'.`);
  }
  if (service !== signingName) throw invalid(`Credential should be scoped to correct service: '${signingName}'.`);
  const known = policy.regions.find((configured) => configured === region);
  if (known === undefined && !policy.globalServices.has(signingName)) {
    throw invalid(
      `Credential should be scoped to a valid region, not '${region}'. This server has: ${policy.regions.join(', ')}.`,
    );
  }
  if (date !== timestamp.slice(0, 8)) {
    throw invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ` +
        `'${date}' != '${timestamp.slice(0, 8)}', from '${timestamp}'.`,
    );
  }
  return known ?? globalRegion(region);
}

/** A global operation's data do not depend on it; it is only told back. */
function globalRegion(region: string): Region {
  if (!/^[a-z0-9-]{1,32}$/.test(region)) throw invalid(`Credential should be scoped to a valid region, not '${region}'.`);
  // The pattern is what makes it a region here.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return region as Region;
}

/** A presigned request lives as long as it says, one signed by header (or presigned without a life) for the skew. */
export function checkFresh(claim: Pick<SignatureClaim, 'signedAt' | 'timestamp' | 'expiresSeconds'>, now: Date): void {
  const nowMs = now.getTime();
  const signedMs = claim.signedAt.getTime();
  const lifeMs = claim.expiresSeconds === undefined ? SKEW_MS : claim.expiresSeconds * 1000;
  if (signedMs < nowMs - lifeMs) {
    const life = lifeMs % 60_000 === 0 ? `${lifeMs / 60_000} min.` : `${lifeMs / 1000} sec.`;
    throw invalid(
      `Signature expired: ${claim.timestamp} is now earlier than ${timestampText(nowMs - lifeMs)} (${timestampText(nowMs)} - ${life})`,
    );
  }
  if (signedMs > nowMs + SKEW_MS) {
    throw invalid(
      `Signature not yet current: ${claim.timestamp} is still later than ${timestampText(nowMs + SKEW_MS)} (${timestampText(nowMs)} + 5 min.)`,
    );
  }
}

/** Headers that say what the request is. Unsigned, whoever sees a signed request could give it another meaning. */
const MEANING = ['x-amz-target', 'x-amz-security-token', 'x-amz-date'];

export function checkSignedHeaders(claim: Pick<SignatureClaim, 'signedHeaders'>, headers: ReadonlyMap<string, string>): void {
  const { names } = claim.signedHeaders;
  if (!names.includes('host')) throw invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  if (MEANING.every((name) => names.includes(name) || !headers.has(name))) return;
  const unsigned = MEANING.filter((name) => headers.has(name) && !names.includes(name));
  throw invalid(`There were headers present in the request which were not signed: ${unsigned.join(', ')}`);
}
