// Generated policies and requests, from a seed: small vocabularies, so that they meet often. For tests.
import type { Random } from '@muster/testkit/random.ts';
import type { ObviousPolicies, ObviousPolicy, ObviousRequest, ObviousStatement } from './obvious-model.fixture.ts';

export const ACCOUNT = '111122223333';
export const OTHER = '444455556666';
export const USER = `arn:aws:iam::${ACCOUNT}:user/ann`;
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/ops`;
export const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/ops/ann`;

const ACTIONS = ['ssm:SendCommand', 'ssm:GetParameter', 'ssm:*', 'ssm:Get*', '*', 's3:GetObject', 'ssm:?etParameter'];
const NAMES = ['mi-1', 'mi-2', 'mi-*', '*', 'mi-?', '${aws:username}', "${aws:nobody, 'mi-1'}", '${aws:nobody}', '${*}'];
const KEYS = [
  'aws:username',
  'ssm:resourcetag/env',
  'aws:tagkeys',
  'aws:sourceip',
  'aws:multifactorauthage',
  'aws:currenttime',
  'aws:principalarn',
];
const VALUES: Readonly<Record<string, readonly string[]>> = {
  'aws:username': ['ann', 'bob', 'mi-1', '*'],
  'ssm:resourcetag/env': ['dev', 'prod', 'Dev'],
  'aws:tagkeys': ['env', 'team', 'cost'],
  'aws:sourceip': ['10.1.2.3', '192.168.0.9'],
  'aws:multifactorauthage': ['5', '300', '5.0'],
  'aws:currenttime': ['2026-11-21T10:00:00Z', '2020-01-01T00:00:00Z'],
  'aws:principalarn': [USER, ROLE],
};
const WANTED: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  'aws:username': [
    ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike', 'StringEqualsIgnoreCase'],
    ['ann', 'a*', 'B?b', '${aws:username}', 'bob'],
  ],
  'ssm:resourcetag/env': [
    ['StringEquals', 'StringLike', 'StringNotEqualsIgnoreCase', 'StringNotEquals'],
    ['dev', 'PROD', 'p*', '${ssm:resourceTag/env}'],
  ],
  'aws:tagkeys': [
    ['StringEquals', 'StringLike', 'StringNotEquals'],
    ['env', 'te*', 'cost'],
  ],
  'aws:sourceip': [
    ['IpAddress', 'NotIpAddress'],
    ['10.0.0.0/8', '192.168.0.9', '192.168.0.0/30'],
  ],
  'aws:multifactorauthage': [
    [
      'NumericLessThan',
      'NumericEquals',
      'NumericGreaterThanEquals',
      'NumericNotEquals',
      'NumericLessThanEquals',
      'NumericGreaterThan',
    ],
    ['5', '300', '4.5'],
  ],
  'aws:currenttime': [
    ['DateLessThan', 'DateGreaterThan', 'DateEquals', 'DateNotEquals'],
    ['2026-01-01T00:00:00Z', '2020-01-01T00:00:00Z'],
  ],
  'aws:principalarn': [
    ['ArnLike', 'ArnEquals', 'ArnNotLike', 'ArnNotEquals'],
    ['arn:aws:iam::*:user/*', ROLE, 'arn:aws:iam', '*'],
  ],
};

function some<Item>(random: Random, items: readonly Item[], max: number): Item[] {
  return Array.from({ length: 1 + random.below(max) }, () => random.pick(items));
}

