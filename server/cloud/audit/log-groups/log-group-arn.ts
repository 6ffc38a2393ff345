// ARNs of log groups, as CloudTrail takes them: with the `:*` that stands for the streams. Pure.

const LOG_GROUP = /^arn:aws:logs:([a-z0-9-]+):(\d{12}):log-group:([\w./#-]{1,512}):\*$/;

export interface LogGroupName {
  readonly region: string;
  readonly account: string;
  readonly name: string;
}

/** Undefined: no ARN of a log group. */
export function groupOfArn(arn: string): LogGroupName | undefined {
  const [, region, account, name] = LOG_GROUP.exec(arn) ?? [];
  return region === undefined || account === undefined || name === undefined ? undefined : { region, account, name };
}
