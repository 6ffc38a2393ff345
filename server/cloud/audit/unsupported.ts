// What a trail may ask for and does not get here, each refused in a sentence that says what to do instead.
import type { CreateTrailRequest } from '../../platform/api/models/cloudtrail.types.gen.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { Audit } from './domain.ts';
import { isPrefix } from './trail.ts';

type Asked = { readonly [Name in Exclude<keyof CreateTrailRequest, 'Name' | 'TagsList'>]?: CreateTrailRequest[Name] | undefined };

type Codes =
  | 'InsufficientSnsTopicPolicyException'
  | 'KmsKeyNotFoundException'
  | 'OrganizationsNotInUseException'
  | 'InvalidParameterCombinationException'
  | 'S3BucketDoesNotExistException'
  | 'InsufficientS3BucketPolicyException'
  | 'InvalidS3PrefixException';

export async function requireSupported(domain: Audit, ctx: Pick<RequestContext<Codes>, 'fail'>, asked: Asked): Promise<void> {
  if (given(asked.SnsTopicName))
    ctx.fail('InsufficientSnsTopicPolicyException', 'SNS Topic does not exist or the topic policy is incorrect!');
  if (given(asked.KmsKeyId))
    ctx.fail(
      'KmsKeyNotFoundException',
      `Trail files are not encrypted here: KmsKeyId ${asked.KmsKeyId} cannot be used. Leave it out.`,
    );
  if (asked.IsOrganizationTrail === true)
    ctx.fail('OrganizationsNotInUseException', 'Your account is not a member of an organization.');
  if (asked.IsMultiRegionTrail === true && asked.IncludeGlobalServiceEvents === false)
    ctx.fail('InvalidParameterCombinationException', 'Multi-Region trail must include global service events.');
  if (given(asked.S3KeyPrefix) && !isPrefix(asked.S3KeyPrefix))
    ctx.fail(
      'InvalidS3PrefixException',
      `Invalid S3 key prefix: ${asked.S3KeyPrefix}. Use at most 200 letters, digits and !_.*'()- in parts between slashes.`,
    );
  const bucket = asked.S3BucketName;
  if (bucket === undefined) return;
  if (!(await domain.buckets.exists(bucket)))
    ctx.fail(
      'S3BucketDoesNotExistException',
      `S3 bucket ${bucket} does not exist! Start the server with --trail-folder ${bucket}=PATH to make a folder one.`,
    );
  if (!(await domain.buckets.writable(bucket)))
    ctx.fail(
      'InsufficientS3BucketPolicyException',
      `Incorrect S3 bucket policy is detected for bucket: ${bucket}: the server cannot write to its folder.`,
    );
}

/** The AWS CLI sends an empty text to take something away. */
function given(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
