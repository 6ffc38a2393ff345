// Which file of a package is for which machine, as the stock agent chooses.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import type { FactSources } from '../machine/facts.ts';
import { systemFactSources } from '../machine/facts.ts';
import { detectPackageMachine } from './machine.ts';
import type { PackageMachine } from './machine.ts';
import { chooseFile, parseManifest } from './manifest.ts';

const DEBIAN: PackageMachine = {
  platform: 'debian',
  platformVersion: '12.5.1',
  platformFamily: 'debian',
  architecture: 'x86_64',
  initSystem: '',
  packageManager: 'apt',
};

function choose(packages: unknown, machine = DEBIAN): string {
  const files = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, { checksums: { sha256: name } }]));
  return chooseFile(parseManifest(JSON.stringify({ schemaVersion: '2.0', version: '1', packages, files })), machine).name;
}

it('the platform’s own entry comes before _any, the longest version that fits before shorter ones', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((file) => ({ _any: { file } }));
  assert.equal(choose({ debian: { _any: a }, _any: { _any: b } }), 'a');
  assert.equal(choose({ ubuntu: { _any: a }, _any: { _any: b } }), 'b');
  assert.equal(choose({ debian: { '12.*': a, '12.5.*': b, _any: c } }), 'b');
  assert.equal(choose({ debian: { '12.5.1': a, '12.5.*': b } }), 'a');
  assert.equal(choose({ debian: { '1.*': a, '*': c } }), 'c');
  assert.equal(choose({ debian: { _any: { arm64: { file: 'a' }, _any: { file: 'b' } } } }), 'b');
});

it('a machine that the manifest does not know gets none, and is told which machine it is', () => {
  const sentence = /no manifest found for platform: debian, version 12\.5\.1, architecture x86_64/;
  assert.throws(() => choose({ debian: { '11.*': { _any: { file: 'a' } } } }), sentence);
  assert.throws(() => choose({ debian: { _any: { arm64: { file: 'a' } } } }), sentence);
  assert.throws(
    () => choose({ debian: { _any: { _any: { file: 'nowhere' } } } }),
    /names the file nowhere, but does not describe it/,
  );
  assert.throws(() => choose({ debian: { _any: { _any: { file: 'toString' } } } }), /names the file toString, but does not/);
  assert.throws(() => parseManifest('{"version":"1"}'), /no packages or no files/);
  assert.throws(() => parseManifest('no'), /is no JSON/);
});

it('a machine is named as the stock agent names it', () => {
  const machine = (release: string): PackageMachine => {
    const sources: FactSources = {
      ...systemFactSources,
      readText: (path) => {
        if (path === '/etc/os-release') return release;
        if (path === '/proc/1/comm') return 'systemd\n';
        throw new Error(`nothing at ${path}`);
      },
    };
    return detectPackageMachine(sources, 'Linux', '', 'arm64');
  };
  const amazon = machine('ID="amzn"\nVERSION_ID="2023"\n');
  assert.deepEqual(amazon, {
    platform: 'amazon',
    platformVersion: '2023',
    platformFamily: 'rhel',
    architecture: 'arm64',
    initSystem: 'systemd',
    packageManager: 'yum',
  });
  assert.equal(machine('ID=ol\n').platform, 'oracle');
  assert.equal(machine('ID="sles"\n').packageManager, 'zypper');
  const derived = machine('ID=linuxmint\nID_LIKE="ubuntu debian"\n');
  assert.deepEqual([derived.platform, derived.platformFamily, derived.packageManager], ['linuxmint', 'debian', 'apt']);
  assert.equal(machine('').platform, '');
  assert.equal(detectPackageMachine(systemFactSources, 'Windows', '10.0.20348', 'x64').platform, 'windows');
  assert.equal(detectPackageMachine(systemFactSources, 'MacOS', '15.1', 'arm64').initSystem, 'launchd');
});

it('this machine has a name', { skip: process.platform === 'linux' ? false : 'not run: needs a Linux machine' }, () => {
  const { platform } = detectPackageMachine(systemFactSources, 'Linux', '', process.arch);
  assert.ok(readFileSync('/etc/os-release', 'utf8').includes('ID=') ? platform !== '' : platform === '');
});
