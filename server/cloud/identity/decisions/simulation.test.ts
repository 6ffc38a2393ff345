// The simulator against the decision that calls get: the same answer on generated cases; and its own answer's form.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRandom } from '@muster/testkit/random.ts';
import { requestContext, scopeOf } from '@muster/testkit/request-context.ts';
import type { CallFacts } from '../../../platform/access/authenticator.ts';
import type { Principal } from '../../../platform/access/principal.ts';
import type { Database, ReadTx } from '../../../platform/store/index.ts';
import { createAuthorizer } from './authorize.ts';
import { callerFacts } from './caller.ts';
import { everyKey } from './every-key.fixture.ts';
import type { EntityPolicies } from '../policies/entity-policies.ts';
import { createPolicyFinder } from './find-policies.ts';
import { compilePolicy } from '../policy-engine/compile.ts';
import { parsePolicy } from '../policy-engine/document.ts';
import type { ObviousPolicies } from '../policy-engine/obvious-model.fixture.ts';
import { ACCOUNT, randomCase, ROLE, SESSION, USER } from '../policy-engine/random-case.fixture.ts';
import { simulate } from '../policy-engine/simulate.ts';
import { answerSimulation, contextKeys, numbered } from './simulation.ts';

const SCOPE = scopeOf(ACCOUNT, 'us-east-1');
const AT = new Date('2026-11-21T10:00:00Z');
const CALL: CallFacts = { sourceIp: '10.0.0.1', userAgent: 'test', at: AT, secure: true, region: SCOPE.region };
/** The loaders below read nothing. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const NO_STORE = {} as ReadTx & Database;

function principalOf(isUser: boolean, session: readonly string[] | undefined): Principal {
  const common = { account: SCOPE.account, accessKeyId: 'AKIATEST' };
  if (isUser) return { kind: 'user', ...common, arn: USER, userId: 'ID', userName: 'ann' };
  return {
    kind: 'role',
    ...common,
    arn: SESSION,
    userId: 'ID:ann',
    roleName: 'ops',
    roleArn: ROLE,
    sessionName: 'ann',
    issuedAt: AT.toISOString(),
    tags: {},
    transitiveTagKeys: [],
    sessionPolicies: session === undefined ? undefined : { texts: session, arns: [] },
  };
}

const textsOf = (policies: ObviousPolicies['identity'] | undefined) => policies?.map((policy) => JSON.stringify(policy));
const compiled = (text: string) => compilePolicy('p', parsePolicy(text, 'identity'));

/** The issue's own number; some seconds. */
const GENERATED = 100_000;

it(`the simulator and the decision agree on ${GENERATED} generated cases`, async () => {
  let entity: EntityPolicies | undefined;
  let tags = new Map<string, string>();
  const load = () => Promise.resolve(entity);
  const finder = createPolicyFinder({
    database: NO_STORE,
    clock: { nowMs: () => AT.getTime() },
    load: { user: load, role: load, managed: () => Promise.resolve([]) },
  });
  const authorizer = createAuthorizer({
    findPolicies: finder.find,
    resourceTags: (arns) => Promise.resolve(new Map(arns.map((arn) => [arn, tags]))),
    resourceKeys: () => Promise.resolve(new Map()),
  });
  const seen = new Map<string, number>();
  for (let seed = 1; seed <= GENERATED; seed++) {
    const { policies, request } = randomCase(createRandom(seed));
    const { 'ssm:resourcetag/env': [env] = [], ...keys } = request.keys;
    tags = new Map(env === undefined ? [] : [['env', env]]);
    const resource = request.resource.replace(ACCOUNT, request.resourceAccount);
    // Of another account's resources no tag is read.
    const hasTags = env !== undefined && (resource === '*' || request.resourceAccount === ACCOUNT);
    const [identity = [], session] = [textsOf(policies.identity), textsOf(policies.session)];
    const [boundary] = textsOf(policies.boundary === undefined ? [] : [policies.boundary]) ?? [];
    const principal = principalOf(request.arn === USER, session);
    entity = {
      arn: USER,
      id: 'ID',
      tags: new Map([['team', 'ops']]),
      identity: identity.map((text) => ({ id: 'p', text })),
      boundary: boundary === undefined ? undefined : { id: 'b', text: boundary },
    };
    finder.forgetAll();
    const permissions = await authorizer.open(principal, CALL, NO_STORE);
    const facts = new Map(Object.entries(keys));
    const [real] = await permissions.decide(request.action, [resource], { facts });
    const [simulated] = simulate({
      policies: {
        identity: identity.map(compiled),
        boundary: boundary === undefined ? undefined : compiled(boundary),
        session: session?.map(compiled),
      },
      caller: callerFacts(principal),
      actions: [request.action],
      resources: [resource],
      resourceOwner: undefined,
      keys: new Map([
        ...everyKey(principal, entity.tags, CALL),
        ...facts,
        ...['aws', 'ssm', 'iam'].flatMap((service) => (hasTags ? ([[`${service}:resourcetag/env`, [env]]] as const) : [])),
      ]),
    });
    const decision = simulated?.decision ?? '';
    seen.set(decision, (seen.get(decision) ?? 0) + 1);
    if (real?.allowed === (decision === 'allowed')) {
      // Which kind of denial it is stands in AWS's sentence.
      assert.equal(real.reason.startsWith('with an explicit deny'), decision === 'explicitDeny', `seed ${seed}`);
      continue;
    }
    assert.fail(`seed ${seed}: ${decision}, the decision says ${JSON.stringify(real)}\n${JSON.stringify({ policies, request })}`);
  }
  for (const decision of ['allowed', 'explicitDeny', 'implicitDeny'])
    assert.ok((seen.get(decision) ?? 0) > GENERATED / 20, `too few of ${decision}`);
});

