// Platform facts from recordings of three systems.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readMachineFacts } from './facts.ts';
import type { FactSources } from './facts.ts';

const sources: FactSources = {
  platform: 'linux',
  readText(path) {
    if (path.endsWith('boot_id')) return 'b00t\n';
    return '# a comment\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nHOME_URL="https://www.debian.org/"\nPRETTY_NAME=\'x\'\n';
  },
  run: (_file, args) => ({ '-productName': 'macOS\n', '-productVersion': '15.1\n' })[args[0] ?? ''] ?? 'uuid\n',
  hostname: () => 'vm',
  release: () => '10.0.20348',
  addresses: () => ['10.0.0.5', '127.0.0.1'],
  bootedAtMs: () => 120_040,
};

describe('machine facts', () => {
  it('come from os-release on Linux', () => {
    assert.deepEqual(readMachineFacts(sources), {
      platformType: 'Linux',
      platformName: 'Debian GNU/Linux',
      platformVersion: '12',
      computerName: 'vm',
      ipAddress: '10.0.0.5',
      bootId: 'b00t',
    });
  });

  it('come from sw_vers on macOS, and from the kernel on Windows', () => {
    const mac = readMachineFacts({ ...sources, platform: 'darwin' });
    assert.deepEqual([mac.platformType, mac.platformName, mac.platformVersion, mac.bootId], ['MacOS', 'macOS', '15.1', 'uuid']);
    const windows = readMachineFacts({ ...sources, platform: 'win32' });
    assert.deepEqual([windows.platformType, windows.platformVersion, windows.bootId], ['Windows', '10.0.20348', 'boot-2']);
  });
});
