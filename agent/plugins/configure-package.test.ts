// aws:configurePackage through journal, runner and supervisor, with packages that write down what was done with them.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileAppears } from '../testing/file-appears.ts';
import { PackageServer } from '../testing/package-server.ts';
import type { ServedPackage } from '../testing/package-server.ts';
import { openWorkshop } from '../testing/workshop.ts';
import type { Workshop, WorkshopOptions } from '../testing/workshop.ts';

class Home implements AsyncDisposable {
  readonly path = mkdtempSync(join(tmpdir(), 'muster-package-'));
  readonly server: PackageServer;

  private constructor(server: PackageServer) {
    this.server = server;
  }

  static async make(): Promise<Home> {
    return new Home(await PackageServer.start());
  }

  get log(): string[] {
    const path = join(this.path, 'log');
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  }

  get packages(): string {
    return join(this.path, 'agent', 'packages');
  }

  /** A package whose scripts write `<script> <version>` into the log. */
  served(version: string, more: Readonly<Record<string, string>> = {}): ServedPackage {
    const say = (script: string): string => `#!/bin/sh\necho "${script} ${version}" | tee -a '${join(this.path, 'log')}'\n`;
    const files = { 'install.sh': say('install'), 'uninstall.sh': say('uninstall'), 'update.sh': say('update'), ...more };
    return { name: 'HelloPkg', version, files };
  }

  open(options: Partial<WorkshopOptions> = {}): Promise<Workshop> {
    const environment = { AWS_SSM_INSTANCE_ID: 'mi-1', AWS_SSM_REGION_NAME: 'eu-1' };
    return openWorkshop({ directory: join(this.path, 'agent'), api: this.server.api, environment, ...options });
  }

