// Which log group and role a trail has after a call: checked as AWS checks them. The role is who would write on AWS; here its trust policy counts and
// that the caller may pass it. An empty text takes a log group away.
import type { Region } from '../../../platform/ids.ts';
import type { RequestContext } from '../../../platform/api/operation.ts';
import type { Audit } from '../domain.ts';
import type { TrailRow } from '../tables.ts';
import { groupOfArn } from './log-group-arn.ts';

type Codes =
  | 'InvalidCloudWatchLogsLogGroupArnException'
  | 'InvalidCloudWatchLogsRoleArnException'
  | 'CloudWatchLogsDeliveryUnavailableException';

type Chosen = Pick<TrailRow, 'log_group' | 'log_role'>;

interface Asked {
  readonly CloudWatchLogsLogGroupArn?: string | undefined;
  readonly CloudWatchLogsRoleArn?: string | undefined;
}

const SERVICE = 'cloudtrail.amazonaws.com';
const PASSED_TO = new Map([['iam:passedtoservice', [SERVICE]]]);

/** `home`: the trail's region. `current`: what it has, where it is there already. */
export async function chooseLogGroup(
  domain: Audit,
  ctx: RequestContext<Codes>,
  asked: Asked,
  home: Region,
  current: Chosen,
): Promise<Chosen> {
  if (asked.CloudWatchLogsLogGroupArn === undefined && asked.CloudWatchLogsRoleArn === undefined) return current;
  const groupArn = asked.CloudWatchLogsLogGroupArn ?? current.log_group ?? '';
  const roleArn = asked.CloudWatchLogsRoleArn ?? current.log_role ?? '';
  if (groupArn === '' && roleArn === '') return { log_group: null, log_role: null };
  if (roleArn === '') ctx.fail('InvalidCloudWatchLogsRoleArnException', 'You must specify a role ARN as well as a log group.');
  if (groupArn === '')
    ctx.fail('InvalidCloudWatchLogsLogGroupArnException', 'You must specify a log group ARN as well as a role.');
  await requireGroup(domain, ctx, groupArn, home);
  await requireRole(domain, ctx, roleArn);
  return { log_group: groupArn, log_role: roleArn };
}

async function requireGroup(domain: Audit, ctx: RequestContext<Codes>, arn: string, home: Region): Promise<void> {
  const refuse = (why: string): never =>
    ctx.fail('InvalidCloudWatchLogsLogGroupArnException', `CloudTrail cannot validate the specified log group ARN. ${why}`);
  const group =
    groupOfArn(arn) ?? refuse(`${arn} is not arn:aws:logs:REGION:ACCOUNT:log-group:NAME:* (with the asterisk at its end).`);
  if (group.account !== ctx.account || group.region !== home)
    refuse(`The log group must be one of account ${ctx.account} in the trail's home region, ${home}.`);
  if (!(await domain.logGroups.exists(group.name)))
    refuse(`Start the server with --trail-log-group ${group.name}=PATH to make a folder the log group ${group.name}.`);
  if (!(await domain.logGroups.writable(group.name)))
    ctx.fail(
      'CloudWatchLogsDeliveryUnavailableException',
      `Cannot set a CloudWatch Logs delivery for this region: the server cannot write to the folder of the log group ${group.name}.`,
    );
}

async function requireRole(domain: Audit, ctx: RequestContext<Codes>, arn: string): Promise<void> {
  const [, account, name] = /^arn:aws:iam::(\d{12}):role\/([\x21-\x7E]{1,576})$/.exec(arn) ?? [];
  const refuse = (): never =>
    ctx.fail('InvalidCloudWatchLogsRoleArnException', 'Access denied. Check the trust relationships for your role.');
  if (name === undefined || account !== ctx.account) return refuse();
  await ctx.authorize('iam:PassRole', arn, { facts: PASSED_TO });
  if (!(await domain.mayAssume(ctx.account, name, SERVICE))) refuse();
}
