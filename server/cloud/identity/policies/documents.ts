// Policy documents as IAM takes and gives them: checked before they are stored, percent-encoded on the way out. Pure.
import type { RequestContext } from '../../../platform/api/operation.ts';
import { parsePolicy, PolicyError, type PolicyUse } from '../policy-engine/document.ts';

/** Fails as MalformedPolicyDocument with what is wrong. */
export function requirePolicy(ctx: Pick<RequestContext<'MalformedPolicyDocument'>, 'fail'>, text: string, use: PolicyUse): void {
  try {
    parsePolicy(text, use);
  } catch (error) {
    if (error instanceof PolicyError) ctx.fail('MalformedPolicyDocument', error.message);
    throw error;
  }
}

/** What IAM counts against its limits: white space is free. */
export function policyCharacters(text: string): number {
  return text.replaceAll(/\s/g, '').length;
}

/** RFC 3986: what `encodeURIComponent` leaves of the reserved characters is encoded too. */
export function encodedPolicy(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