describe("the simulator's answer", () => {
  const ctx = requestContext({ now: AT, scope: SCOPE });
  const policy = `{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": "ssm:*", "Resource": "*",
      "Condition": { "StringEquals": { "ssm:resourceTag/env": "dev" } } },
    { "Effect": "Deny", "Action": "ssm:DeleteDocument", "Resource": "*" }
  ]
}`;
  const subject = { identity: numbered('PolicyInputList', [policy]), boundary: undefined, arn: USER };

  it('names the statement that decides and where it stands', () => {
    const { EvaluationResults: [result] = [] } = answerSimulation(ctx, subject, { ActionNames: ['ssm:DeleteDocument'] });
    assert.equal(result?.EvalDecision, 'explicitDeny');
    assert.deepEqual(result.MatchedStatements, [
      {
        SourcePolicyId: 'PolicyInputList.1',
        SourcePolicyType: 'none',
        StartPosition: { Line: 6, Column: 5 },
        EndPosition: { Line: 6, Column: 74 },
      },
    ]);
  });

  it('says which keys nobody gave, and takes those that are given', () => {
    const ask = (entries: Parameters<typeof answerSimulation>[2]['ContextEntries']) =>
      answerSimulation(ctx, subject, { ActionNames: ['ssm:SendCommand'], ContextEntries: entries }).EvaluationResults?.[0];
    assert.deepEqual(ask([])?.MissingContextValues, ['ssm:resourcetag/env']);
    assert.equal(ask([])?.EvalDecision, 'implicitDeny');
    const given = ask([{ ContextKeyName: 'ssm:resourceTag/env', ContextKeyValues: ['dev'], ContextKeyType: 'string' }]);
    assert.equal(given?.EvalDecision, 'allowed');
    assert.deepEqual(given.MissingContextValues, []);
  });

  it('comes a page at a time', () => {
    const input = { ActionNames: ['a:A', 'a:B', 'a:C'], MaxItems: 2 };
    const first = answerSimulation(ctx, subject, input);
    assert.deepEqual([first.EvaluationResults?.length, first.IsTruncated, first.Marker], [2, true, '2']);
    const last = answerSimulation(ctx, subject, { ...input, Marker: first.Marker });
    assert.deepEqual([last.EvaluationResults?.[0]?.EvalActionName, last.IsTruncated], ['a:C', false]);
  });

  it('says whether a boundary alone would allow', () => {
    const boundary = JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } });
    const input = { ActionNames: ['ssm:GetDocument'], PermissionsBoundaryPolicyInputList: [boundary] };
    const [result] = answerSimulation(ctx, subject, input).EvaluationResults ?? [];
    assert.deepEqual(result?.PermissionsBoundaryDecisionDetail, { AllowedByPermissionsBoundary: false });
  });

  it('refuses what is no policy by its number', () => {
    const broken = { ...subject, identity: numbered('PolicyInputList', [policy, '{']) };
    assert.throws(() => answerSimulation(ctx, broken, { ActionNames: ['a:A'] }), /PolicyInputList\.2: /);
  });

  it('lists the keys that policies ask for', () => {
    assert.deepEqual(contextKeys(ctx, subject.identity), { ContextKeyNames: ['ssm:resourcetag/env'] });
  });
});
