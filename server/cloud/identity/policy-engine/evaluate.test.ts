// The decision against AWS's published rules, one by one, and against the slow model on generated cases.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRandom } from '@muster/testkit/random.ts';
import type { AccountId } from '../../../platform/ids.ts';
import { compilePolicy } from './compile.ts';
import { parsePolicy, type PolicyUse } from './document.ts';
import { type Decision, evaluate } from './evaluate.ts';
import { ACCOUNT, OTHER, randomCase, ROLE, SESSION, USER } from './random-case.fixture.ts';
import { resourceName } from './request.ts';
import {
  type Answer,
  obviousAnswer,
  type ObviousPolicies,
  type ObviousPolicy,
  type ObviousRequest,
  type ObviousStatement,
} from './obvious-model.fixture.ts';

const NODE = `arn:aws:ssm:us-east-1:${ACCOUNT}:managed-instance/mi-1`;

const compiled = (id: string, policy: ObviousPolicy, use: PolicyUse) =>
  compilePolicy(id, parsePolicy(JSON.stringify(policy), use));

function decide(policies: ObviousPolicies, request: ObviousRequest): Decision {
  const { account, arn, roleArn, service, action, resource, resourceAccount, keys } = request;
  return evaluate(
    {
      identity: policies.identity.map((policy, index) => compiled(`identity-${index}`, policy, 'identity')),
      boundary: policies.boundary && compiled('boundary', policies.boundary, 'identity'),
      session: policies.session?.map((policy) => compiled('session', policy, 'identity')),
      resource: policies.resource && compiled('resource', policies.resource, 'resource'),
    },
    {
      caller: {
        account: account as AccountId,
        arn,
        ...(roleArn === undefined ? {} : { roleArn }),
        ...(service === undefined ? {} : { service }),
      },
      action,
      resource: resourceName(resource),
      resourceAccount,
      keys: new Map(Object.entries(keys)),
    },
  );
}

function answerOf(decision: Decision): Answer {
  if (decision.allowed) return 'allowed';
  return decision.explicit ? 'explicitDeny' : 'implicitDeny';
}

const allow = (more: Partial<ObviousStatement> = {}): ObviousPolicy => ({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: 'ssm:SendCommand', Resource: '*', ...more },
});
const deny = (more: Partial<ObviousStatement> = {}): ObviousPolicy => allow({ Effect: 'Deny', ...more });
const by = (arn: string): Pick<ObviousStatement, 'Principal'> => ({ Principal: { AWS: arn } });
const asUser = (more: Partial<ObviousRequest> = {}): ObviousRequest => ({
  account: ACCOUNT,
  arn: USER,
  action: 'ssm:SendCommand',
  resource: NODE,
  resourceAccount: ACCOUNT,
  keys: { 'aws:username': ['ann'] },
  ...more,
});
const asSession = (more: Partial<ObviousRequest> = {}): ObviousRequest => asUser({ arn: SESSION, roleArn: ROLE, ...more });