  async run(inputs: Readonly<Record<string, unknown>>): Promise<{ status: string; code: number; out: string; err: string }> {
    await using workshop = await this.open();
    const jobId = await workshop.send(document(inputs));
    const { reply } = await workshop.reply(jobId);
    assert.deepEqual(workshop.fatal, []);
    const result = reply.runtimeStatus?.['package'];
    return {
      status: reply.documentStatus,
      code: result?.code ?? -1,
      out: result?.standardOutput ?? '',
      err: result?.standardError ?? '',
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    rmSync(this.path, { recursive: true, force: true });
  }
}

function document(inputs: Readonly<Record<string, unknown>>): unknown {
  return {
    schemaVersion: '2.2',
    mainSteps: [{ action: 'aws:configurePackage', name: 'package', inputs: { name: 'HelloPkg', action: 'Install', ...inputs } }],
  };
}

describe('aws:configurePackage', () => {
  it('installs the newest version, once, and reports it', async () => {
    await using home = await Home.make();
    home.server.publish(home.served('1.0.0'));
    const first = await home.run({});
    assert.equal(first.status, 'Success', first.err);
    assert.match(first.out, /Initiating HelloPkg 1\.0\.0 install\ninstall 1\.0\.0\nSuccessfully installed HelloPkg 1\.0\.0$/);
    const again = await home.run({ version: 'latest' });
    assert.equal(again.status, 'Success');
    assert.equal(again.out, 'HelloPkg 1.0.0 is already installed');
    assert.deepEqual(home.log, ['install 1.0.0']);
    assert.equal(home.server.downloads, 1);
    assert.deepEqual(readdirSync(join(home.packages, 'HelloPkg')).toSorted(), ['1.0.0', 'state.json']);
    const report = home.server.calls.find(({ operation }) => operation === 'PutConfigurePackageResult')?.input;
    assert.equal(report?.['PackageVersion'], '1.0.0');
    assert.equal(report?.['Operation'], 'Install');
    assert.equal(report?.['Result'], 0);
    const steps = report?.['Steps'] as { readonly Action: string }[];
    assert.deepEqual(
      steps.map((step) => step.Action),
      ['fetch', 'install'],
    );
  });

  it('tells the scripts about the machine and gives them the additional arguments, which take no other variable', async () => {
    await using home = await Home.make();
    home.server.publish(home.served('1.0.0', { 'install.sh': 'pwd\nenv | grep -E "^(BWS|SSM|AWS)_" | sort\n' }));
    const { out, status } = await home.run({ additionalArguments: '{"SSM_PORT":"80; rm -rf /","SSM_COMMAND_ID":"mine"}' });
    assert.equal(status, 'Success');
    assert.match(out, /BWS_ACTION_NAME=install\n/);
    assert.match(out, /BWS_ARCHITECTURE=x86_64\n/);
    assert.match(out, /BWS_INSTANCE_ID=mi-1\n/);
    assert.match(out, /BWS_PLATFORM_NAME=debian\nBWS_PLATFORM_VERSION=12\nBWS_REGION=eu-1\n/);
    assert.match(out, /SSM_PORT=80; rm -rf \/\n/);
    assert.doesNotMatch(out, /SSM_COMMAND_ID=mine/);
    assert.match(out, /packages\/HelloPkg\/1\.0\.0\/[0-9a-f]{16}\n/);
  });

  it('replaces another version: uninstalls it with its own script, installs, and keeps the new one alone', async () => {
    await using home = await Home.make();
    home.server.publish(home.served('1.0.0'), home.served('2.0.0'));
    await home.run({ version: '1.0.0' });
    const { status, out } = await home.run({ version: '2.0.0' });
    assert.equal(status, 'Success');
    assert.match(out, /uninstall 1\.0\.0\n.*\ninstall 2\.0\.0\nSuccessfully installed HelloPkg 2\.0\.0$/);
    assert.deepEqual(home.log, ['install 1.0.0', 'uninstall 1.0.0', 'install 2.0.0']);
    assert.deepEqual(readdirSync(join(home.packages, 'HelloPkg')).toSorted(), ['2.0.0', 'state.json']);
  });

  it('updates in place with the new version’s update.sh alone', async () => {
    await using home = await Home.make();
    home.server.publish(home.served('1.0.0'), home.served('2.0.0'));
    await home.run({ version: '1.0.0', installationType: 'In-place update' });
    const { status, out } = await home.run({ version: '2.0.0', installationType: 'In-place update' });
    assert.equal(status, 'Success');
    assert.match(out, /Successfully updated HelloPkg 2\.0\.0$/);
    assert.deepEqual(home.log, ['install 1.0.0', 'update 2.0.0']);
  });

  it('goes back to the old version when the new one does not install', async () => {
    await using home = await Home.make();
    home.server.publish(home.served('1.0.0'), home.served('2.0.0', { 'install.sh': 'echo no >&2\nexit 7\n' }));
    await home.run({ version: '1.0.0' });
    const { status, code, err } = await home.run({ version: '2.0.0' });
    assert.equal(status, 'Failed');
    assert.equal(code, 7);
    assert.match(
      err,
      /no\nfailed to run commands: exit status 7\nFailed to install HelloPkg 2\.0\.0, successfully rolled back to HelloPkg 1\.0\.0$/,
    );
    assert.deepEqual(home.log, ['install 1.0.0', 'uninstall 1.0.0', 'uninstall 2.0.0', 'install 1.0.0']);
    assert.equal((await home.run({ version: '1.0.0' })).out, 'HelloPkg 1.0.0 is already installed');
  });

  it('uninstalls what is there, and says so where nothing is', async () => {
    await using home = await Home.make();
    home.server.publish(home.served('1.0.0'));
    assert.equal((await home.run({ action: 'Uninstall' })).out, 'HelloPkg is not installed');
    await home.run({});
    const other = await home.run({ action: 'Uninstall', version: '9.9.9' });
    assert.equal(other.out, 'HelloPkg 9.9.9 is not installed: version 1.0.0 is');
    const calls = home.server.calls.length;
    const gone = await home.run({ action: 'Uninstall' });
    assert.equal(gone.status, 'Success');
    assert.match(gone.out, /uninstall 1\.0\.0\nSuccessfully uninstalled HelloPkg 1\.0\.0$/);
    assert.deepEqual(readdirSync(home.packages), []);
    assert.deepEqual(
      home.server.calls.slice(calls).map((call) => call.operation),
      ['PutConfigurePackageResult'],
    );
  });

  it('refuses what is not as promised, and leaves what is installed', async () => {
    await using home = await Home.make();
    home.server.publish(home.served('1.0.0'), { ...home.served('2.0.0'), sha256: 'ab'.repeat(32) });
    await home.run({ version: '1.0.0' });
    const forged = await home.run({ version: '2.0.0' });
    assert.equal(forged.status, 'Failed');
    assert.match(
      forged.err,
      /the SHA-256 of the file is [0-9a-f]{64}, not (ab){32}: it is not used\nFailed to download HelloPkg 2\.0\.0$/,
    );
    assert.match(
      (await home.run({ version: '3.0.0' })).err,
      /failed to download manifest - InvalidDocument: Document with name HelloPkg/,
    );
    for (const [inputs, why] of [
      [{ name: '' }, /empty name field/],
      [{ action: 'Upgrade' }, /unsupported action: Upgrade/],
      [{ installationType: 'Sideways' }, /installationType must be/],
      [{ additionalArguments: { PATH: '/evil' } }, /the name PATH must begin with SSM_/],
      [{ additionalArguments: { SSM_A: 'x'.repeat(4092) } }, /more than 4096 characters/],
    ] as const) {
      const { status, err } = await home.run(inputs);
      assert.equal(status, 'Failed');
      assert.match(err, why);
    }
    assert.deepEqual(home.log, ['install 1.0.0']);
    assert.deepEqual(readdirSync(join(home.packages, 'HelloPkg')).toSorted(), ['1.0.0', 'state.json']);
  });

  it('works on a package once at a time', async () => {
    await using home = await Home.make();
    const wait = `touch '${home.path}/begun'\nwhile [ ! -e '${home.path}/go' ]; do sleep 0.05; done\n`;
    home.server.publish(home.served('1.0.0', { 'install.sh': wait }));
    await using workshop = await home.open();
    const first = await workshop.send(document({}));
    await fileAppears(join(home.path, 'begun'));
    const second = await workshop.send(document({}));
    const refused = (await workshop.reply(second)).reply;
    assert.match(
      refused.runtimeStatus?.['package']?.standardError ?? '',
      /"HelloPkg" is already in the process of another operation/,
    );
    writeFileSync(join(home.path, 'go'), '');
    assert.equal((await workshop.reply(first)).reply.documentStatus, 'Success');
    assert.match((await home.run({})).out, /already installed/);
  });

  it('goes on under the next agent where the last one was, and runs nothing twice', async () => {
    await using home = await Home.make();
    const wait = `echo begun >> '${home.path}/log'\ntouch '${home.path}/begun'\nwhile [ ! -e '${home.path}/go' ]; do sleep 0.05; done\n`;
    home.server.publish(home.served('1.0.0'), home.served('2.0.0', { 'install.sh': wait }));
    await home.run({ version: '1.0.0' });
    let jobId: string;
    {
      await using workshop = await home.open();
      jobId = await workshop.send(document({ version: '2.0.0' }));
      await fileAppears(join(home.path, 'begun'));
    }
    const asked = home.server.calls.length;
    await using workshop = await home.open();
    workshop.resume();
    writeFileSync(join(home.path, 'go'), '');
    const { reply } = await workshop.reply(jobId);
    assert.equal(reply.documentStatus, 'Success');
    assert.deepEqual(home.log, ['install 1.0.0', 'uninstall 1.0.0', 'begun']);
    assert.deepEqual(
      home.server.calls.slice(asked).map((call) => call.operation),
      ['PutConfigurePackageResult'],
    );
    assert.match((await home.run({ version: '2.0.0' })).out, /already installed/);
  });

  it('after a power cut says interrupted, and the next install begins anew', async () => {
    await using home = await Home.make();
    home.server.publish(
      home.served('1.0.0', { 'install.sh': `touch '${home.path}/begun'\n[ -e '${home.path}/go' ] || sleep 60\n` }),
    );
    let jobId: string;
    {
      await using workshop = await home.open();
      jobId = await workshop.send(document({}));
      await fileAppears(join(home.path, 'begun'));
      await workshop.stop();
      const started = join(
        home.path,
        'agent',
        'document',
        'orchestration',
        jobId.split('.')[2] ?? '',
        '1.package',
        'install',
        'started',
      );
      // The power cut: the supervisor's whole group, with everything in it.
      process.kill(-Number(readFileSync(started, 'utf8')), 'SIGKILL');
    }
    await using workshop = await home.open({ bootId: 'boot-2' });
    workshop.resume();
    const result = (await workshop.reply(jobId)).reply.runtimeStatus?.['package'];
    assert.equal(result?.status, 'Failed');
    assert.match(result?.standardError ?? '', /install was interrupted: .*\nFailed to install HelloPkg 1\.0\.0$/);
    await workshop.stop();
    writeFileSync(join(home.path, 'go'), '');
    assert.match((await home.run({})).out, /Successfully installed/);
  });

  it('is cancelled whole, and then may be installed again', async () => {
    await using home = await Home.make();
    home.server.publish(
      home.served('1.0.0', { 'install.sh': `touch '${home.path}/begun'\n[ -e '${home.path}/go' ] || sleep 60\n` }),
    );
    await using workshop = await home.open();
    const jobId = await workshop.send(document({}));
    await fileAppears(join(home.path, 'begun'));
    await workshop.cancel(jobId);
    assert.equal((await workshop.reply(jobId)).reply.documentStatus, 'Cancelled');
    writeFileSync(join(home.path, 'go'), '');
    await workshop.stop();
    assert.match((await home.run({})).out, /Successfully installed/);
  });

  it('runs a script again after the restart that it asked for', async () => {
    await using home = await Home.make();
    const twice = `echo install >> '${home.path}/log'\n[ "$(wc -l < '${home.path}/log')" -ge 2 ] || exit 194\n`;
    home.server.publish(home.served('1.0.0', { 'install.sh': twice }));
    let jobId: string;
    {
      await using workshop = await home.open({ bootId: 'boot-1', rebootCommand: ['true'] });
      jobId = await workshop.send(document({}));
      await workshop.reply(jobId, 'SuccessAndReboot');
    }
    await using workshop = await home.open({ bootId: 'boot-2' });
    workshop.resume();
    const { reply } = await workshop.reply(jobId);
    assert.equal(reply.documentStatus, 'Success');
    assert.match(reply.runtimeStatus?.['package']?.standardOutput ?? '', /Successfully installed/);
    assert.deepEqual(home.log, ['install', 'install']);
  });
});
