// What the audit domain works with, and how its operations find a trail.
import { ApiError } from '../../platform/api/errors.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { AccountId, Region, Scope } from '../../platform/ids.ts';
import type { JournalSigner, OpenJournal } from '../../platform/journal/index.ts';
import type { Database, JsonValue, PageTokens, ReadTx } from '../../platform/store/index.ts';
import type { Tags } from '../../platform/tags/tags.ts';
import type { Clock } from '../../platform/time/clock.ts';
import * as store from './store.ts';
import type { TrailLogGroups } from './log-groups/trail-log-groups.ts';
import type { TrailRow } from './tables.ts';
import { askedTrail, trailArn, whyNotName } from './trail.ts';
import type { TrailBuckets } from './trail-buckets.ts';

export interface Audit {
  readonly database: Database;
  readonly clock: Pick<Clock, 'now'>;
  readonly journal: Pick<OpenJournal, 'read'>;
  readonly signer: JournalSigner;
  readonly pageTokens: PageTokens;
  readonly tags: Tags;
  readonly buckets: TrailBuckets;
  readonly logGroups: TrailLogGroups;
  /** Whether a service of ours may act under a role (a name, with its path) of the account. */
  readonly mayAssume: (account: AccountId, roleName: string, service: string) => Promise<boolean>;
}

type TrailErrors = 'TrailNotFoundException' | 'InvalidTrailNameException' | 'CloudTrailARNInvalidException';
type Refusing<Code extends string> = Scope & Pick<RequestContext<Code>, 'fail'>;

/** By name in the caller's region, else one of all regions with this name; by ARN wherever it is at home. */
export async function findAsked(tx: ReadTx, ctx: Refusing<TrailErrors>, nameOrArn: string): Promise<TrailRow | undefined> {
  const asked =
    askedTrail(nameOrArn) ??
    ctx.fail(
      'CloudTrailARNInvalidException',
      `Trail ARN ${nameOrArn} is not valid: arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME.`,
    );
  const wrong = whyNotName(asked.name);
  if (wrong !== undefined) ctx.fail('InvalidTrailNameException', wrong);
  if (asked.account !== undefined && asked.account !== ctx.account) return undefined;
  if (asked.home !== undefined) return store.findTrail(tx, { account: ctx.account, region: asked.home, name: asked.name });
  const here = await store.findTrail(tx, { account: ctx.account, region: ctx.region, name: asked.name });
  if (here !== undefined) return here;
  const all = await store.listTrails(tx, ctx.account);
  return all.find(({ name, multi_region: everywhere }) => name === asked.name && everywhere === 1);
}

export async function requireTrail(tx: ReadTx, ctx: Refusing<TrailErrors>, nameOrArn: string): Promise<TrailRow> {
  const found = await findAsked(tx, ctx, nameOrArn);
  return found ?? ctx.fail('TrailNotFoundException', `Unknown trail: ${trailArn(ctx, nameOrArn)} for the user: ${ctx.account}`);
}

/** For changes: a trail is changed in its home region. */
export async function requireHomeTrail(
  tx: ReadTx,
  ctx: Refusing<TrailErrors | 'InvalidHomeRegionException'>,
  nameOrArn: string,
): Promise<TrailRow> {
  const trail = await requireTrail(tx, ctx, nameOrArn);
  if (trail.region === ctx.region) return trail;
  return ctx.fail('InvalidHomeRegionException', `Trail ${trail.name} can only be changed in its home region, ${trail.region}.`);
}

/** Undefined: from the start. `refuse` is told of a token that is not ours. */
export function positionOf(
  domain: Pick<Audit, 'pageTokens'>,
  operation: string,
  scope: Scope,
  token: string | undefined,
  refuse: (message: string) => never,
): JsonValue | undefined {
  if (token === undefined || token === '') return undefined;
  try {
    return domain.pageTokens.decode(operation, scope, token);
  } catch (error) {
    // The services call the same thing by other codes.
    if (error instanceof ApiError && error.code === 'InvalidNextToken') return refuse(error.message);
    throw error;
  }
}

/** As DescribeTrails, GetTrail and the answers of changes show it. */
export function trailView(trail: TrailRow): {
  Name: string;
  S3BucketName: string;
  S3KeyPrefix: string | undefined;
  IncludeGlobalServiceEvents: boolean;
  IsMultiRegionTrail: boolean;
  TrailARN: string;
  LogFileValidationEnabled: boolean;
  CloudWatchLogsLogGroupArn: string | undefined;
  CloudWatchLogsRoleArn: string | undefined;
  IsOrganizationTrail: boolean;
} {
  return {
    Name: trail.name,
    S3BucketName: trail.bucket,
    S3KeyPrefix: trail.prefix ?? undefined,
    IncludeGlobalServiceEvents: trail.global_events === 1,
    IsMultiRegionTrail: trail.multi_region === 1,
    TrailARN: trailArn(trail, trail.name),
    LogFileValidationEnabled: trail.digests === 1,
    CloudWatchLogsLogGroupArn: trail.log_group ?? undefined,
    CloudWatchLogsRoleArn: trail.log_role ?? undefined,
    IsOrganizationTrail: false,
  };
}

export function describedTrail(trail: TrailRow): ReturnType<typeof trailView> & {
  HomeRegion: Region;
  HasCustomEventSelectors: boolean;
  HasInsightSelectors: boolean;
} {
  return {
    ...trailView(trail),
    HomeRegion: trail.region,
    HasCustomEventSelectors: trail.selectors !== null,
    HasInsightSelectors: false,
  };
}
