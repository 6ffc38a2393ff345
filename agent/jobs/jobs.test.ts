// Jobs over crashes and restarts of the machine, with real scripts under real supervisors.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fileAppears } from '../testing/file-appears.ts';
import { openWorkshop } from '../testing/workshop.ts';

const COMMAND_ID = '0f0f0f0f-1111-4222-8333-444444444444';

function script(runCommand: readonly string[], inputs: Record<string, unknown> = {}): unknown {
  return { schemaVersion: '2.2', mainSteps: [{ action: 'aws:runShellScript', name: 's', inputs: { runCommand, ...inputs } }] };
}

function temporary(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'muster-jobs-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

describe('jobs', () => {
  it('run a script once, wherever the journal was cut off', async () => {
    using directory = temporary();
    const path = join(directory.path, 'journal.log');
    const document = script([`echo run >> ${join(directory.path, 'runs')}`, 'echo out', 'exit 4']);
    {
      await using workshop = await openWorkshop({ directory: directory.path });
      await workshop.reply(await workshop.send(document, {}, COMMAND_ID));
      await workshop.stop();
    }
    const whole = readFileSync(path);
    const ends = [...whole.entries()].filter(([, byte]) => byte === 0x0a).map(([at]) => at + 1);
    for (const length of [0, ...ends, ...ends.map((end) => end - 5)]) {
      writeFileSync(path, whole.subarray(0, length));
      await using workshop = await openWorkshop({ directory: directory.path });
      workshop.resume();
      // The server repeats a job whose acknowledgement it never saw.
      const jobId = await workshop.send(document, {}, COMMAND_ID);
      const { reply } = await workshop.reply(jobId);
      assert.equal(reply.runtimeStatus?.['s']?.code, 4, `cut at byte ${length}`);
      assert.equal(reply.runtimeStatus['s'].standardOutput, 'out\n');
      assert.equal(readFileSync(join(directory.path, 'runs'), 'utf8'), 'run\n');
      assert.deepEqual(workshop.fatal, []);
    }
  });

  it('say that a script was interrupted when the machine lost its power under it', async () => {
    using directory = temporary();
    const ready = join(directory.path, 'ready');
    {
      await using workshop = await openWorkshop({ directory: directory.path });
      const jobId = await workshop.send(
        script([`echo run >> ${join(directory.path, 'runs')}`, `mkfifo ${ready}`, `read x < ${ready}`]),
        {},
        COMMAND_ID,
      );
      const runDirectory = join(directory.path, 'document', 'orchestration', COMMAND_ID, '1.s');
      // Opening the other end of the pipe waits for the script; killing its group is what a power cut leaves.
      await workshop.reply(jobId, 'InProgress');
      await fileAppears(ready);
      process.kill(-Number(readFileSync(join(runDirectory, 'started'), 'utf8')), 'SIGKILL');
      await workshop.stop();
    }
    await using workshop = await openWorkshop({ directory: directory.path, bootId: 'boot-2' });
    workshop.resume();
    const [jobId] = workshop.journal.state.jobs.keys();
    const { reply } = await workshop.reply(jobId ?? '');
    assert.equal(reply.documentStatus, 'Failed');
    assert.match(reply.runtimeStatus?.['s']?.standardError ?? '', /interrupted: .* not run again/);
    assert.equal(readFileSync(join(directory.path, 'runs'), 'utf8'), 'run\n');
  });

  it('run a step again after the restart that it asked for, and only after it', async () => {
    using directory = temporary();
    const runs = join(directory.path, 'runs');
    const document = script([
      `echo run >> ${runs}`,
      `if [ "$(wc -l < ${runs})" -ge 2 ]; then echo after; exit 0; fi`,
      'echo before',
      'exit 194',
    ]);
    {
      await using workshop = await openWorkshop({ directory: directory.path });
      const jobId = await workshop.send(document, {}, COMMAND_ID);
      const { reply } = await workshop.reply(jobId, 'SuccessAndReboot');
      assert.equal(reply.runtimeStatus?.['s']?.code, 194);
      await workshop.stop();
    }
    {
      // The agent restarts, the machine does not: a second job sees that nothing starts meanwhile.
      await using workshop = await openWorkshop({ directory: directory.path });
      workshop.resume();
      const other = await workshop.send(script([`touch ${join(directory.path, 'other')}`]));
      await workshop.reply(other, 'InProgress');
      assert.equal(readFileSync(runs, 'utf8'), 'run\n');
      assert.ok(!existsSync(join(directory.path, 'other')));
      await workshop.stop();
    }
    await using workshop = await openWorkshop({ directory: directory.path, bootId: 'boot-2' });
    const [jobId = '', other = ''] = workshop.journal.state.jobs.keys();
    workshop.resume();
    const { reply } = await workshop.reply(jobId);
    assert.equal(reply.documentStatus, 'Success');
    assert.equal(reply.runtimeStatus?.['s']?.standardOutput, 'before\nafter\n');
    assert.equal((await workshop.reply(other)).reply.documentStatus, 'Success');
    assert.equal(readFileSync(runs, 'utf8'), 'run\nrun\n');
  });

  it('stop a script that asks for a restart for ever, after fifteen runs', async () => {
    using directory = temporary();
    const runs = join(directory.path, 'runs');
    let jobId = '';
    for (let boot = 1; boot <= 15; boot += 1) {
      await using workshop = await openWorkshop({ directory: directory.path, bootId: `boot-${boot}`, acknowledgeReplies: true });
      if (boot === 1) jobId = await workshop.send(script([`echo run >> ${runs}`, 'exit 194']), {}, COMMAND_ID);
      else workshop.resume();
      const { reply } = await workshop.reply(jobId, boot < 15 ? 'SuccessAndReboot' : 'Failed');
      while (workshop.journal.state.replies.size > 0) await new Promise((resolve) => setImmediate(resolve));
      if (boot === 15) assert.match(reply.runtimeStatus?.['s']?.standardError ?? '', /15 times/);
      await workshop.stop();
    }
    assert.equal(readFileSync(runs, 'utf8').length, 15 * 4);
  });

  it('tell that an unprivileged agent may not restart the machine, and that a restart failed', async () => {
    using directory = temporary();
    await using workshop = await openWorkshop({ directory: directory.path, userId: 1000 });
    const refused = await workshop.reply(await workshop.send(script(['echo out', 'exit 194'])));
    assert.equal(refused.reply.runtimeStatus?.['s']?.standardOutput, 'out\n');
    assert.match(refused.reply.runtimeStatus?.['s']?.standardError ?? '', /does not run as root/);
    await using other = await openWorkshop({ directory: join(directory.path, 'other'), rebootCommand: ['/nonexistent'] });
    const failed = await other.reply(await other.send(script(['echo out', 'exit 194'])));
    assert.equal(failed.reply.runtimeStatus?.['s']?.standardOutput, 'out\n');
    assert.match(failed.reply.runtimeStatus?.['s']?.standardError ?? '', /could not be restarted/);
  });

  it('of an older agent that this one cannot read are told as failed, and keep nothing else from running', async () => {
    using directory = temporary();
    const jobId = `aws.ssm.${COMMAND_ID}.mi-0123456789abcdef0`;
    {
      await using workshop = await openWorkshop({ directory: directory.path });
      await workshop.journal.write({ kind: 'job', jobId, topic: 'aws.ssm.sendCommand', content: '{}', atMs: 0 });
      await workshop.stop();
    }
    await using workshop = await openWorkshop({ directory: directory.path });
    workshop.resume();
    assert.match((await workshop.reply(jobId)).reply.documentTraceOutput, /cannot read this command/);
    assert.equal((await workshop.reply(await workshop.send(script(['true'])))).reply.documentStatus, 'Success');
    assert.deepEqual(workshop.fatal, []);
  });

  it('give a script its ENV_VAR parameters as variables, whatever is in them', async () => {
    using directory = temporary();
    await using workshop = await openWorkshop({ directory: directory.path });
    const value = `$(touch ${join(directory.path, 'pwned')}) "; exit 9 \``;
    const jobId = await workshop.send(
      {
        schemaVersion: '2.2',
        parameters: { text: { type: 'String', interpolationType: 'ENV_VAR' } },
        mainSteps: [{ action: 'aws:runShellScript', name: 's', inputs: { runCommand: [`printf %s "{{ text }}"`] } }],
      },
      { text: value },
    );
    const { reply } = await workshop.reply(jobId);
    assert.equal(reply.runtimeStatus?.['s']?.standardOutput, value);
    assert.ok(!existsSync(join(directory.path, 'pwned')));
  });

  it('report several properties of a 1.2 plugin under its name, and fail a missing working directory', async () => {
    using directory = temporary();
    await using workshop = await openWorkshop({ directory: directory.path });
    const properties = [{ runCommand: 'echo one' }, { runCommand: ['echo two', 'exit 5'] }];
    const jobId = await workshop.send({ schemaVersion: '1.2', runtimeConfig: { 'aws:runShellScript': { properties } } });
    const step = (await workshop.reply(jobId)).reply.runtimeStatus?.['aws:runShellScript'];
    assert.deepEqual([step?.status, step?.code, step?.standardOutput, step?.stepName], ['Failed', 5, 'one\ntwo\n', '']);
    const lost = await workshop.reply(await workshop.send(script(['true'], { workingDirectory: '/nonexistent' })));
    assert.match(lost.reply.runtimeStatus?.['s']?.standardError ?? '', /no such directory/);
  });

  it('know no difference between the two supervisors', async () => {
    using directory = temporary();
    const file = fileURLToPath(new URL('../supervision/supervise-with-node.ts', import.meta.url));
    await using workshop = await openWorkshop({ directory: directory.path, program: [process.execPath, file] });
    const ended = await workshop.reply(await workshop.send(script(['echo out', 'echo err >&2', 'exit 6'])));
    const step = ended.reply.runtimeStatus?.['s'];
    assert.deepEqual([step?.code, step?.standardOutput], [6, 'out\n']);
    const timedOut = await workshop.reply(await workshop.send(script(['echo out', 'sleep 600'], { timeoutSeconds: 5 })));
    assert.equal(timedOut.reply.documentStatus, 'TimedOut');
    const ready = join(directory.path, 'ready');
    const jobId = await workshop.send(script([`touch ${ready}`, 'sleep 600']));
    await fileAppears(ready);
    await workshop.cancel(jobId);
    assert.equal((await workshop.reply(jobId)).reply.documentStatus, 'Cancelled');
  });
});
