// Tags of trails, and which resource a tag operation means: only trails have tags here.
import type { RequestContext } from '../../platform/api/operation.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import type { Tag } from '../../platform/tags/tags.ts';
import { findAsked } from './domain.ts';
import type { TrailRow } from './tables.ts';
import { askedTrail } from './trail.ts';

const RESERVED = /^aws:/i;

/** A tag without a value has an empty one. */
export function trailTags(
  list: readonly { readonly Key: string; readonly Value?: string | undefined }[] | undefined,
  refuse: (message: string) => never,
): Tag[] {
  return (list ?? []).map(({ Key, Value }) => {
    if (RESERVED.test(Key)) return refuse('aws: prefixed tag key names are not allowed for external use.');
    return { Key, Value: Value ?? '' };
  });
}

type Codes =
  | 'CloudTrailARNInvalidException'
  | 'ResourceNotFoundException'
  | 'ResourceTypeNotSupportedException'
  | 'InvalidTrailNameException';

export async function requireTagged(tx: ReadTx, ctx: RequestContext<Codes>, arn: string): Promise<TrailRow> {
  if (!arn.startsWith('arn:')) ctx.fail('CloudTrailARNInvalidException', `Trail ARN ${arn} is not valid.`);
  if (/^arn:aws:cloudtrail:[^:]*:[^:]*:(?:eventdatastore|channel|dashboard)\//.test(arn))
    ctx.fail('ResourceTypeNotSupportedException', `Only trails have tags on this server, and ${arn} is none.`);
  if (askedTrail(arn) === undefined) ctx.fail('CloudTrailARNInvalidException', `Trail ARN ${arn} is not valid.`);
  const refusing = {
    account: ctx.account,
    region: ctx.region,
    fail: (_code: string, message: string): never => ctx.fail('InvalidTrailNameException', message),
  };
  const trail = await findAsked(tx, refusing, arn);
  return trail ?? ctx.fail('ResourceNotFoundException', `Resource not found: ${arn}`);
}