describe('a decision', () => {
  const cases: readonly [string, ObviousPolicies, ObviousRequest, Answer][] = [
    ['is no without any policy', { identity: [] }, asUser(), 'implicitDeny'],
    ['is yes by an Allow', { identity: [allow()] }, asUser(), 'allowed'],
    ['is no by a Deny whatever allows', { identity: [allow(), deny()], resource: allow(by(USER)) }, asUser(), 'explicitDeny'],
    ['takes actions whatever their case', { identity: [allow({ Action: 'SSM:sendcommand' })] }, asUser(), 'allowed'],
    [
      'takes resources with their case',
      { identity: [allow({ Resource: NODE.toUpperCase().replace('ARN:AWS:SSM', 'arn:aws:ssm') })] },
      asUser(),
      'implicitDeny',
    ],
    ['needs the boundary as well', { identity: [allow()], boundary: allow({ Action: 'ssm:List*' }) }, asUser(), 'implicitDeny'],
    [
      'needs a session policy as well',
      { identity: [allow()], session: [allow({ Action: 's3:*' })] },
      asSession(),
      'implicitDeny',
    ],
    [
      'is yes by one of two session policies',
      { identity: [allow()], session: [deny({ Action: 's3:*' }), allow()] },
      asSession(),
      'allowed',
    ],
    [
      'follows a resource that names the user, whatever the boundary',
      { identity: [], boundary: allow({ Action: 's3:*' }), resource: allow(by(USER)) },
      asUser(),
      'allowed',
    ],
    [
      'follows a resource that names the role within the boundary only',
      { identity: [], boundary: allow({ Action: 's3:*' }), resource: allow(by(ROLE)) },
      asSession(),
      'implicitDeny',
    ],
    [
      'follows a resource that names the session, whatever the session policy',
      { identity: [], session: [allow({ Action: 's3:*' })], resource: allow(by(SESSION)) },
      asSession(),
      'allowed',
    ],
    [
      'does not follow a resource that names the account alone',
      { identity: [], resource: allow(by(ACCOUNT)) },
      asUser(),
      'implicitDeny',
    ],
    ['needs both accounts across accounts', { identity: [allow()] }, asUser({ resourceAccount: OTHER }), 'implicitDeny'],
    [
      'is yes across accounts when both agree',
      { identity: [allow()], resource: allow(by(ACCOUNT)) },
      asUser({ resourceAccount: OTHER }),
      'allowed',
    ],
    [
      'is no across accounts when only the resource agrees',
      { identity: [], resource: allow(by(USER)) },
      asUser({ resourceAccount: OTHER }),
      'implicitDeny',
    ],
    [
      'spares who NotPrincipal names',
      { identity: [allow()], resource: deny({ NotPrincipal: { AWS: USER } }) },
      asUser(),
      'allowed',
    ],
    [
      'takes NotAction for everything else',
      { identity: [allow({ Action: undefined, NotAction: 'iam:*' } as never)] },
      asUser(),
      'allowed',
    ],
    [
      'keeps a star within its part of the ARN',
      { identity: [allow({ Resource: 'arn:aws:*:managed-instance/mi-1' })] },
      asUser(),
      'implicitDeny',
    ],
    ['fills in what an ARN leaves out', { identity: [allow({ Resource: 'arn:aws:ssm' })] }, asUser(), 'allowed'],
    [
      'does not take a resource pattern for an action without resource',
      { identity: [allow({ Resource: 'arn:aws:ssm:*:*:*' })] },
      asUser({ resource: '*' }),
      'implicitDeny',
    ],
    [
      'fills in variables, literally',
      { identity: [allow({ Resource: 'arn:aws:ssm:*:*:managed-instance/${aws:username}' })] },
      asUser({ keys: { 'aws:username': ['*'] } }),
      'implicitDeny',
    ],
    [
      'takes a default where a variable has no value',
      { identity: [allow({ Resource: "arn:aws:ssm:*:*:managed-instance/${aws:x, 'mi-1'}" })] },
      asUser(),
      'allowed',
    ],
    [
      'matches nothing where a variable has no value',
      { identity: [allow({ Resource: 'arn:aws:ssm:*:*:${aws:nobody}*' })] },
      asUser(),
      'implicitDeny',
    ],
    [
      'knows no variables before 2012',
      { identity: [{ ...allow({ Resource: 'arn:aws:ssm:*:*:managed-instance/${aws:username}' }), Version: '2008-10-17' }] },
      asUser({ resource: NODE.replace('mi-1', '${aws:username}') }),
      'allowed',
    ],
  ];
  for (const [name, policies, request, answer] of cases) {
    it(name, () => {
      assert.equal(answerOf(decide(policies, request)), answer);
      assert.equal(obviousAnswer(policies, request), answer, 'the slow model says otherwise');
    });
  }

  it('names what denied, and else the layer that allows nothing', () => {
    const explicit = decide({ identity: [allow()], boundary: deny({ Sid: 'Never' }) }, asUser());
    assert.deepEqual(explicit, {
      allowed: false,
      explicit: true,
      by: [{ layer: 'boundary', policy: 'boundary', statement: 'Never', place: 1 }],
    });
    const missing = (policies: ObviousPolicies, request = asUser()) => decide(policies, request);
    assert.deepEqual(missing({ identity: [] }), { allowed: false, explicit: false, missing: 'identity', by: [] });
    assert.deepEqual(missing({ identity: [allow()], boundary: allow({ Action: 's3:*' }) }), {
      allowed: false,
      explicit: false,
      missing: 'boundary',
      by: [],
    });
    assert.deepEqual(missing({ identity: [allow()] }, asUser({ resourceAccount: OTHER })), {
      allowed: false,
      explicit: false,
      missing: 'resource',
      by: [],
    });
  });
});