function randomStatement(random: Random, isResource: boolean): ObviousStatement {
  const action = some(random, ACTIONS, 2);
  const resource = some(random, NAMES, 2).map((name) =>
    name === '*' && random.chance(0.5)
      ? '*'
      : `arn:aws:ssm:${random.pick(['us-east-1', '*', 'eu-*'])}:${random.pick([ACCOUNT, '*'])}:managed-instance/${name}`,
  );
  const condition: Record<string, Record<string, string[]>> = {};
  while (random.chance(0.4)) {
    const key = random.pick(KEYS);
    const [operators, values] = WANTED[key]!;
    const isNull = random.chance(0.1);
    const operator = isNull
      ? 'Null'
      : `${random.pick(['', '', 'ForAllValues:', 'ForAnyValue:'])}${random.pick(operators)}${random.pick(['', '', 'IfExists'])}`;
    condition[operator] = { ...condition[operator], [key]: isNull ? [random.pick(['true', 'false'])] : some(random, values, 2) };
  }
  const principal = random.pick<ObviousStatement['Principal']>([
    '*',
    { AWS: USER },
    { AWS: [ROLE, OTHER] },
    { AWS: ACCOUNT },
    { AWS: SESSION },
    { Service: 'ssm.amazonaws.com' },
    { AWS: `arn:aws:iam::${OTHER}:root` },
    { AWS: '*' },
  ]);
  return {
    Effect: random.chance(0.25) ? 'Deny' : 'Allow',
    ...(random.chance(0.15) ? { NotAction: action } : { Action: action }),
    ...(random.chance(0.15) ? { NotResource: resource } : { Resource: resource }),
    ...(Object.keys(condition).length === 0 ? {} : { Condition: condition }),
    ...(isResource ? (random.chance(0.15) && principal !== '*' ? { NotPrincipal: principal! } : { Principal: principal! }) : {}),
  };
}

/** Guard rails stand in many policies: some statements are said again, under another action, as the opposite, or in a version without variables. */
function withEchoes(random: Random, policies: readonly ObviousPolicy[]): ObviousPolicy[] {
  const echoes = policies.flatMap(({ Statement: said, ...version }): ObviousPolicy[] => {
    if (random.chance(0.8)) return [];
    const echo = random.pick([said].flat());
    const { Action: _action, NotAction: _notAction, ...rest } = echo;
    const other: ObviousStatement = { ...rest, Action: some(random, ACTIONS, 2) };
    const opposite: ObviousStatement = { ...echo, Effect: echo.Effect === 'Allow' ? 'Deny' : 'Allow' };
    return [{ ...(random.chance(0.5) ? version : {}), Statement: [random.pick([echo, other, opposite])] }];
  });
  return [...policies, ...echoes];
}

export function randomCase(random: Random): { policies: ObviousPolicies; request: ObviousRequest } {
  const policy = (isResource = false): ObviousPolicy => ({
    ...(random.chance(0.85) ? { Version: '2012-10-17' } : random.chance(0.5) ? { Version: '2008-10-17' } : {}),
    Statement: Array.from({ length: 1 + random.below(3) }, () => randomStatement(random, isResource)),
  });
  const keys: Record<string, string[]> = {};
  for (const key of KEYS)
    if (random.chance(0.7)) keys[key] = key === 'aws:tagkeys' ? some(random, VALUES[key]!, 3) : [random.pick(VALUES[key]!)];
  const kind = random.pick(['user', 'session', 'service'] as const);
  return {
    policies: {
      identity:
        kind === 'service'
          ? []
          : withEchoes(
              random,
              Array.from({ length: random.below(4) }, () => policy()),
            ),
      ...(random.chance(0.3) ? { boundary: policy() } : {}),
      ...(kind === 'session' && random.chance(0.5) ? { session: [policy(), ...(random.chance(0.3) ? [policy()] : [])] } : {}),
      ...(random.chance(0.5) ? { resource: policy(true) } : {}),
    },
    request: {
      account: ACCOUNT,
      arn: kind === 'user' ? USER : kind === 'session' ? SESSION : '',
      ...(kind === 'session' ? { roleArn: ROLE } : {}),
      ...(kind === 'service' ? { service: 'ssm.amazonaws.com' } : {}),
      action: random.pick(['ssm:SendCommand', 'ssm:GetParameter', 's3:GetObject']),
      resource: random.chance(0.1)
        ? '*'
        : `arn:aws:ssm:us-east-1:${ACCOUNT}:managed-instance/${random.pick(['mi-1', 'mi-2', 'mi-10', 'ann', '*'])}`,
      resourceAccount: random.chance(0.8) ? ACCOUNT : OTHER,
      keys,
    },
  };
}
