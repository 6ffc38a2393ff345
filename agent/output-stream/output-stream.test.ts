// The agent as a process that streams what its scripts write, to a server that cuts the line, forgets, or does not understand it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { AgentHome } from '../testing/agent-process.ts';
import { FakeServer } from '../testing/fake-server.ts';

function shell(...commands: readonly string[]): unknown {
  return {
    schemaVersion: '2.2',
    mainSteps: [{ action: 'aws:runShellScript', name: 'only', inputs: { runCommand: commands } }],
  };
}

async function startServer(): Promise<FakeServer & AsyncDisposable> {
  const server = await FakeServer.start();
  server.streams = true;
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close() });
}

const textOf = (server: FakeServer, jobId: string, stream: 'stdout' | 'stderr' = 'stdout'): string =>
  Buffer.concat(server.outputOf(jobId, 'only', stream)?.bytes ?? []).toString();

describe('output stream', () => {
  it('tells what a script writes while it runs, and leaves the whole to the reply where that has it', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    home.start(server);
    await server.connected();
    const go = home.file('go');
    const jobId = server.sendCommand(shell('echo one', 'echo oops >&2', `while [ ! -e ${go} ]; do sleep 0.05; done`, 'echo two'));
    await server.until('live output', () => textOf(server, jobId) === 'one\n' && textOf(server, jobId, 'stderr') === 'oops\n');
    assert.equal(server.outputOf(jobId, 'only')?.ended, false);
    writeFileSync(go, '');
    const final = await server.final(jobId);
    assert.equal(final.reply.runtimeStatus?.['only']?.standardOutput, 'one\ntwo\n');
    assert.deepEqual(readdirSync(home.file('data', 'output')), [], 'nothing is left to tell');
    assert.deepEqual(server.problems, []);
  });

  it('sends nothing of a short step, and nothing at all to a server that does not understand it', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    home.start(server);
    await server.connected();
    await server.final(server.sendCommand(shell('echo short')));
    assert.equal(server.outputFrames, 0);
    server.streams = false;
    server.cutLine();
    await server.until('a new channel', () => server.openings === 2);
    await server.connected();
    await server.final(server.sendCommand(shell('sleep 0.7; seq 1 20000')));
    assert.equal(server.outputFrames, 0);
  });

  it('sends what a reply cuts off to its end, byte for byte, with what the agent says below it', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    home.start(server);
    await server.connected();
    const jobId = server.sendCommand(shell('head -c 5242880 /dev/urandom | tee copy', 'seq 1 20000 >&2', 'exit 3'));
    const final = await server.final(jobId);
    assert.match(final.reply.runtimeStatus?.['only']?.standardError ?? '', /--output truncated--$/);
    await server.until(
      'its ends',
      () => server.outputOf(jobId, 'only')?.ended && server.outputOf(jobId, 'only', 'stderr')?.ended,
    );
    assert.ok(
      Buffer.concat(server.outputOf(jobId, 'only')?.bytes ?? []).equals(
        execFileSync('cat', [home.file('copy')], { maxBuffer: 6e6 }),
      ),
    );
    const stderr = execFileSync('seq', ['1', '20000']).toString();
    assert.equal(textOf(server, jobId, 'stderr'), `${stderr}failed to run commands: exit status 3`);
    await server.until('no file left', () => readdirSync(home.file('data', 'output')).length === 0);
  });

  it('goes on where the server says after the line was cut, and after the agent was killed', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    const agent = home.start(server);
    await server.connected();
    const go = home.file('go');
    const script = ['seq 1 30000', `while [ ! -e ${go} ]; do sleep 0.05; done`, 'seq 30001 60000'];
    const jobId = server.sendCommand(shell(...script));
    const first = execFileSync('seq', ['1', '30000']).toString();
    await server.until('the first part', () => textOf(server, jobId) === first);
    server.takesOutput = false;
    server.cutLine();
    await server.until('a new channel', () => server.openings === 2);
    await server.until('a question', () => server.outputFrames > 3);
    await agent.kill('SIGKILL');
    server.takesOutput = true;
    home.start(server);
    await server.until('another channel', () => server.openings === 3);
    writeFileSync(go, '');
    await server.final(jobId);
    await server.until('the end', () => server.outputOf(jobId, 'only')?.ended);
    assert.equal(textOf(server, jobId), execFileSync('seq', ['1', '60000']).toString());
    assert.ok(server.outputBytes < 2 * textOf(server, jobId).length, 'what the server has is not sent again');
  });

  it('tells the rest of an ended step after a restart, when the server comes back', async () => {
    await using server = await startServer();
    await using home = new AgentHome();
    const agent = home.start(server);
    await server.connected();
    server.takesOutput = false;
    const jobId = server.sendCommand(shell('seq 1 200000'));
    await server.final(jobId);
    await server.until('a window, and no more', () => server.outputBytes > 0);
    assert.ok(server.outputBytes <= 256 * 1024);
    await agent.kill('SIGKILL');
    server.takesOutput = true;
    home.start(server);
    await server.until('the end', () => server.outputOf(jobId, 'only')?.ended);
    assert.equal(textOf(server, jobId), execFileSync('seq', ['1', '200000'], { maxBuffer: 6e6 }).toString());
  });
});
