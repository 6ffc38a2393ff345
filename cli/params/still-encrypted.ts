// Whether a value is what KMS gave out, AWS's or ours, and not a text: an export without decryption must not become everybody's secrets. Pure.
import { hash } from 'node:crypto';

/** How AWS's begin. */
const AWS_CIPHERTEXT = /^AQ[EI]CAH[A-Za-z0-9+/]{60,}={0,2}$/;
/** Of ours (server/cloud/keys/ciphertext.ts): a form, then what is summed up in the four bytes of the check. */
const FORM = 1;
const CHECK_AT = 27;
const CHECK_BYTES = 4;
/** Of values above 4 KB (server/parameters/envelope.ts): a form, two bytes of length, then one of the above. */
const ENVELOPE_FORM = 2;
const ENVELOPE_HEAD_BYTES = 3;

export function isStillEncrypted(value: string): boolean {
  if (AWS_CIPHERTEXT.test(value)) return true;
  if (!/^A[A-Za-z0-9+/]{60,}={0,2}$/.test(value)) return false;
  const bytes = Buffer.from(value, 'base64');
  const wrapped = bytes[0] === ENVELOPE_FORM ? bytes.subarray(ENVELOPE_HEAD_BYTES) : bytes;
  if (wrapped[0] !== FORM) return false;
  const check = hash('sha256', wrapped.subarray(0, CHECK_AT), 'buffer').subarray(0, CHECK_BYTES);
  return check.equals(wrapped.subarray(CHECK_AT, CHECK_AT + CHECK_BYTES));
}
