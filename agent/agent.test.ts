// The agent as a process against a server peer on a real socket: what an operator and a server see of it.
import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { systemProcessTable } from './supervision/process-table.ts';
import { fileAppears } from './testing/file-appears.ts';
import { AgentHome } from './testing/agent-process.ts';
import { FakeServer, INSTANCE_ID } from './testing/fake-server.ts';
import type { TlsIdentity } from './testing/fake-server.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './testing/tls-fixture.ts';

function shell(commands: readonly string[], inputs: Record<string, unknown> = {}): unknown {
  return {
    schemaVersion: '2.2',
    mainSteps: [{ action: 'aws:runShellScript', name: 'only', inputs: { runCommand: commands, ...inputs } }],
  };
}

function step(name: string, command: string, inputs: Record<string, unknown> = {}): unknown {
  return { action: 'aws:runShellScript', name, inputs: { runCommand: [command], ...inputs } };
}

async function startServer(port = 0, tls?: TlsIdentity): Promise<FakeServer & AsyncDisposable> {
  const server = await FakeServer.start(port, tls);
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close() });
}

describe('agent', () => {
  it('registers, opens its channel, runs a script and tells its result', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    const agent = home.start(server, [], { MUSTER_SECRET: 'not for scripts' });
    await server.connected();
    const jobId = server.sendCommand(shell(['echo hello', 'echo oops >&2', 'env', 'exit 3']));
    const ack = await server.ack(jobId);
    assert.equal(ack.statusCode, '200');
    const final = await server.final(jobId);
    const step = final.reply.runtimeStatus?.['only'];
    assert.equal(final.reply.documentStatus, 'Failed');
    assert.equal(step?.code, 3);
    assert.match(step.standardOutput, /^hello\n/);
    assert.equal(step.standardError, 'oops\nfailed to run commands: exit status 3');
    assert.match(step.standardOutput, new RegExp(`AWS_SSM_INSTANCE_ID=${INSTANCE_ID}`));
    assert.doesNotMatch(step.standardOutput, /MUSTER_/);
    assert.equal(server.repliesOf(jobId)[0]?.reply.runtimeStatus, null);
    assert.deepEqual(
      server.calls.slice(0, 2).map((call) => call.operation),
      ['RegisterManagedInstance', 'RequestManagedInstanceRoleToken'],
    );
    await server.until(
      'two heartbeats',
      () => server.calls.filter((call) => call.operation === 'UpdateInstanceInformation').length >= 2,
    );
    assert.equal(statSync(home.file('data', 'key.pem')).mode & 0o777, 0o600);
    assert.equal(statSync(home.file('data', 'credentials.json')).mode & 0o777, 0o600);
    assert.equal(statSync(home.dataDir).mode & 0o777, 0o700);
    assert.equal(home.read('data', 'agent.pid').trim(), String(agent.child.pid));
    agent.child.kill('SIGTERM');
    assert.equal(await agent.exited, 0);
    assert.ok(!existsSync(home.file('data', 'agent.pid')));
    assert.deepEqual(server.problems, []);
  });

  it('tells the true end of a script that outlived it, and does not run it again', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    const agent = home.start(server);
    await server.connected();
    const started = home.file('started');
    const go = home.file('go');
    const script = [
      `echo run >> ${home.file('runs')}`,
      `touch ${started}`,
      `while [ ! -e ${go} ]; do sleep 0.05; done`,
      'echo end',
      'exit 7',
    ];
    const jobId = server.sendCommand(shell(script));
    await fileAppears(started);
    await agent.kill('SIGKILL');
    writeFileSync(go, '');
    home.start(server);
    const final = await server.final(jobId);
    assert.equal(final.reply.runtimeStatus?.['only']?.code, 7);
    assert.equal(final.reply.runtimeStatus?.['only']?.standardOutput, 'end\n');
    assert.equal(home.read('runs'), 'run\n');
    assert.equal(server.calls.filter((call) => call.operation === 'RegisterManagedInstance').length, 1);
    // The first agent's credentials are good for another half hour.
    assert.equal(server.calls.filter((call) => call.operation === 'RequestManagedInstanceRoleToken').length, 1);
    assert.deepEqual(server.problems, []);
  });

  it('kills the whole tree of a cancelled script', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    home.start(server);
    await server.connected();
    const pids = home.file('pids');
    const jobId = server.sendCommand(
      shell([`sh -c 'echo $$ >> ${pids}; setsid sleep 600 & echo $! >> ${pids}; touch ${pids}.ready; wait'`, 'echo never']),
    );
    await fileAppears(`${pids}.ready`);
    const cancelId = server.sendCancel(jobId);
    assert.equal((await server.ack(cancelId)).statusCode, '200');
    const final = await server.final(jobId);
    assert.equal(final.reply.documentStatus, 'Cancelled');
    assert.equal(final.reply.runtimeStatus?.['only']?.code, 137);
    assert.doesNotMatch(final.reply.runtimeStatus['only'].standardOutput, /never/);
    for (const pid of home.read('pids').trim().split('\n')) {
      assert.equal(systemProcessTable.commandLine(Number(pid)), undefined, `process ${pid} is still there`);
    }
    const [told] = server.repliesOf(cancelId);
    assert.equal(told?.topic, 'aws.ssm.cancelCommand');
    assert.equal(told.reply.documentStatus, 'InProgress');
  });

  it('takes five running and five queued jobs, and tells a cancelled queued one as cancelled without running it', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    home.start(server);
    await server.connected();
    const go = home.file('go');
    const jobs = Array.from({ length: 10 }, (_, index) =>
      server.sendCommand(shell([`while [ ! -e ${go} ]; do sleep 0.05; done`, `echo ran >> ${home.file(`ran-${index}`)}`])),
    );
    for (const jobId of jobs) assert.equal((await server.ack(jobId)).statusCode, '200');
    const eleventh = server.sendCommand(shell(['true']));
    assert.equal((await server.ack(eleventh)).statusCode, '51402');
    server.sendCancel(jobs[9] ?? '');
    const cancelled = await server.final(jobs[9] ?? '');
    assert.equal(cancelled.reply.documentStatus, 'Cancelled');
    writeFileSync(go, '');
    for (const jobId of jobs.slice(0, 9)) assert.equal((await server.final(jobId)).reply.documentStatus, 'Success');
    assert.ok(!existsSync(home.file('ran-9')));
    assert.ok(existsSync(home.file('ran-8')));
  });

  it('repeats unacknowledged replies under the same id after the line was cut', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    home.start(server);
    await server.connected();
    server.acknowledgeReplies = false;
    const jobId = server.sendCommand(shell(['echo once']));
    const first = await server.final(jobId);
    server.cutLine();
    server.replies.length = 0;
    server.acknowledgeReplies = true;
    const again = await server.final(jobId);
    assert.equal(again.messageId, first.messageId);
    assert.equal(server.openings, 2);
  });

  it('answers a job that it has had as a duplicate, also after a restart', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    const agent = home.start(server);
    await server.connected();
    const commandId = '0f0f0f0f-1111-4222-8333-444444444444';
    const document = shell([`echo run >> ${home.file('runs')}`]);
    const jobId = server.sendCommand(document, {}, commandId);
    await server.final(jobId);
    await agent.kill('SIGKILL');
    await server.until('the channel to close', () => server.socket === undefined);
    home.start(server);
    await server.connected();
    server.acks.length = 0;
    server.sendCommand(document, {}, commandId);
    assert.equal((await server.ack(jobId)).statusCode, '51405');
    assert.equal(home.read('runs'), 'run\n');
  });

  it('ends a script at its time-out even when no agent is there to do it', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    const agent = home.start(server);
    await server.connected();
    const started = home.file('started');
    const jobId = server.sendCommand(shell(['echo before', `touch ${started}`, 'sleep 600'], { timeoutSeconds: '5' }));
    await fileAppears(started);
    await agent.kill('SIGKILL');
    const commandId = jobId.split('.')[2] ?? '';
    await fileAppears(home.file('data', 'document', 'orchestration', commandId, '1.only', 'result'));
    home.start(server);
    const { reply } = await server.final(jobId);
    assert.equal(reply.documentStatus, 'TimedOut');
    assert.equal(reply.runtimeStatus?.['only']?.code, 137);
    assert.equal(reply.runtimeStatus['only'].standardOutput, 'before\n');
  });

  it('rotates its key when the server asks for it', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    server.updateKeyPair = true;
    home.start(server);
    await server.connected();
    assert.deepEqual(
      server.calls.slice(0, 4).map((call) => call.operation),
      [
        'RegisterManagedInstance',
        'RequestManagedInstanceRoleToken',
        'UpdateManagedInstancePublicKey',
        'RequestManagedInstanceRoleToken',
      ],
    );
    assert.deepEqual(server.problems, []);
    assert.ok(!existsSync(home.file('data', 'key.next.pem')));
  });

  it('refuses a job that is no command and a document that is none, with their codes', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    home.start(server);
    await server.connected();
    const noDocument = server.sendCommand({ schemaVersion: '2.2' });
    assert.equal((await server.ack(noDocument)).statusCode, '51406');
    const jobId = `aws.ssm.0f0f0f0f-1111-4222-8333-555555555555.${INSTANCE_ID}`;
    server.sendFrame(
      'agent_job',
      JSON.stringify({ SchemaVersion: 1, JobId: jobId, Topic: 'aws.ssm.sendCommand', Content: '{broken' }),
    );
    assert.equal((await server.ack(jobId)).statusCode, '51408');
    assert.equal((await server.final(jobId)).reply.documentStatus, 'Failed');
  });

  it('never sends a reply above 120,000 bytes, whatever a script prints', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    home.start(server);
    await server.connected();
    const jobId = server.sendCommand(
      shell([String.raw`head -c 30000 /dev/zero | tr '\0' '\001'`, `head -c 30000 /dev/zero | tr '\\0' '"' >&2`]),
    );
    const final = await server.final(jobId);
    assert.equal(final.reply.documentStatus, 'Success');
    assert.ok(final.contentBytes <= 120_000, String(final.contentBytes));
    assert.match(final.reply.runtimeStatus?.['only']?.standardOutput ?? '', /--output truncated--$/);
  });

  it('runs several steps and tells each of them, the final reply without them', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    home.start(server);
    await server.connected();
    const jobId = server.sendCommand({
      schemaVersion: '2.2',
      mainSteps: [
        step('one', 'echo 1'),
        {
          action: 'aws:runPowerShellScript',
          name: 'win',
          precondition: { StringEquals: ['platformType', 'Windows'] },
          inputs: { runCommand: ['x'] },
        },
        step('stop', 'exit 2', { onFailure: 'exit' }),
        step('skipped', 'echo no'),
        step('last', 'echo finally', { finallyStep: true }),
      ],
    });
    const { reply } = await server.final(jobId);
    assert.equal(reply.documentStatus, 'Failed');
    assert.deepEqual(reply.runtimeStatus, {});
    assert.deepEqual(reply.additionalInfo.runtimeStatusCounts, { Success: 2, Skipped: 2, Failed: 1 });
    const told = Object.assign({}, ...server.repliesOf(jobId).map((one) => one.reply.runtimeStatus ?? {})) as NonNullable<
      typeof reply.runtimeStatus
    >;
    assert.deepEqual(
      Object.entries(told).map(([name, result]) => [name, result.status]),
      [
        ['one', 'Success'],
        ['win', 'Skipped'],
        ['stop', 'Failed'],
        ['skipped', 'Skipped'],
        ['last', 'Success'],
      ],
    );
    assert.equal(
      told['skipped']?.output,
      'Plugin with name aws:runShellScript and id skipped skipped due to prior step with an exit condition',
    );
  });

  it('asks for a restart of the machine after exit 194, with the command it was given', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    const reboot = home.file('reboot.sh');
    writeFileSync(reboot, `#!/bin/sh\necho "$@" >> ${home.file('reboots')}\n`, { mode: 0o755 });
    const options = ['--reboot-command', `${reboot} now`];
    const agent = home.start(server, options);
    await server.connected();
    const jobId = server.sendCommand(
      shell([
        `echo run >> ${home.file('runs')}`,
        `[ "$(wc -l < ${home.file('runs')})" = 2 ] && echo after && exit 0`,
        'echo before',
        'exit 194',
      ]),
    );
    await server.until('SuccessAndReboot', () =>
      server.repliesOf(jobId).find((one) => one.reply.documentStatus === 'SuccessAndReboot'),
    );
    await fileAppears(home.file('reboots'));
    await agent.kill('SIGKILL');
    assert.equal(home.read('runs'), 'run\n');
  });

  it('refuses a second agent on its data directory, wrong use and wrong directories with one line and code 2', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    home.start(server);
    await server.connected();
    const second = home.start(server);
    assert.equal(await second.exited, 2);
    assert.match(second.stderr(), /^muster agent: another agent runs with the data directory [^\n]*\n$/);
    const without = home.startWith(['--endpoint', server.endpoint, '--region', 'us-east-1', '--data-dir', home.file('new')]);
    assert.equal(await without.exited, 2);
    assert.ok(!existsSync(home.file('new')));
    const remote = home.startWith(['--endpoint', 'http://example.com', '--region', 'us-east-1', '--data-dir', home.file('new')]);
    assert.equal(await remote.exited, 2);
    assert.equal(remote.stderr().trim().split('\n').length, 1);
  });

  it('speaks TLS with the authority it is given, and with no other', async () => {
    await using server = await startServer(0, { key: TEST_KEY, cert: TEST_CERTIFICATE });
    await using home = new AgentHome();
    const ca = home.file('ca.pem');
    writeFileSync(ca, TEST_CERTIFICATE);
    const agent = home.start(server, ['--ca', ca]);
    await server.connected();
    const jobId = server.sendCommand(shell(['echo secure']));
    assert.equal((await server.final(jobId)).reply.documentStatus, 'Success');
    await agent.kill('SIGTERM');
    server.calls.length = 0;
    const stranger = home.start(server, ['--data-dir', home.file('other')]);
    await stranger.says(/self-signed certificate/);
    assert.deepEqual(server.calls, []);
  });

  it('comes back to a restarted server by itself and takes up its work', async () => {
    await using home = new AgentHome();
    let port = 0;
    let jobId = '';
    const go = home.file('go');
    const credentials = await (async () => {
      await using server = await startServer();
      port = server.port;
      home.start(server);
      await server.connected();
      jobId = server.sendCommand(shell([`touch ${home.file('started')}`, `while [ ! -e ${go} ]; do sleep 0.05; done`, 'exit 0']));
      await fileAppears(home.file('started'));
      return server.issued;
    })();
    await using server = await startServer(port);
    for (const [id, issued] of credentials) server.issued.set(id, issued);
    writeFileSync(go, '');
    assert.equal((await server.final(jobId, 40_000)).reply.documentStatus, 'Success');
  });

  it('ends with code 1 and one line when the activation is refused', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    server.refuseRegistration = 'ActivationExpired';
    const agent = home.start(server);
    assert.equal(await agent.exited, 1);
    assert.match(agent.stderr(), /\nmuster agent: the server refused the registration: ActivationExpired\n$/);
  });
});
