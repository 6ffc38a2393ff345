// From a rollback's request to the put that it is: the next version, with the value, type, key, description, pattern and data type of an older one.
// Tier and policies stay the newest's: no parameter may fall back to the standard tier, and an Expiration of then may be over. Pure.
import type { ParameterVersion, Parameter } from '../parameter.ts';
import { planPut } from './put-rules.ts';
import type { PutFacts } from './put-rules.ts';

/** Throws what a put would. `value` is the text, also of a SecureString. */
export function planRollback(
  newest: Parameter,
  older: ParameterVersion,
  value: string,
  facts: Pick<PutFacts, 'stored' | 'now' | 'by'>,
): Parameter {
  const input = {
    Name: newest.key,
    Value: value,
    Type: older.type,
    Overwrite: true,
    Tier: newest.tier,
    DataType: older.dataType,
    // None then is none now.
    AllowedPattern: older.allowedPattern ?? '',
    ...(older.keyId === undefined ? {} : { KeyId: older.keyId }),
  };
  const next = planPut(input, newest, {
    ...facts,
    name: { key: newest.key, rooted: newest.rooted },
    defaultTier: newest.tier,
  });
  return { ...next, description: older.description };
}
