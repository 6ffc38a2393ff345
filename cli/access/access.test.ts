// What `muster access explain` asks and shows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Frame, RecordedServer, testHost } from '../people.fixture.ts';
import { accessCommand } from './access.ts';

const NODE = 'arn:aws:ssm:us-east-1:000000000000:managed-instance/mi-1';
const DENIED = {
  PrincipalArn: 'arn:aws:iam::000000000000:user/dev',
  Action: 'ssm:SendCommand',
  Resource: NODE,
  Decision: 'implicitDeny',
  Layer: 'identity',
  Explanation: 'user/dev may not ssm:SendCommand on mi-1, because no identity-based policy allows the ssm:SendCommand action.',
  MatchedStatements: [],
  NearMisses: [
    {
      Layer: 'identity',
      PolicyId: 'user_dev_P',
      Statement: 'DevNodes',
      StartLine: 5,
      Reason: 'StringEquals ssm:resourceTag/env does not hold for prod.',
    },
  ],
  MissingContextKeys: [],
};

async function explain(argv: readonly string[], answer: object) {
  await using server = await RecordedServer.start({ 'Muster.ExplainAccess': [answer as Frame] });
  const host = testHost(server.environment);
  const code = await accessCommand(['explain', ...argv], host);
  return { code, text: host.stdout.text, input: server.callsOf('Muster.ExplainAccess')[0] };
}

test('a denial is said in words, with the statement that nearly allowed it, and ends with 1', async () => {
  const { code, text, input } = await explain(['ssm:SendCommand', NODE, '--context', 'aws:SourceIp=10.0.0.1'], DENIED);
  assert.equal(code, 1);
  assert.equal(
    text,
    `Denied\n${DENIED.Explanation}\n` +
      '  nearly:  identity policy user_dev_P, statement DevNodes (line 5): StringEquals ssm:resourceTag/env does not hold for prod.\n',
  );
  assert.deepEqual(input, {
    Action: 'ssm:SendCommand',
    Resource: NODE,
    ContextEntries: [{ Key: 'aws:SourceIp', Values: ['10.0.0.1'] }],
  });
});

test('what decides on a key is called what it is', async () => {
  const at = { Layer: 'resource', PolicyId: 'key policy of 1234', Statement: 'Sealers', StartLine: 7 };
  const grant = { Layer: 'resource', PolicyId: 'grant abcd', Statement: 'deploys for arn:aws:iam::000000000000:user/dev' };
  const { text } = await explain(['kms:Encrypt', 'alias/app'], {
    ...DENIED,
    Decision: 'allowed',
    MatchedStatements: [at, grant],
  });
  assert.match(
    text,
    /\n {2}decides: key policy of 1234, statement Sealers \(line 7\)\n {2}decides: grant abcd \(deploys for .*user\/dev\)\n$/,
  );
});

test('what is allowed ends with 0, and --json gives the answer as it came', async () => {
  const allowed = { ...DENIED, Decision: 'allowed', NearMisses: [] };
  const { code, text } = await explain(['ssm:SendCommand', NODE, '--json', '--principal', DENIED.PrincipalArn], allowed);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(text), allowed);
});

test('without an action, or with a context that is none, it says how it is used', async () => {
  await assert.rejects(explain([], DENIED), /muster access explain ACTION/);
  await assert.rejects(explain(['ssm:SendCommand', '--context', 'x'], DENIED), /is not KEY=VALUE/);
});