describe('conditions', () => {
  const holds = (operator: string, key: string, values: string | string[], given: Record<string, string[]>): boolean =>
    decide({ identity: [allow({ Condition: { [operator]: { [key]: values } } })] }, asUser({ keys: given })).allowed;
  const cases: readonly [string, string | string[], string[] | undefined, boolean][] = [
    ['StringEquals', ['a', 'b'], ['b'], true],
    ['StringEquals', 'a*', ['ab'], false],
    ['stringequals', 'a', ['a'], true],
    ['StringNotEquals', ['a', 'b'], ['b'], false],
    ['StringNotEquals', 'a', undefined, true],
    ['StringEquals', 'a', undefined, false],
    ['StringEqualsIfExists', 'a', undefined, true],
    ['StringEqualsIgnoreCase', 'ABC', ['abc'], true],
    ['StringLike', 'a?c*', ['abcde'], true],
    ['StringNotLike', 'a*', ['abc'], false],
    ['NumericEquals', '10', ['10.0'], true],
    ['NumericLessThan', '10', ['9'], true],
    ['NumericLessThan', 'ten', ['9'], false],
    ['NumericNotEquals', '10', ['x'], true],
    ['NumericGreaterThanEquals', '10', ['10'], true],
    ['DateLessThan', '2026-11-21T00:00:00Z', ['2026-11-20T23:59:59Z'], true],
    ['DateGreaterThan', '2026-11-21', ['1795219200'], false],
    ['DateGreaterThanEquals', '1795219199', ['2026-11-21T00:00:00Z'], true],
    ['Bool', 'true', ['True'], true],
    ['BinaryEquals', 'QmluYXJ5', ['QmluYXJ5'], true],
    ['IpAddress', ['10.0.0.0/8', '2001:db8::/32'], ['10.200.3.4'], true],
    ['IpAddress', '2001:db8::/32', ['2001:db8:1::1'], true],
    ['IpAddress', '10.0.0.1', ['::ffff:10.0.0.1'], true],
    ['NotIpAddress', '10.0.0.0/8', ['11.0.0.1'], true],
    ['IpAddress', '10.0.0.0/33', ['10.0.0.1'], false],
    ['ArnLike', 'arn:aws:iam::*:role/ops*', [ROLE], true],
    ['ArnEquals', 'arn:aws:iam::*:role/ops', [ROLE], true],
    ['ArnNotLike', 'arn:aws:iam::*:user/*', [ROLE], true],
    ['Null', 'true', undefined, true],
    ['Null', 'false', ['x'], true],
    ['Null', 'true', ['x'], false],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b', 'a'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
    ['ForAllValues:StringEquals', ['a'], undefined, true],
    ['ForAnyValue:StringEquals', ['a'], ['c', 'a'], true],
    ['ForAnyValue:StringEquals', ['a'], undefined, false],
    ['ForAnyValue:StringNotEquals', ['a'], ['a', 'c'], true],
    ['ForAllValues:StringNotEquals', ['a'], ['a', 'c'], false],
    ['ForAnyValue:StringEqualsIfExists', ['a'], undefined, true],
  ];
  for (const [operator, values, given, expected] of cases) {
    it(`${operator} ${JSON.stringify(values)} ${expected ? 'holds for' : 'does not hold for'} ${JSON.stringify(given)}`, () => {
      assert.equal(holds(operator, 'aws:Key', values, given === undefined ? {} : { 'aws:key': given }), expected);
    });
  }

  it('must all hold, and their keys have no case', () => {
    const condition = { StringEquals: { 'AWS:key': 'a', 'aws:OTHER': 'b' } };
    const decideWith = (keys: Record<string, string[]>) =>
      decide({ identity: [allow({ Condition: condition })] }, asUser({ keys })).allowed;
    assert.equal(decideWith({ 'aws:key': ['a'], 'aws:other': ['b'] }), true);
    assert.equal(decideWith({ 'aws:key': ['a'], 'aws:other': ['c'] }), false);
  });
});

/** The issue's own number; some seconds. */
const GENERATED = 100_000;

it(`agrees with the slow model on ${GENERATED} generated cases`, () => {
  const seen = new Map<Answer, number>();
  for (let seed = 1; seed <= GENERATED; seed++) {
    const { policies, request } = randomCase(createRandom(seed));
    const expected = obviousAnswer(policies, request);
    const actual = answerOf(decide(policies, request));
    seen.set(expected, (seen.get(expected) ?? 0) + 1);
    if (actual !== expected)
      assert.fail(`seed ${seed}: ${actual}, the slow model says ${expected}\n${JSON.stringify({ policies, request }, null, 1)}`);
  }
  // A generator that only makes one answer would test nothing.
  for (const answer of ['allowed', 'explicitDeny', 'implicitDeny'] as const)
    assert.ok((seen.get(answer) ?? 0) > GENERATED / 20, answer);
});
