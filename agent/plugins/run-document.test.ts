// aws:runDocument: documents inside of documents, over crashes, with real scripts under real supervisors.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileAppears } from '../testing/file-appears.ts';
import { openWorkshop } from '../testing/workshop.ts';
import type { Workshop, WorkshopOptions } from '../testing/workshop.ts';

const COMMAND_ID = '0f0f0f0f-1111-4222-8333-444444444444';

type Step = Readonly<Record<string, unknown>>;

function script(name: string, runCommand: readonly string[], inputs: Record<string, unknown> = {}): Step {
  return { action: 'aws:runShellScript', name, inputs: { runCommand, ...inputs } };
}

function inner(inputs: Record<string, unknown>, name = 'inner'): Step {
  return { action: 'aws:runDocument', name, inputs };
}

function document(steps: readonly Step[], parameters: Record<string, unknown> = {}): Step {
  return { schemaVersion: '2.2', parameters, mainSteps: steps };
}

function temporary(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'muster-inner-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A server with these documents. */
function serving(documents: Readonly<Record<string, unknown>>, asked: string[] = []): NonNullable<WorkshopOptions['content']> {
  return {
    ca: undefined,
    getDocument(name, version) {
      asked.push(`${name}:${version ?? ''}`);
      const found = documents[name];
      return found === undefined ? Promise.reject(new Error('InvalidDocument: none')) : Promise.resolve(JSON.stringify(found));
    },
  };
}

async function told(workshop: Workshop, jobId: string, name = 'inner') {
  const { reply } = await workshop.reply(jobId);
  assert.deepEqual(workshop.fatal, []);
  const result = reply.runtimeStatus?.[name];
  assert.ok(result);
  return { status: reply.documentStatus, code: result.code, out: result.standardOutput, err: result.standardError };
}

describe('aws:runDocument', () => {
  it('runs the steps with parameters, preconditions and flow, and tells them as one step', async () => {
    using home = temporary();
    const parameters = {
      who: { type: 'String', default: 'nobody' },
      secret: { type: 'String', default: '', interpolationType: 'ENV_VAR' },
    };
    const content = serving({
      Hello: document(
        [
          script('one', ['echo hello {{ who }}', 'echo "{{ secret }}"', 'echo oops >&2']),
          { ...script('win', ['echo never']), precondition: { StringEquals: ['platformType', 'Windows'] } },
          script('two', ['exit 3'], { onFailure: 'exit' }),
          script('three', ['echo never']),
          script('last', ['echo finally'], { finallyStep: true }),
        ],
        parameters,
      ),
    });
    await using workshop = await openWorkshop({ directory: home.path, content });
    const outer = document(
      [
        inner({
          documentType: 'SSMDocument',
          documentPath: 'Hello:2',
          documentParameters: { who: '{{ name }}', secret: '$(id)' },
        }),
      ],
      { name: { type: 'String' } },
    );
    const { status, code, out, err } = await told(workshop, await workshop.send(outer, { name: 'world' }));
    assert.deepEqual([status, code], ['Failed', 3]);
    assert.match(out, /^hello world\n\$\(id\)\n/);
    assert.match(out, /unsatisfied preconditions.*\nPlugin with name .* id three skipped .*\nfinally\n$/s);
    assert.equal(err, 'oops\nfailed to run commands: exit status 3');
    assert.doesNotMatch(out, /never/);
  });

  it('goes three documents deep, and no deeper', async () => {
    using home = temporary();
    const asked: string[] = [];
    const content = serving(
      { Loop: document([script('say', ['echo once']), inner({ documentType: 'SSMDocument', documentPath: 'Loop' })]) },
      asked,
    );
    await using workshop = await openWorkshop({ directory: home.path, content });
    const { status, out, err } = await told(
      workshop,
      await workshop.send(document([inner({ documentType: 'SSMDocument', documentPath: 'Loop' })])),
    );
    assert.equal(status, 'Failed');
    assert.equal(out, 'once\nonce\nonce\n');
    assert.equal(err, 'Maximum depth for document execution exceeded. Maximum depth permitted - 3 and current depth - 4');
    assert.equal(asked.length, 3);
  });

  it('reads a file that a step before has downloaded, refuses YAML and what is no document', async () => {
    using home = temporary();
    const content = serving({ Stored: document([script('s', ['echo from file'])]) });
    await using workshop = await openWorkshop({ directory: home.path, content });
    const get = {
      action: 'aws:downloadContent',
      name: 'get',
      inputs: { sourceType: 'SSMDocument', sourceInfo: { name: 'Stored' }, destinationPath: 'doc.json' },
    };
    const run = inner({ documentType: 'LocalPath', documentPath: 'doc.json' });
    const jobId = await workshop.send(document([get, run]));
    assert.equal((await workshop.reply(jobId)).reply.documentStatus, 'Success');
    const step = workshop.replies.map(({ reply }) => reply.runtimeStatus?.['inner']).find((result) => result !== undefined);
    assert.equal(step?.standardOutput, 'from file\n');
    const file = join(home.path, 'file');
    for (const [text, why] of [
      ['schemaVersion: "2.2"\n', /reads no YAML from files/],
      ['{"schemaVersion":"2.2"}', /mainSteps/],
      ['x'.repeat(70_000), /larger than 65536 bytes/],
    ] as const) {
      writeFileSync(file, text);
      const result = await told(
        workshop,
        await workshop.send(document([inner({ documentType: 'LocalPath', documentPath: file })])),
      );
      assert.match(result.err, why);
    }
    for (const [inputs, why] of [
      [{ documentPath: 'x' }, /Document Type must be specified/],
      [{ documentType: 'Other', documentPath: 'x' }, /Document type specified in invalid/],
      [{ documentType: 'LocalPath' }, /Document Path must be provided/],
      [{ documentType: 'LocalPath', documentPath: 'gone' }, /no such file/],
      [{ documentType: 'SSMDocument', documentPath: 'None' }, /Unable to get ssm document None: InvalidDocument: none/],
    ] as const) {
      assert.match((await told(workshop, await workshop.send(document([inner(inputs)])))).err, why);
    }
  });

  it('checks parameters that no server has checked, patterns in bounded time', async () => {
    using home = temporary();
    const parameters = {
      need: { type: 'String', allowedPattern: '(a+)+b?' },
      size: { type: 'String', default: 'small', allowedValues: ['small', 'large'] },
    };
    const content = serving({ Strict: document([script('s', ['echo {{ need }} {{ size }}'])], parameters) });
    await using workshop = await openWorkshop({ directory: home.path, content });
    const run = async (documentParameters: unknown): Promise<string> => {
      const steps = [inner({ documentType: 'SSMDocument', documentPath: 'Strict', documentParameters })];
      const { out, err } = await told(workshop, await workshop.send(document(steps)));
      return err === '' ? out : err;
    };
    assert.equal(await run('{"need":"aab","size":"large"}'), 'aab large\n');
    assert.match(await run({}), /"need" requires a value/);
    assert.match(await run({ need: 'a; id' }), /does not match the allowed pattern/);
    assert.match(await run({ need: `${'a'.repeat(60)}!` }), /does not match the allowed pattern/);
    assert.match(await run({ need: 'a', size: 'huge' }), /not among the allowed/);
    assert.match(await run({ need: 'a', other: 'x' }), /does not support parameter other/);
    assert.match(await run('nonsense'), /documentParameters must be a JSON object/);
  });

  it('does not restart the machine for an inner exit 194', async () => {
    using home = temporary();
    const content = serving({ Restart: document([script('s', ['echo before', 'exit 194']), script('t', ['echo after'])]) });
    const rebooted = join(home.path, 'rebooted');
    await using workshop = await openWorkshop({ directory: home.path, content, rebootCommand: ['touch', rebooted] });
    const { status, code, out, err } = await told(
      workshop,
      await workshop.send(document([inner({ documentType: 'SSMDocument', documentPath: 'Restart' })])),
    );
    assert.deepEqual([status, code, out], ['Failed', 194, 'before\nafter\n']);
    assert.match(err, /cannot restart the machine/);
    assert.ok(!existsSync(rebooted));
  });

  it('runs each script once, over agents that come and go, even when the document has changed meanwhile', async () => {
    using home = temporary();
    const [runs, go] = [join(home.path, 'runs'), join(home.path, 'go')];
    const steps = [
      script('one', [`echo one >> ${runs}`, 'echo out one']),
      script('two', [`echo two >> ${runs}`, `touch ${home.path}/two`, `while [ ! -e ${go} ]; do sleep 0.05; done`, 'exit 4']),
      script('three', [`echo three >> ${runs}`, 'echo out three']),
    ];
    const outer = document([inner({ documentType: 'SSMDocument', documentPath: 'Doc' })]);
    {
      await using workshop = await openWorkshop({ directory: home.path, content: serving({ Doc: document(steps) }) });
      await workshop.send(outer, {}, COMMAND_ID);
      await fileAppears(join(home.path, 'two'));
    }
    const changed = serving({ Doc: document([script('other', [`echo other >> ${runs}`])]) });
    await using workshop = await openWorkshop({ directory: home.path, content: changed });
    const [jobId = ''] = workshop.journal.state.jobs.keys();
    workshop.resume();
    writeFileSync(go, '');
    const { status, code, out } = await told(workshop, jobId);
    assert.deepEqual([status, code, out], ['Failed', 4, 'out one\nout three\n']);
    assert.equal(readFileSync(runs, 'utf8'), 'one\ntwo\nthree\n');
  });

  it('after a power cut tells the interrupted script, and runs what had not begun', async () => {
    using home = temporary();
    const runs = join(home.path, 'runs');
    const steps = [
      script('one', [`echo one >> ${runs}`]),
      script('two', [`echo two >> ${runs}`, `touch ${home.path}/two`, 'sleep 600']),
      script('three', [`echo three >> ${runs}`]),
    ];
    const content = serving({ Doc: document(steps) });
    {
      await using workshop = await openWorkshop({ directory: home.path, content });
      await workshop.send(document([inner({ documentType: 'SSMDocument', documentPath: 'Doc' })]), {}, COMMAND_ID);
      await fileAppears(join(home.path, 'two'));
      const step = join(home.path, 'document', 'orchestration', COMMAND_ID, '1.inner', '2.two');
      process.kill(-Number(readFileSync(join(step, 'started'), 'utf8')), 'SIGKILL');
      await workshop.stop();
    }
    await using workshop = await openWorkshop({ directory: home.path, content, bootId: 'boot-2' });
    const [jobId = ''] = workshop.journal.state.jobs.keys();
    workshop.resume();
    const { status, err } = await told(workshop, jobId);
    assert.equal(status, 'Failed');
    assert.match(err, /interrupted: .* not run again/);
    assert.equal(readFileSync(runs, 'utf8'), 'one\ntwo\nthree\n');
  });

  it('is cancelled whole: the running script is killed, the rest is not begun', async () => {
    using home = temporary();
    const steps = [script('one', [`touch ${home.path}/one`, 'sleep 600']), script('two', [`touch ${home.path}/two`])];
    await using workshop = await openWorkshop({ directory: home.path, content: serving({ Doc: document(steps) }) });
    const jobId = await workshop.send(document([inner({ documentType: 'SSMDocument', documentPath: 'Doc' })]));
    await fileAppears(join(home.path, 'one'));
    await workshop.cancel(jobId);
    const { status } = await told(workshop, jobId);
    assert.equal(status, 'Cancelled');
    assert.ok(!existsSync(join(home.path, 'two')));
  });
});
