// ExplainAccess through the whole server: what an operator reads about a denial, and who may ask about whom.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { AccessCredentials } from '@muster/testkit/signing.ts';
import { addUser } from '@muster/testkit/people.ts';
import { callOperation } from '@muster/testkit/signed-call.ts';
import { Simulation } from '@muster/testkit/simulation.ts';

const USER = 'arn:aws:iam::000000000000:user/dev';
const POLICY = `{
  "Version": "2012-10-17",
  "Statement": [
    { "Sid": "OwnQuestions", "Effect": "Allow", "Action": "muster:ExplainAccess", "Resource": "*" },
    {
      "Sid": "DevNodes",
      "Effect": "Allow",
      "Action": "ssm:SendCommand",
      "Resource": "arn:aws:ssm:*:*:managed-instance/*",
      "Condition": { "StringEquals": { "ssm:resourceTag/env": "dev" } }
    },
    { "Sid": "NoDeletion", "Effect": "Deny", "Action": "ssm:Delete*", "Resource": "*" }
  ]
}`;

let simulation: Simulation;
let dev: AccessCredentials;
let prodNode = '';
let devNode = '';

before(async () => {
  simulation = new Simulation({ seed: 5 });
  await simulation.start();
  await simulation.enrol(1, [{ Key: 'env', Value: 'prod' }], () => 'silent');
  await simulation.enrol(1, [{ Key: 'env', Value: 'dev' }], () => 'silent');
  [prodNode = '', devNode = ''] = simulation.nodes.map(
    ({ registered }) => `arn:aws:ssm:us-east-1:000000000000:managed-instance/${registered.nodeId}`,
  );
  dev = await addUser(simulation, 'dev', POLICY);
});
after(() => simulation.stop());

async function ask(input: Readonly<Record<string, unknown>>, credentials = dev): Promise<Record<string, unknown>> {
  const caller = { transport: simulation.network, region: 'us-east-1', now: simulation.clock.now(), credentials };
  const { status, body } = await callOperation(caller, 'muster', 'ExplainAccess', input);
  return { status, ...(JSON.parse(body) as Record<string, unknown>) };
}

describe('an explanation', () => {
  it('names the condition that does not hold, with what the resource has', async () => {
    const answer = await ask({ Action: 'ssm:SendCommand', Resource: prodNode });
    assert.equal(answer['Decision'], 'implicitDeny');
    assert.equal(answer['Layer'], 'identity');
    assert.match(String(answer['Explanation']), /because no identity-based policy allows the ssm:SendCommand action/);
    assert.match(String(answer['Explanation']), / One statement speaks of the action but does not fit the call\.$/);
    assert.deepEqual(answer['NearMisses'], [
      {
        Layer: 'identity',
        PolicyId: 'user_dev_P',
        Statement: 'DevNodes',
        StartLine: 5,
        StartColumn: 5,
        EndLine: 11,
        EndColumn: 6,
        Reason: 'StringEquals ssm:resourceTag/env does not hold for prod.',
      },
    ]);
  });

  it('says the same as the call gets where it is allowed', async () => {
    const answer = await ask({ Action: 'ssm:SendCommand', Resource: devNode });
    assert.equal(answer['Decision'], 'allowed');
    assert.match(String(answer['Explanation']), /statement DevNodes of the identity-based policy user_dev_P/);
  });

  it('names the statement that forbids', async () => {
    const document = 'arn:aws:ssm:us-east-1:000000000000:document/Mine';
    const answer = await ask({ Action: 'ssm:DeleteDocument', Resource: document });
    assert.equal(answer['Decision'], 'explicitDeny');
    assert.match(String(answer['Explanation']), /with an explicit deny in an identity-based policy: statement NoDeletion/);
    assert.equal((answer['MatchedStatements'] as { StartLine: number }[])[0]?.StartLine, 12);
  });

  it('says that no statement speaks of the action, and which keys a call without them lacks', async () => {
    const none = await ask({ Action: 'ssm:ListDocuments' });
    assert.match(String(none['Explanation']), /No statement of any identity-based policy speaks of the action/);
    const other = await ask({ Action: 'ssm:SendCommand', Resource: prodNode.replace(/mi-.*/, 'mi-00000000000000000') });
    assert.deepEqual(other['MissingContextKeys'], ['ssm:resourcetag/env']);
  });
});

describe('what is asked about', () => {
  it('is named by its ARN: a bare name is no resource of another account', async () => {
    const answer = await ask({ Action: 'ssm:GetParameter', Resource: '/app/db' }, simulation.administrator);
    assert.equal(answer['__type'], 'InvalidInput');
    assert.match(String(answer['Message']), /^\/app\/db is no ARN: .*arn:aws:ssm:us-east-1:000000000000:parameter\/app\/db/);
  });

  it('is asked for whom by an ARN, too: a bare name is no lack of permission', async () => {
    const answer = await ask({ PrincipalArn: 'dev', Action: 'ssm:GetDocument' }, simulation.administrator);
    assert.equal(answer['__type'], 'InvalidInput');
    assert.match(String(answer['Message']), /^dev is no ARN: .*arn:aws:iam::000000000000:user\/ann/);
  });
});

describe('asking about somebody else', () => {
  it('needs the permission to simulate them', async () => {
    const answer = await ask({ PrincipalArn: 'arn:aws:iam::000000000000:role/MusterNode', Action: 'ssm:GetDocument' });
    assert.equal(answer['status'], 400);
    assert.match(String(answer['message'] ?? answer['Message']), /not authorized to perform: iam:SimulatePrincipalPolicy/);
  });

  it('takes what their call would bring from the caller', async () => {
    const answer = await ask(
      {
        PrincipalArn: USER,
        Action: 'ssm:SendCommand',
        Resource: prodNode,
        ContextEntries: [{ Key: 'aws:SourceIp', Values: ['10.0.0.1'] }],
      },
      simulation.administrator,
    );
    assert.deepEqual([answer['Decision'], answer['PrincipalArn']], ['implicitDeny', USER]);
    const nobody = await ask({ PrincipalArn: `${USER}s`, Action: 'ssm:GetDocument' }, simulation.administrator);
    assert.equal(nobody['__type'], 'NoSuchEntity');
  });

  it('of the administrator is told that no policy is asked', async () => {
    const answer = await ask({ Action: 'ssm:SendCommand', Resource: devNode }, simulation.administrator);
    assert.deepEqual([answer['Decision'], answer['Layer']], ['allowed', 'none']);
  });
});
