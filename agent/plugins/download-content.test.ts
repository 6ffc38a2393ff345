// aws:downloadContent from local sources, through journal, runner and supervisor.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { commitFiles, serveContent } from '../testing/content-sources.ts';
import { fileAppears } from '../testing/file-appears.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../testing/tls-fixture.ts';
import { openWorkshop } from '../testing/workshop.ts';
import type { WorkshopOptions } from '../testing/workshop.ts';

const COMMAND_ID = '0f0f0f0f-1111-4222-8333-444444444444';

function document(inputs: Record<string, unknown>, ...more: readonly unknown[]): unknown {
  return { schemaVersion: '2.2', mainSteps: [{ action: 'aws:downloadContent', name: 'get', inputs }, ...more] };
}

function temporary(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'muster-download-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

async function run(
  directory: string,
  inputs: Record<string, unknown>,
  options: Partial<WorkshopOptions> = {},
): Promise<{ readonly status: string; readonly out: string; readonly err: string; readonly downloads: string }> {
  await using workshop = await openWorkshop({ directory: join(directory, 'agent'), ...options });
  const jobId = await workshop.send(document(inputs));
  const { reply } = await workshop.reply(jobId);
  assert.deepEqual(workshop.fatal, []);
  const result = reply.runtimeStatus?.['get'];
  const commandId = jobId.split('.')[2] ?? '';
  const step = join(directory, 'agent', 'document', 'orchestration', commandId, '1.get');
  if (existsSync(step)) {
    const left = readdirSync(step).filter((name) => ['staging', 'request.json'].includes(name));
    assert.deepEqual(left, [], 'nothing secret and nothing half is left');
  }
  return {
    status: reply.documentStatus,
    out: result?.standardOutput ?? '',
    err: result?.standardError ?? '',
    downloads: join(directory, 'agent', 'document', 'orchestration', commandId, 'downloads'),
  };
}

describe('aws:downloadContent', () => {
  it('HTTP: follows a redirect, keeps the password to its host, and names the file after the address', async () => {
    using home = temporary();
    const seen: (string | undefined)[] = [];
    await using other = await serveContent((request, response) => {
      seen.push(request.headers.authorization);
      response.end('content');
    });
    await using first = await serveContent((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(302, { location: `${other.url}/b/my%20file.txt` }).end();
    });
    const basic = { authMethod: 'Basic', username: 'u', password: 'p', allowInsecureDownload: true };
    const { status, out, downloads } = await run(home.path, {
      sourceType: 'HTTP',
      sourceInfo: JSON.stringify({ url: `${first.url}/a/named.txt`, ...basic }),
    });
    assert.equal(status, 'Success');
    assert.match(out, /^Content downloaded to .*downloads\/\n$/);
    const file = join(downloads, 'named.txt');
    assert.equal(readFileSync(file, 'utf8'), 'content');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(downloads).mode & 0o777, 0o700);
    assert.deepEqual(seen, [`Basic ${Buffer.from('u:p').toString('base64')}`, undefined]);
  });

  it('HTTP: an address of the server’s own authority is trusted, a stranger’s is not', async () => {
    using home = temporary();
    await using server = await serveContent((_request, response) => response.end('secure'), {
      key: TEST_KEY,
      cert: TEST_CERTIFICATE,
    });
    const destinationPath = join(home.path, 'new', 'file');
    const inputs = { sourceType: 'HTTP', sourceInfo: { url: server.url }, destinationPath };
    const stranger = await run(home.path, inputs);
    assert.equal(stranger.status, 'Failed');
    assert.match(stranger.err, /failed to download content: .*certificate/);
    assert.ok(!existsSync(destinationPath));
    const content = { ca: TEST_CERTIFICATE, getDocument: () => Promise.reject(new Error('none')) };
    assert.equal((await run(home.path, inputs, { content })).status, 'Success');
    assert.equal(readFileSync(destinationPath, 'utf8'), 'secure');
  });

  it('HTTP: a circle, an error and a cut body fail, and leave what was there', async () => {
    using home = temporary();
    const destinationPath = join(home.path, 'file');
    writeFileSync(destinationPath, 'old');
    await using server = await serveContent((request, response) => {
      if (request.url === '/circle') return void response.writeHead(302, { location: '/circle' }).end();
      if (request.url === '/gone') return void response.writeHead(404).end('no');
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setImmediate(() => response.destroy());
    });
    for (const [path, why] of [
      ['circle', /more than 5 redirects/],
      ['gone', /the server answered 404/],
      ['cut', /aborted|hang up|reset|premature/i],
    ] as const) {
      const sourceInfo = { url: `${server.url}/${path}`, allowInsecureDownload: 'true' };
      const { status, err } = await run(home.path, { sourceType: 'HTTP', sourceInfo, destinationPath });
      assert.equal(status, 'Failed');
      assert.match(err, why);
    }
    assert.equal(readFileSync(destinationPath, 'utf8'), 'old');
    assert.deepEqual(readdirSync(home.path).toSorted(), ['agent', 'file']);
  });

  it('Git: brings a branch, a commit, and nothing of git itself', async () => {
    using home = temporary();
    const repository = join(home.path, 'repository');
    const first = commitFiles(repository, { 'run.sh': '#!/bin/sh\necho one\n', 'lib/a.txt': 'a', link: '-> lib/a.txt' });
    commitFiles(repository, { 'run.sh': '#!/bin/sh\necho two\n' });
    const destinationPath = join(home.path, 'tree');
    mkdirSync(destinationPath);
    writeFileSync(join(destinationPath, 'mine'), 'stays');
    const get = async (getOptions: string): Promise<string> => {
      const { status, err } = await run(home.path, {
        sourceType: 'Git',
        sourceInfo: { repository, getOptions },
        destinationPath,
      });
      assert.equal(status, 'Success', err);
      return readFileSync(join(destinationPath, 'run.sh'), 'utf8');
    };
    assert.match(await get('branch:main'), /two/);
    assert.match(await get(`commitID:${first}`), /one/);
    assert.deepEqual(readdirSync(destinationPath).toSorted(), ['lib', 'link', 'mine', 'run.sh']);
    assert.equal(statSync(join(destinationPath, 'run.sh')).mode & 0o777, 0o700);
    assert.equal(statSync(join(destinationPath, 'lib', 'a.txt')).mode & 0o777, 0o600);
    const missing = await run(home.path, { sourceType: 'Git', sourceInfo: { repository: join(home.path, 'none') } });
    assert.match(missing.err, /git failed: .*none/);
    const bin = join(home.path, 'bin');
    mkdirSync(bin);
    for (const name of ['sh', 'mkfifo', 'ln', 'rm', 'cat', 'dd', 'wc', 'sleep', 'ps', 'tr'])
      symlinkSync(`/bin/${name}`, join(bin, name));
    const without = await run(home.path, { sourceType: 'Git', sourceInfo: { repository } }, { environment: { PATH: bin } });
    assert.match(without.err, /there is no git on this machine/);
  });

  it('Git: a link that leads out, also through another link, is refused before anything is placed', async () => {
    using home = temporary();
    const links: readonly Record<string, string>[] = [
      { bad: '-> /etc/passwd' },
      { bad: '-> ../outside' },
      { 'a/b/up': '-> ../..', bad: '-> a/b/up/..' },
    ];
    for (const [index, files] of links.entries()) {
      const repository = join(home.path, `repository-${index}`);
      commitFiles(repository, { ...files, 'fine.txt': 'fine' });
      const destinationPath = join(home.path, `tree-${index}`);
      const { status, err } = await run(home.path, { sourceType: 'Git', sourceInfo: { repository }, destinationPath });
      assert.equal(status, 'Failed', `links ${index}`);
      assert.match(err, /symbolic link bad leads out/);
      assert.ok(!existsSync(destinationPath));
    }
    // Nor is one followed that stands where a directory of the repository belongs.
    const repository = join(home.path, 'plain');
    commitFiles(repository, { 'sub/file': 'x' });
    const destinationPath = join(home.path, 'tree');
    mkdirSync(destinationPath);
    mkdirSync(join(home.path, 'outside'));
    symlinkSync('../outside', join(destinationPath, 'sub'));
    const { err } = await run(home.path, { sourceType: 'Git', sourceInfo: { repository }, destinationPath });
    assert.match(err, /leads out of the destination/);
    assert.deepEqual(readdirSync(join(home.path, 'outside')), []);
  });

  it('GitHub: brings a file or a directory, from a mirror that git’s own configuration names', async () => {
    using home = temporary();
    commitFiles(join(home.path, 'mirror', 'me', 'scripts.git'), { 'dir/a.sh': 'echo a\n', 'dir/b.sh': 'echo b\n', top: 't' });
    writeFileSync(join(home.path, '.gitconfig'), `[url "${home.path}/mirror/"]\n\tinsteadOf = https://github.com/\n`);
    const environment = { HOME: home.path };
    const source = { owner: 'me', repository: 'scripts', getOptions: 'branch:main' };
    const file = await run(home.path, { sourceType: 'GitHub', sourceInfo: { ...source, path: 'dir/a.sh' } }, { environment });
    assert.equal(file.status, 'Success', file.err);
    assert.deepEqual(readdirSync(file.downloads), ['a.sh']);
    const folder = await run(home.path, { sourceType: 'GitHub', sourceInfo: { ...source, path: 'dir' } }, { environment });
    assert.deepEqual(readdirSync(folder.downloads).toSorted(), ['a.sh', 'b.sh']);
    const none = await run(home.path, { sourceType: 'GitHub', sourceInfo: { ...source, path: 'none' } }, { environment });
    assert.match(none.err, /the repository has no none/);
  });

  it('SSMDocument: asks for name and version, and keeps the content as name.json', async () => {
    using home = temporary();
    const asked: unknown[] = [];
    const getDocument = (name: string, version: string | undefined): Promise<string> => {
      asked.push([name, version]);
      return name === 'Mine' ? Promise.resolve('{"a":1}') : Promise.reject(new Error('InvalidDocument: no such document'));
    };
    const content = { ca: undefined, getDocument };
    const good = await run(home.path, { sourceType: 'SSMDocument', sourceInfo: { name: 'Mine:3' } }, { content });
    assert.equal(readFileSync(join(good.downloads, 'Mine.json'), 'utf8'), '{"a":1}');
    const bad = await run(home.path, { sourceType: 'SSMDocument', sourceInfo: '{"name":"Other"}' }, { content });
    assert.equal(bad.err, 'Unable to get ssm document Other: InvalidDocument: no such document');
    assert.deepEqual(asked, [
      ['Mine', '3'],
      ['Other', undefined],
    ]);
  });

  it('is started once, over agents that come and go; a cancel ends it', async () => {
    using home = temporary();
    const destinationPath = join(home.path, 'file');
    const requested = join(home.path, 'requested');
    let [requests, finish] = [0, (): void => undefined];
    await using server = await serveContent((_request, response) => {
      requests += 1;
      response.write('half ');
      finish = () => response.end('whole');
      writeFileSync(requested, '');
    });
    const inputs = { sourceType: 'HTTP', sourceInfo: { url: `${server.url}/x`, allowInsecureDownload: true }, destinationPath };
    const directory = join(home.path, 'agent');
    {
      await using workshop = await openWorkshop({ directory });
      await workshop.send(document(inputs), {}, COMMAND_ID);
      await fileAppears(requested);
    }
    assert.ok(!existsSync(destinationPath));
    await using workshop = await openWorkshop({ directory });
    const [jobId = ''] = workshop.journal.state.jobs.keys();
    workshop.resume();
    finish();
    assert.equal((await workshop.reply(jobId)).reply.documentStatus, 'Success');
    assert.equal(readFileSync(destinationPath, 'utf8'), 'half whole');
    assert.equal(requests, 1);
    rmSync(requested);
    const second = await workshop.send(document(inputs));
    await fileAppears(requested);
    await workshop.cancel(second);
    assert.equal((await workshop.reply(second)).reply.documentStatus, 'Cancelled');
    assert.deepEqual(readdirSync(home.path).toSorted(), ['agent', 'file', 'requested']);
  });

  it('ends at its time-out, with nothing at the destination', async () => {
    using home = temporary();
    await using server = await serveContent((_request, response) => void response.write('half'));
    const sourceInfo = { url: server.url, allowInsecureDownload: true };
    const { status, err, downloads } = await run(home.path, { sourceType: 'HTTP', sourceInfo, timeoutSeconds: 5 });
    assert.equal(status, 'TimedOut');
    assert.match(err, /the download did not end within 5 seconds/);
    assert.ok(!existsSync(downloads));
  });

  it('after a power cut says that it was interrupted, and does not start again', async () => {
    using home = temporary();
    const requested = join(home.path, 'requested');
    let requests = 0;
    await using server = await serveContent((_request, response) => {
      requests += 1;
      response.write('half');
      writeFileSync(requested, '');
    });
    const directory = join(home.path, 'agent');
    {
      await using workshop = await openWorkshop({ directory });
      const sourceInfo = { url: server.url, allowInsecureDownload: true };
      await workshop.send(document({ sourceType: 'HTTP', sourceInfo }), {}, COMMAND_ID);
      await fileAppears(requested);
      const step = join(directory, 'document', 'orchestration', COMMAND_ID, '1.get');
      process.kill(-Number(readFileSync(join(step, 'started'), 'utf8')), 'SIGKILL');
      await workshop.stop();
    }
    await using workshop = await openWorkshop({ directory, bootId: 'boot-2' });
    const [jobId = ''] = workshop.journal.state.jobs.keys();
    workshop.resume();
    const { reply } = await workshop.reply(jobId);
    assert.match(reply.runtimeStatus?.['get']?.standardError ?? '', /the download was interrupted\. It is not started again/);
    assert.equal(requests, 1);
  });
});
