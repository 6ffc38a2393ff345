// The node owner's policy: what it allows runs, everything else says that it may not.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { AgentHome } from '../testing/agent-process.ts';
import { FakeServer } from '../testing/fake-server.ts';
import { openWorkshop } from '../testing/workshop.ts';
import { parsePolicy, PolicyError, readPolicy } from './node-policy.ts';

function temporary(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'muster-policy-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

it('names are exact, or end with a star; without a list everything is allowed', () => {
  const policy = parsePolicy('{"actions": ["aws:runShellScript", "aws:download*"], "documents": ["Team-*"]}');
  assert.equal(policy.refusal('Team-Web', 'aws:runShellScript'), undefined);
  assert.equal(policy.refusal('Team-Web', 'aws:downloadContent'), undefined);
  assert.match(policy.refusal('Team-Web', 'aws:runShellScript2') ?? '', /does not allow the action aws:runShellScript2/);
  assert.match(
    policy.refusal('AWS-RunShellScript', 'aws:runShellScript') ?? '',
    /does not allow the document AWS-RunShellScript/,
  );
  assert.equal(policy.refusal(undefined, 'aws:runShellScript'), undefined);
  assert.match(policy.refusal('', 'aws:runShellScript') ?? '', /does not allow the document :/);
  assert.equal(parsePolicy('{}').refusal('x', 'y'), undefined);
  assert.match(parsePolicy('{"actions": []}').refusal('x', 'y') ?? '', /does not allow/);
  for (const text of ['[]', 'no', '{"action": []}', '{"actions": "aws:*"}', '{"actions": ["a*b"]}', '{"documents": [7]}']) {
    assert.throws(() => parsePolicy(text));
  }
});

it('a step that it does not allow fails and runs nothing, inside of documents, too', async () => {
  using home = temporary();
  const touch = (name: string): unknown => ({
    action: 'aws:runShellScript',
    name,
    inputs: { runCommand: [`touch '${home.path}/${name}'`] },
  });
  const inner = { schemaVersion: '2.2', mainSteps: [touch('inner')] };
  writeFileSync(join(home.path, 'inner.json'), JSON.stringify(inner));
  const runInner = {
    action: 'aws:runDocument',
    name: 'run',
    inputs: { documentType: 'LocalPath', documentPath: join(home.path, 'inner.json') },
  };
  const policy = parsePolicy('{"actions": ["aws:runDocument"]}');
  await using workshop = await openWorkshop({ directory: join(home.path, 'agent'), policy });
  const jobId = await workshop.send({ schemaVersion: '2.2', mainSteps: [touch('outer'), runInner] });
  const { reply } = await workshop.reply(jobId);
  assert.equal(reply.documentStatus, 'Failed');
  const told = workshop.replies.flatMap(({ reply: one }) => Object.values(one.runtimeStatus ?? {}));
  for (const name of ['outer', 'run']) {
    const error = told.find((step) => step.stepName === name)?.standardError;
    assert.equal(error, 'the policy of this node does not allow the action aws:runShellScript: nothing was run');
  }
  assert.ok(!existsSync(join(home.path, 'outer')) && !existsSync(join(home.path, 'inner')));
});

it('a document by name inside of another is judged by its name, too', async () => {
  using home = temporary();
  const script = { action: 'aws:runShellScript', name: 'inner', inputs: { runCommand: [`touch '${home.path}/inner'`] } };
  const run = { documentType: 'SSMDocument', documentPath: 'Other' };
  const policy = parsePolicy('{"documents": ["Test"]}');
  const content = {
    ca: undefined,
    getDocument: () => Promise.resolve(JSON.stringify({ schemaVersion: '2.2', mainSteps: [script] })),
  };
  await using workshop = await openWorkshop({ directory: join(home.path, 'agent'), policy, content });
  const mainSteps = [{ action: 'aws:runDocument', name: 'run', inputs: run }];
  const { reply } = await workshop.reply(await workshop.send({ schemaVersion: '2.2', mainSteps }));
  assert.equal(
    reply.runtimeStatus?.['run']?.standardError,
    'the policy of this node does not allow the document Other: nothing was run',
  );
  assert.ok(!existsSync(join(home.path, 'inner')));
});

it('an agent whose policy cannot be read does not start', async () => {
  using home = temporary();
  writeFileSync(join(home.path, 'policy.json'), '{"actions": ');
  assert.throws(() => readPolicy(join(home.path, 'policy.json')), PolicyError);
  const server = await FakeServer.start();
  await using agentHome = new AgentHome();
  const agent = agentHome.start(server, ['--data-dir', home.path]);
  assert.equal(await agent.exited, 2);
  assert.match(agent.stderr(), /^muster agent: .*policy\.json cannot be followed: .*\n$/);
  assert.deepEqual(server.calls, []);
  await server.close();
});
