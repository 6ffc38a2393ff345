// One call of every operation of the audit domain, in an order in which each succeeds for the administrator on a server whose trails deliver
// to `WALKED_BUCKETS`. For the walks over all operations.
import type { TrailBuckets } from './trail-buckets.ts';

type Input = Readonly<Record<string, unknown>>;
type CallOf = readonly [key: string, input: () => Input];

const ARN = 'arn:aws:cloudtrail:us-east-1:000000000000:trail/walked';
const LONG_AFTER_SECONDS = 4e9;

/** Takes what is delivered and keeps nothing. */
export const WALKED_BUCKETS: TrailBuckets = {
  exists: () => Promise.resolve(true),
  writable: () => Promise.resolve(true),
  put: () => Promise.resolve(),
};

/** For `clock.holdWhile`: time must not move while a delivery waits for its disk. */
export const filesAreWritten = (): boolean => process.getActiveResourcesInfo().includes('FSReqPromise');

const of =
  (input: Input): (() => Input) =>
  () =>
    input;

export const AUDIT_CALLS: readonly CallOf[] = [
  ['cloudtrail:LookupEvents', of({})],
  ['cloudtrail:CreateTrail', of({ Name: 'walked', S3BucketName: 'bucket' })],
  ['cloudtrail:UpdateTrail', of({ Name: 'walked', S3KeyPrefix: 'a' })],
  ['cloudtrail:StartLogging', of({ Name: 'walked' })],
  ['cloudtrail:StopLogging', of({ Name: 'walked' })],
  ['cloudtrail:PutEventSelectors', of({ TrailName: 'walked', EventSelectors: [{ ReadWriteType: 'All' }] })],
  ['cloudtrail:GetEventSelectors', of({ TrailName: 'walked' })],
  ['cloudtrail:GetTrail', of({ Name: 'walked' })],
  ['cloudtrail:GetTrailStatus', of({ Name: 'walked' })],
  ['cloudtrail:DescribeTrails', of({})],
  ['cloudtrail:ListTrails', of({})],
  ['cloudtrail:AddTags', of({ ResourceId: ARN, TagsList: [{ Key: 'a', Value: 'b' }] })],
  ['cloudtrail:ListTags', of({ ResourceIdList: [ARN] })],
  ['cloudtrail:RemoveTags', of({ ResourceId: ARN, TagsList: [{ Key: 'a' }] })],
  ['cloudtrail:ListPublicKeys', of({})],
  ['cloudtrail:DeleteTrail', of({ Name: 'walked' })],
  ['muster:GetAuditKey', of({})],
  ['muster:VerifyAudit', of({})],
  ['muster:ExportAudit', of({ From: 0, To: LONG_AFTER_SECONDS })],
];
