// What a grant may be asked to hold. Pure; throws what KMS answers.
import type { GrantConstraints, GrantOperation } from '../../../platform/api/models/kms.types.gen.ts';
import { fail } from '../../../platform/api/errors.ts';
import type { EncryptionContext } from '../face.ts';
import { type Key, usageOf } from '../key.ts';
import {
  CONSTRAINT_PAIRS_MAX,
  CONSTRAINT_VALUE_CHARACTERS_MAX,
  type Constraints,
  type Grant,
  GRANTABLE,
  principalNamed,
} from './grant.ts';

export function requirePrincipal(given: string): string {
  return principalNamed(given) ?? fail('InvalidArnException', `ARN does not refer to a valid principal: ${given}`);
}

/** As CreateGrant gives them out. */
export function requireGrantId(given: string): string {
  return /^[0-9a-f]{64}$/.test(given) ? given : fail('InvalidGrantIdException', `Invalid grant id ${given}`);
}

export function readOperations(given: readonly GrantOperation[]): readonly GrantOperation[] {
  if (given.length === 0) fail('ValidationException', 'Operations: name at least one that the grant allows.');
  return [...new Set(given)];
}

/** What a grant lists must be something that its key does. */
export function requireGrantable(key: Key, { operations, constraints }: Pick<Grant, 'operations' | 'constraints'>): void {
  const usage = usageOf(key);
  for (const operation of operations)
    if (!GRANTABLE[usage].has(operation))
      fail('ValidationException', `Operations: ${operation} is nothing that a key of KeySpec ${key.spec} does.`);
  if (usage !== 'ENCRYPT_DECRYPT' && (constraints.equals !== undefined || constraints.subset !== undefined))
    fail('ValidationException', `Constraints: a key of KeySpec ${key.spec} knows no encryption context. Leave them out.`);
}

export function readConstraints(given: GrantConstraints = {}): Constraints {
  if (given.SourceArn !== undefined)
    fail('ValidationException', 'Constraints.SourceArn: no service of this server uses keys for a resource. Leave it out.');
  return {
    equals: readContext('EncryptionContextEquals', given.EncryptionContextEquals),
    subset: readContext('EncryptionContextSubset', given.EncryptionContextSubset),
  };
}

function readContext(name: string, context: EncryptionContext | undefined): EncryptionContext | undefined {
  if (context === undefined) return undefined;
  const values = Object.values(context);
  if (values.length > CONSTRAINT_PAIRS_MAX)
    fail('ValidationException', `Constraints.${name}: ${values.length} pairs; at most ${CONSTRAINT_PAIRS_MAX} are taken.`);
  const longest = Math.max(0, ...values.map((value) => value.length));
  if (longest > CONSTRAINT_VALUE_CHARACTERS_MAX)
    fail(
      'ValidationException',
      `Constraints.${name}: a value of ${longest} characters; at most ${CONSTRAINT_VALUE_CHARACTERS_MAX} are taken.`,
    );
  return context;
}
