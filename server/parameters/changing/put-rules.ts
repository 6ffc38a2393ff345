// What a put makes of a parameter: its next version, or AWS's sentence for why not. Pure.
import type { ParameterTier, ParameterType, PutParameterRequest } from '../../platform/api/models/ssm.types.gen.ts';
import { fail } from '../../platform/api/errors.ts';
import { compileWithin, type Effort, matchWithin, type Pattern } from '../../platform/pattern.ts';
import { readPolicies, rearm } from '../policies/parameter-policies.ts';
import type { NewName } from '../name.ts';
import { DEFAULT_KEY, TAGS_MAX, VALUE_BYTES_MAX, VALUE_CHARACTERS_MAX } from '../parameter.ts';
import type { Parameter, Tier } from '../parameter.ts';

const INTEGRATION = /^d9d01087-4a3f-49e0-b0b4-d568d7826553\/ssm\/integrations\/webhook\/[^/]+$/;
const DATA_TYPES = ['text', 'aws:ec2:image', 'aws:ssm:integration'];
const IMAGE = /^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;

/** What can be said before anything is looked up. */
export function checkPut(input: PutParameterRequest): void {
  const { Value: value, Tags: tags = [] } = input;
  if (value.length === 0) refuseLength('greater than or equal to 1');
  if (value.length > VALUE_CHARACTERS_MAX) refuseLength(`less than or equal to ${VALUE_CHARACTERS_MAX}`);
  const nested = value.indexOf('{{');
  if (nested !== -1 && value.indexOf('}}', nested) !== -1)
    fail('ValidationException', 'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.');
  if (input.Overwrite === true && tags.length > 0)
    fail(
      'ValidationException',
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    );
  if (tags.length > TAGS_MAX)
    fail('ValidationException', `Tags: a parameter can have at most ${TAGS_MAX} tags, not ${tags.length}.`);
  if (input.DataType !== undefined && !DATA_TYPES.includes(input.DataType))
    fail(
      'ValidationException',
      `The following data type is not supported: ${input.DataType} (Data type names are all lowercase.)`,
    );
}

function refuseLength(bound: string): never {
  return fail(
    'ValidationException',
    `1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length ${bound}`,
  );
}

/** The type that the parameter gets; needed before the value can be sealed. */
export function typeOfPut(input: PutParameterRequest, existing: Pick<Parameter, 'type'> | undefined): ParameterType {
  return input.Type ?? existing?.type ?? fail('ValidationException', 'A parameter type is required when you create a parameter.');
}

export interface PutFacts {
  readonly name: NewName;
  /** What is stored: the text, or the ciphertext in base64. */
  readonly stored: string;
  readonly now: Date;
  /** ARN. */
  readonly by: string;
  readonly defaultTier: ParameterTier;
}

export function planPut(input: PutParameterRequest, existing: Parameter | undefined, facts: PutFacts): Parameter {
  if (existing !== undefined && input.Overwrite !== true)
    return fail(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
  const type = typeOfPut(input, existing);
  if (input.KeyId !== undefined && type !== 'SecureString')
    return fail('ValidationException', 'KeyId is required for SecureString type parameter only.');
  if (existing !== undefined && (type === 'SecureString') !== (existing.type === 'SecureString'))
    return fail(
      'HierarchyTypeMismatchException',
      "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter.",
    );
  const policies =
    input.Policies === undefined ? rearm(existing?.policies ?? [], facts.now) : readPolicies(input.Policies, facts.now);
  const tier = tierOf(input, existing, policies.length > 0, facts.defaultTier);
  if (tier === 'Standard' && policies.length > 0)
    return fail(
      'ValidationException',
      'Standard tier parameters do not support parameter policies. To use policies, upgrade the parameter to the advanced-parameter tier.',
    );
  const dataType = input.DataType ?? existing?.dataType ?? 'text';
  checkDataType(dataType, type, facts.name, input.Value);
  const allowedPattern = input.AllowedPattern ?? existing?.allowedPattern;
  checkPattern(allowedPattern === '' ? undefined : allowedPattern, input.Value);
  return {
    key: facts.name.key,
    rooted: existing?.rooted ?? facts.name.rooted,
    version: (existing?.version ?? 0) + 1,
    oldestVersion: existing?.oldestVersion ?? 1,
    type,
    value: facts.stored,
    keyId: type === 'SecureString' ? (input.KeyId ?? DEFAULT_KEY) : undefined,
    description: input.Description ?? existing?.description,
    allowedPattern: allowedPattern === '' ? undefined : allowedPattern,
    tier,
    dataType,
    policies,
    modifiedAt: facts.now,
    modifiedBy: facts.by,
  };
}

/** A parameter that is advanced stays so unless the caller asks for less, which AWS refuses. */
function tierOf(
  input: PutParameterRequest,
  existing: Parameter | undefined,
  hasPolicies: boolean,
  defaultTier: ParameterTier,
): Tier {
  const sizeBytes = Buffer.byteLength(input.Value);
  const asked = input.Tier ?? (existing?.tier === 'Advanced' ? 'Advanced' : defaultTier);
  if (asked === 'Standard' && existing?.tier === 'Advanced')
    return fail(
      'ValidationException',
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.",
    );
  const needsAdvanced = existing?.tier === 'Advanced' || hasPolicies || sizeBytes > VALUE_BYTES_MAX.Standard;
  const tier = asked === 'Intelligent-Tiering' ? (needsAdvanced ? 'Advanced' : 'Standard') : asked;
  if (sizeBytes > VALUE_BYTES_MAX[tier])
    return fail(
      'ValidationException',
      tier === 'Standard'
        ? `Standard tier parameters support a maximum parameter value of ${VALUE_BYTES_MAX.Standard} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html`
        : `Advanced tier parameters support a maximum parameter value of ${VALUE_BYTES_MAX.Advanced} characters.`,
    );
  return tier;
}

function checkDataType(dataType: string, type: ParameterType, { key }: NewName, value: string): void {
  if (dataType === 'aws:ec2:image' && (type !== 'String' || !IMAGE.test(value)))
    fail(
      'ValidationException',
      'A parameter of the data type aws:ec2:image must be a String that holds the id of an image, such as ami-12345abcdeEXAMPLE.',
    );
  if (dataType === 'aws:ssm:integration' && (type !== 'SecureString' || !INTEGRATION.test(key)))
    fail(
      'ValidationException',
      'A parameter of the data type aws:ssm:integration must be a SecureString with a name below /d9d01087-4a3f-49e0-b0b4-d568d7826553/ssm/integrations/webhook/.',
    );
}

/**
 * What matching a value may cost: a tenth of a second, in which nobody else is answered. A pattern of fifty parts costs a tenth of it against the
 * longest value.
 */
const PATTERN_EFFORT_MAX = 5_000_000;

function checkPattern(source: string | undefined, value: string): void {
  if (source === undefined) return;
  const effort = { left: PATTERN_EFFORT_MAX };
  const isMatch = matchWithin(effort, readPattern(effort, source), value);
  if (isMatch === undefined) refusePattern(`it takes too long for a value of ${value.length} characters: repeat less with {n,m}`);
  if (!isMatch)
    fail('ParameterPatternMismatchException', `Parameter value, cannot be validated against allowedPattern: ${source}`);
}

function readPattern(effort: Effort, source: string): Pattern {
  try {
    return compileWithin(effort, source);
  } catch (error) {
    return refusePattern(error instanceof Error ? error.message.slice(0, 200) : 'not a regular expression');
  }
}

function refusePattern(why: string): never {
  return fail('InvalidAllowedPatternException', `The request doesn't meet the regular expression requirement: ${why}.`);
}
