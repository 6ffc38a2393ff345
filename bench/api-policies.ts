// Ten policies of ten statements, as a large team has them: actions by name and by pattern, ARNs, variables, conditions; the last statement of
// the last policy is the one that allows. And how long one decision over them takes.
import { compilePolicy } from '@muster/server/cloud/identity/policy-engine/compile.ts';
import { parsePolicy } from '@muster/server/cloud/identity/policy-engine/document.ts';
import { evaluate } from '@muster/server/cloud/identity/policy-engine/evaluate.ts';
import { type RequestFacts, resourceName } from '@muster/server/cloud/identity/policy-engine/request.ts';
import { ACCOUNT, REGION } from './server-process.ts';

const COUNT = 10;
const DECISIONS = 200_000;
const WARM_UP = 20_000;

export const GROUP = 'Bench';
export const PARAMETERS = { text: '/bench/text', secret: '/bench/secret' };

export function tenByTen(): readonly string[] {
  return Array.from({ length: COUNT }, (_, policy) => {
    const statements = Array.from({ length: COUNT }, (_unused, index) => statementOf(policy, index));
    return JSON.stringify({ Version: '2012-10-17', Statement: statements });
  });
}

function statementOf(policy: number, index: number): object {
  if (policy === COUNT - 1 && index === COUNT - 1)
    return {
      Effect: 'Allow',
      Action: ['resource-groups:GetGroup', 'ssm:GetParameter'],
      Resource: [`arn:aws:resource-groups:*:*:group/${GROUP}*`, 'arn:aws:ssm:*:*:parameter/bench/*'],
      Condition: CONDITION,
    };
  switch (index % 5) {
    case 0:
      return {
        Effect: 'Allow',
        Action: ['ssm:Get*', 'resource-groups:Get*'],
        Resource: [`arn:aws:ssm:*:*:parameter/team${policy}/*`, `arn:aws:resource-groups:*:*:group/team${policy}-*`],
      };
    case 1:
      return { Effect: 'Allow', Action: 's3:*', Resource: [`arn:aws:s3:::b${policy}`, `arn:aws:s3:::b${policy}/*`] };
    case 2:
      return {
        Effect: 'Allow',
        Action: 'resource-groups:*Group',
        Resource: `arn:aws:resource-groups:*:*:group/\${aws:username}-${policy}-*`,
      };
    case 3:
      return {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { NotIpAddress: { 'aws:SourceIp': ['127.0.0.0/8', '::1'] } },
      };
    default:
      return {
        Effect: 'Allow',
        Action: 'ssm:SendCommand',
        Resource: '*',
        Condition: { StringLike: { 'ssm:resourceTag/team': `t${policy}-*` } },
      };
  }
}

const CONDITION = { StringEquals: { 'aws:PrincipalAccount': ACCOUNT }, Bool: { 'aws:SecureTransport': 'false' } };

/** Microseconds of one decision. */
export function measureDecision(): number {
  const identity = tenByTen().map((text, index) => compilePolicy(`p${index}`, parsePolicy(text, 'identity')));
  const keys = new Map([
    ['aws:username', ['bench']],
    ['aws:principalaccount', [ACCOUNT]],
    ['aws:sourceip', ['127.0.0.1']],
    ['aws:securetransport', ['false']],
  ]);
  const name = `arn:aws:resource-groups:${REGION}:${ACCOUNT}:group/${GROUP}`;
  const decide = () => {
    const facts = {
      caller: { account: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:user/bench` },
      action: 'resource-groups:GetGroup',
      resource: resourceName(name),
      resourceAccount: ACCOUNT,
      keys,
    };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a branded account
    if (!evaluate({ identity }, facts as unknown as RequestFacts).allowed) throw new Error('the last statement allows it');
  };
  for (let turn = 0; turn < WARM_UP; turn++) decide();
  const startedAt = performance.now();
  for (let turn = 0; turn < DECISIONS; turn++) decide();
  return ((performance.now() - startedAt) * 1_000) / DECISIONS;
}
