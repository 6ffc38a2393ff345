// Actions around programs of other people (docker, PowerShell, package managers, which stand-ins play here), and those that only answer; through
// journal, runner and supervisor.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { AgentStepResult } from '@muster/protocol/reply.ts';
import type { PlatformType } from '../machine/facts.ts';
import { serveContent } from '../testing/content-sources.ts';
import { fileAppears } from '../testing/file-appears.ts';
import { standIn } from '../testing/stand-in.ts';
import { openWorkshop } from '../testing/workshop.ts';
import { zipOf } from '../testing/zip-fixture.ts';
import { linuxDockerScript } from './docker-set-up.ts';
import { judgeMsiExit, msiScript, parseMsiInputs } from './msi-script.ts';

function temporary(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'muster-actions-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

interface Asked {
  readonly action: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly platformType?: PlatformType;
  readonly schemaVersion?: '1.2' | '2.2';
  readonly environment?: Readonly<Record<string, string>>;
}

async function run(directory: string, asked: Asked): Promise<AgentStepResult> {
  const { action, inputs = {}, platformType = 'Linux', environment = {} } = asked;
  const whole =
    asked.schemaVersion === '1.2'
      ? { schemaVersion: '1.2', runtimeConfig: { [action]: { properties: inputs } } }
      : { schemaVersion: '2.2', mainSteps: [{ action, name: 'it', inputs }] };
  await using workshop = await openWorkshop({ directory: join(directory, 'agent'), platformType, environment });
  const { reply } = await workshop.reply(await workshop.send(whole));
  assert.deepEqual(workshop.fatal, []);
  const [result] = Object.values(reply.runtimeStatus ?? {});
  assert.ok(result !== undefined);
  return result;
}

describe('aws:runDockerAction', () => {
  it('calls docker with each argument as it is', async () => {
    using home = temporary();
    const environment = {
      PATH: standIn(join(home.path, 'bin'), 'docker', `for a in "$@"; do printf '[%s]' "$a"; done; echo oops >&2; exit 3`),
    };
    const inputs = { action: 'Run', image: 'busybox', cmd: `echo '$(touch ${home.path}/owned); x'`, env: ['A=`id`'] };
    const result = await run(home.path, { action: 'aws:runDockerAction', inputs, environment });
    assert.equal(result.standardOutput, `[run][--detach][--env=A=\`id\`][busybox][echo][$(touch ${home.path}/owned); x]`);
    assert.deepEqual([result.status, result.code], ['Failed', 3]);
    assert.equal(result.standardError, 'oops\nfailed to run commands: exit status 3');
    assert.ok(!existsSync(join(home.path, 'owned')));
  });

  it('is cancelled and timed out like a script', async () => {
    using home = temporary();
    const environment = { PATH: standIn(join(home.path, 'bin'), 'docker', `touch '${home.path}/begun'; exec sleep 60`) };
    await using workshop = await openWorkshop({ directory: join(home.path, 'agent'), environment });
    const step = { action: 'aws:runDockerAction', name: 'it', inputs: { action: 'Pull', image: 'busybox' } };
    const jobId = await workshop.send({ schemaVersion: '2.2', mainSteps: [step] });
    await fileAppears(join(home.path, 'begun'));
    await workshop.cancel(jobId);
    assert.equal((await workshop.reply(jobId)).reply.documentStatus, 'Cancelled');
  });

  it('says that docker is missing, and what is wrong with the inputs', async () => {
    using home = temporary();
    const missing = await run(home.path, {
      action: 'aws:runDockerAction',
      inputs: { action: 'Ps' },
      environment: { PATH: '/nonexistent' },
    });
    assert.match(missing.standardError, /needs docker, but there is none on this machine/);
    const wrong = await run(home.path, { action: 'aws:runDockerAction', inputs: { action: 'Start' } });
    assert.equal(wrong.standardError, 'Action Start requires parameter container');
  });
});

describe('aws:configureDocker', () => {
  it('installs with the machine’s package manager and starts the service', async () => {
    using home = temporary();
    const bin = join(home.path, 'bin');
    const note = `echo "$0 $*" >> '${home.path}/log'`;
    for (const program of ['service', 'systemctl', 'rc-service', 'rc-update']) standIn(bin, program, note);
    const environment = { PATH: standIn(bin, 'apt-get', note) };
    const result = await run(home.path, { action: 'aws:configureDocker', inputs: { action: 'Install' }, environment });
    assert.equal(result.status, 'Success', result.standardError);
    const log = readFileSync(join(home.path, 'log'), 'utf8').replaceAll(`${bin}/`, '');
    assert.match(
      log,
      /^apt-get update\napt-get install -y docker\.io\n(?:systemctl enable --now docker|rc-update add docker\nrc-service docker start)\n$/,
    );
    const failing = { PATH: standIn(bin, 'apt-get', 'exit 9') };
    const failed = await run(home.path, { action: 'aws:configureDocker', inputs: { action: 'Uninstall' }, environment: failing });
    assert.deepEqual([failed.status, failed.code], ['Failed', 9]);
  });

  it('knows what it does not know', async () => {
    using home = temporary();
    const result = await run(home.path, { action: 'aws:configureDocker', inputs: { action: 'Restart' } });
    assert.equal(result.standardError, 'configure action is set to unsupported value: Restart');
    assert.equal(linuxDockerScript('Install', 'toString'), undefined);
    assert.ok(linuxDockerScript('Install', 'yum')?.includes('yum install -y docker'));
  });
});

describe('actions of Windows', () => {
  const saying = `for a in "$@"; do last=$a; done; echo "PowerShell of $last:"; cat "$last"`;

  it('aws:applications fetches, verifies and installs', async () => {
    using home = temporary();
    const environment = { PATH: standIn(join(home.path, 'bin'), 'powershell.exe', `${saying} > '${home.path}/said'`) };
    await using server = await serveContent((_request, response) => response.end('an installer'));
    const sourceHash = createHash('sha256').update('an installer').digest('hex');
    const inputs = { action: 'Install', source: `${server.url}/a.msi`, sourceHash, parameters: `DIR="C:\\it's here" X=1` };
    const result = await run(home.path, { action: 'aws:applications', platformType: 'Windows', inputs, environment });
    assert.equal(result.status, 'Success', result.standardError);
    const said = readFileSync(join(home.path, 'said'), 'utf8');
    assert.match(
      said,
      /ArgumentList '\/i ".*installer\.msi" \/quiet \/norestart \/log ".*\.msiexec\.log\.txt" DIR="C:\\it''s here" X=1' -Wait/,
    );
    const other = { ...inputs, sourceHash: '0'.repeat(64) };
    const forged = await run(home.path, { action: 'aws:applications', platformType: 'Windows', inputs: other, environment });
    assert.match(forged.standardError, /the SHA-256 of the file is .*: it is not used/);
  });

  it('msiexec’s exit codes have their meanings', () => {
    assert.equal(judgeMsiExit('Install', 0, false), 'Success');
    assert.equal(judgeMsiExit('Install', 3010, false), 'SuccessAndReboot');
    assert.equal(judgeMsiExit('Install', 1641, false), 'SuccessAndReboot');
    assert.equal(judgeMsiExit('Install', 1641, true), 'Success');
    assert.equal(judgeMsiExit('Uninstall', 1605, false), 'Success');
    assert.equal(judgeMsiExit('Install', 1605, false), 'Failed');
    assert.throws(() => parseMsiInputs({ action: 'Install', source: 'http://plain/a.msi' }), /plain http: give its sourceHash/);
    assert.throws(
      () => parseMsiInputs({ action: 'Install', source: 'https://h/a', sourceHash: 'x', sourceHashType: 'md5' }),
      /md5 is not supported/,
    );
    assert.throws(() => parseMsiInputs({ action: 'Advertise', source: 'https://h/a' }), /unsupported value: Advertise/);
    assert.match(
      msiScript(parseMsiInputs({ action: 'Repair', source: 'https://h/a' }), 'C:\\a.msi')[0] ?? '',
      /'\/fa "C:\\a\.msi" \/quiet /,
    );
  });

  it('no quote ends the text that msiexec is given', () => {
    const inputs = { action: 'Install', source: 'https://h/a', parameters: "X=’; Stop-Computer; ‘ Y=‚‛'" };
    const [line = ''] = msiScript(parseMsiInputs(inputs), 'C:\\a.msi');
    assert.match(line, / X=’’; Stop-Computer; ‘‘ Y=‚‚‛‛''' -Wait -PassThru$/);
  });

  it('aws:psModule unpacks the module beside the others, and runs the commands', async () => {
    using home = temporary();
    const SystemRoot = join(home.path, 'Windows');
    const environment = { PATH: standIn(join(home.path, 'bin'), 'powershell.exe', saying), SystemRoot };
    const archive = zipOf([{ name: 'Mine/Mine.psm1', text: 'function x {}' }]);
    await using server = await serveContent((_request, response) => response.end(archive));
    const sourceHash = createHash('sha256').update(archive).digest('hex');
    const inputs = { source: `${server.url}/m.zip`, sourceHash, runCommand: ['Import-Module Mine', 'x'] };
    const result = await run(home.path, { action: 'aws:psModule', platformType: 'Windows', inputs, environment });
    assert.equal(result.status, 'Success', result.standardError);
    assert.match(result.standardOutput, /_script\.ps1:\n\uFEFFImport-Module Mine\nx\n$/);
    const module = join(SystemRoot, 'System32', 'WindowsPowerShell', 'v1.0', 'Modules', 'Mine', 'Mine.psm1');
    assert.equal(readFileSync(module, 'utf8'), 'function x {}');
  });
});

describe('actions that only answer', () => {
  it('aws:updateSsmAgent: success for this very version, else what to do', async () => {
    using home = temporary();
    const wanted = await run(home.path, {
      action: 'aws:updateSsmAgent',
      inputs: { agentName: 'amazon-ssm-agent', targetVersion: '3.4.0.0' },
    });
    assert.equal(wanted.status, 'Success');
    assert.equal(wanted.standardOutput, 'muster-agent 3.4.0.0 has already been installed, update skipped');
    const latest = await run(home.path, { action: 'aws:updateSsmAgent', inputs: { allowDowngrade: 'false' } });
    assert.equal(latest.status, 'Failed');
    assert.match(latest.standardError, /3\.4\.0\.0 is not updated by a command, so version latest is not installed/);
  });

  it('what means nothing here says why', async () => {
    using home = temporary();
    for (const [action, why] of [
      ['aws:domainJoin', /aws:domainJoin is not supported here: it joins directories of AWS/],
      ['aws:softwareInventory', /gathers no inventory/],
      ['aws:refreshAssociation', /runs no associations/],
    ] as const) {
      const result = await run(home.path, { action });
      assert.equal(result.status, 'Failed');
      assert.match(result.standardError, why);
    }
    const cloudWatch = await run(home.path, { action: 'aws:cloudWatch', platformType: 'Windows' });
    assert.match(cloudWatch.standardError, /aws:cloudWatch is not supported here/);
  });

  it('each is skipped in 2.2 and failed in 1.2 where the stock agent has none', async () => {
    using home = temporary();
    for (const [action, platformType] of [
      ['aws:applications', 'Linux'],
      ['aws:psModule', 'MacOS'],
      ['aws:cloudWatch', 'Linux'],
      ['aws:configureDaemon', 'MacOS'],
      ['aws:domainJoin', 'MacOS'],
      ['aws:configureDocker', 'MacOS'],
      ['aws:runDockerAction', 'MacOS'],
      ['aws:runShellScript', 'Windows'],
    ] as const) {
      const skipped = await run(home.path, { action, platformType });
      assert.equal(skipped.status, 'Skipped');
      assert.equal(skipped.standardOutput, `Step execution skipped due to unsupported plugin: ${action}. Step name: it`);
      const failed = await run(home.path, { action, platformType, schemaVersion: '1.2' });
      assert.equal(failed.status, 'Failed');
      assert.match(failed.standardError, /is not supported in current platform/);
    }
  });
});
