// A record of the journal in CloudTrail's format. Pure. What the journal does not keep is null (responseElements) or left out; nothing is made up.
import type { ProvedIdentity } from '../../platform/access/principal.ts';
import { eventIdOf, type JournalRecord, nameOfArn } from '../../platform/journal/index.ts';

/** The version whose members these are. */
const EVENT_VERSION = '1.11';
/** Calls that answer with a secret and begin something. */
const BEGINNINGS = new Set(['StartSession', 'ResumeSession']);
const READING_VERB = /^(?:Describe|Get|Head|List|Lookup|Poll|Receive)[A-Z]/;

type Json = Readonly<Record<string, unknown>>;

export function isReadOnly({ auditClass, eventName }: Pick<JournalRecord, 'auditClass' | 'eventName'>): boolean {
  switch (auditClass) {
    case 'write':
      return false;
    case 'read':
      return true;
    case 'secret':
      return !BEGINNINGS.has(eventName);
    case 'data-plane':
    case 'agent-plane':
      return READING_VERB.test(eventName);
  }
}

export function cloudTrailEvent(record: JournalRecord): Json {
  const management = record.auditClass !== 'data-plane';
  return {
    eventVersion: EVENT_VERSION,
    userIdentity: userIdentity(record.principal),
    eventTime: isoSeconds(record.at),
    eventSource: record.eventSource,
    eventName: record.eventName,
    awsRegion: record.region,
    sourceIPAddress: record.sourceIp,
    userAgent: record.userAgent,
    ...(record.errorCode === undefined ? {} : { errorCode: record.errorCode }),
    ...(record.errorMessage === undefined ? {} : { errorMessage: record.errorMessage }),
    requestParameters: parsed(record.requestParameters),
    responseElements: null,
    requestID: record.requestId,
    eventID: eventIdOf(record),
    readOnly: isReadOnly(record),
    ...(record.resources.length === 0
      ? {}
      : {
          resources: record.resources
            .filter((arn) => arn.startsWith('arn:'))
            .map((arn) => ({ accountId: arn.split(':')[4] || record.account, type: resourceType(arn), ARN: arn })),
        }),
    eventType: record.principal.kind === 'service' ? 'AwsServiceEvent' : 'AwsApiCall',
    managementEvent: management,
    recipientAccountId: record.account,
    eventCategory: management ? 'Management' : 'Data',
  };
}

export function isoSeconds(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Somebody changed the row; verification says so, and the record is shown all the same.
    return text;
  }
}

function userIdentity(principal: JournalRecord['principal']): Json {
  if (principal.kind === 'service') return { type: 'AWSService', invokedBy: principal.service };
  if (principal.kind === 'anonymous') return principal.proved === undefined ? NOBODY : webIdentityUser(principal.proved);
  const { account: accountId, arn, userId: principalId, accessKeyId } = principal;
  const who = { principalId, arn, accountId, accessKeyId };
  if (principal.kind === 'administrator' || principal.kind === 'user') {
    const userName = principal.kind === 'user' ? principal.userName : 'administrator';
    const { issuedAt } = principal;
    const session = issuedAt === undefined ? {} : { sessionContext: { attributes: attributes(issuedAt) } };
    return { type: 'IAMUser', ...who, userName, ...session };
  }
  const issuer = {
    type: 'Role',
    principalId: principalId.split(':')[0],
    arn: principal.kind === 'role' ? principal.roleArn : `arn:aws:iam::${accountId}:role/${principal.roleName}`,
    accountId,
    userName: principal.roleName,
  };
  if (principal.kind === 'node') return { type: 'AssumedRole', ...who, sessionContext: { sessionIssuer: issuer } };
  const { provider, sourceIdentity } = principal;
  return {
    type: 'AssumedRole',
    ...who,
    sessionContext: {
      sessionIssuer: issuer,
      ...(provider === undefined ? {} : { webIdFederationData: { federatedProvider: provider, attributes: {} } }),
      attributes: attributes(principal.issuedAt),
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    },
  };
}

const NOBODY: Json = { type: 'AWSAccount', principalId: '', accountId: 'ANONYMOUS_PRINCIPAL' };

/** Whoever brought a token of an identity provider. */
function webIdentityUser({ provider, subject, audience }: ProvedIdentity): Json {
  return {
    type: 'WebIdentityUser',
    principalId: `${provider}:${audience}:${subject}`,
    userName: subject,
    identityProvider: provider,
  };
}

function attributes(issuedAt: string): Json {
  return { creationDate: issuedAt, mfaAuthenticated: 'false' };
}

/** As AWS spells its services where capitals do not follow the words. */
const SERVICES: Readonly<Record<string, string>> = {
  ssm: 'SSM',
  iam: 'IAM',
  sts: 'STS',
  kms: 'KMS',
  s3: 'S3',
  sns: 'SNS',
  sqs: 'SQS',
  cloudtrail: 'CloudTrail',
  'resource-groups': 'ResourceGroups',
};

/** `AWS::SSM::ManagedInstance` of `arn:aws:ssm:…:managed-instance/mi-1`. */
export function resourceType(arn: string): string {
  const [, , service = '', , , ...rest] = arn.split(':');
  const noun = rest.join(':').split(/[/:]/)[0] ?? '';
  return `AWS::${SERVICES[service] ?? pascal(service)}::${pascal(noun)}`;
}

function pascal(words: string): string {
  return words.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** As LookupEvents answers them. */
export function lookupResources({
  resources,
}: Pick<JournalRecord, 'resources'>): { ResourceType: string; ResourceName: string }[] {
  return resources
    .filter((arn) => arn.startsWith('arn:'))
    .map((arn) => ({ ResourceType: resourceType(arn), ResourceName: nameOfArn(arn) }));
}
