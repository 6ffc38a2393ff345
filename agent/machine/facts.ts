// What the agent tells about its machine: read once at start, from what the platform offers without a dependency.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces, release, uptime } from 'node:os';
import { errorCode } from './error-code.ts';

export type PlatformType = 'Linux' | 'MacOS' | 'Windows';

export interface MachineFacts {
  readonly platformType: PlatformType;
  readonly platformName: string;
  readonly platformVersion: string;
  readonly computerName: string;
  readonly ipAddress: string;
  /** Another one after each start of the machine: tells an interrupted script from one that goes on. */
  readonly bootId: string;
}

/** Where the facts come from; tests give recordings. */
export interface FactSources {
  readonly platform: NodeJS.Platform;
  readText(path: string): string;
  run(file: string, args: readonly string[]): string;
  hostname(): string;
  release(): string;
  addresses(): readonly string[];
  bootedAtMs(): number;
}

export const systemFactSources: FactSources = {
  platform: process.platform,
  readText: (path) => readFileSync(path, 'utf8'),
  run: (file, args) => execFileSync(file, args, { encoding: 'utf8', timeout: 10_000, stdio: ['ignore', 'pipe', 'ignore'] }),
  hostname,
  release,
  addresses: () =>
    Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter((entry) => entry.family === 'IPv4')
      .toSorted((a, b) => Number(a.internal) - Number(b.internal))
      .map((entry) => entry.address),
  bootedAtMs: () => Date.now() - uptime() * 1000,
};

export function readMachineFacts(sources: FactSources): MachineFacts {
  const common = { computerName: sources.hostname(), ipAddress: sources.addresses()[0] ?? '127.0.0.1' };
  switch (sources.platform) {
    case 'linux': {
      const release = parseOsRelease(findOsRelease(sources));
      return {
        ...common,
        platformType: 'Linux',
        platformName: release.get('NAME') ?? 'Linux',
        platformVersion: release.get('VERSION_ID') ?? sources.release(),
        bootId: sources.readText('/proc/sys/kernel/random/boot_id').trim(),
      };
    }
    case 'darwin':
      return {
        ...common,
        platformType: 'MacOS',
        platformName: sources.run('/usr/bin/sw_vers', ['-productName']).trim(),
        platformVersion: sources.run('/usr/bin/sw_vers', ['-productVersion']).trim(),
        bootId: sources.run('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid']).trim(),
      };
    case 'win32':
      // The boot time has no identity on Windows: whole minutes, because the clock is corrected while the machine runs.
      return {
        ...common,
        platformType: 'Windows',
        platformName: 'Microsoft Windows',
        platformVersion: sources.release(),
        bootId: `boot-${Math.round(sources.bootedAtMs() / 60_000)}`,
      };
    default:
      throw new Error(`this platform is not supported: ${sources.platform}`);
  }
}

export function findOsRelease(sources: FactSources): string {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    try {
      return sources.readText(path);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
  return '';
}

/** `KEY=value` lines, values optionally in single or double quotes, as os-release(5) says. */
export function parseOsRelease(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z0-9_]+)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(.*))$/.exec(line.trim());
    if (match?.[1] === undefined) continue;
    values.set(match[1], (match[2] ?? match[3] ?? match[4] ?? '').replaceAll(/\\(.)/g, '$1'));
  }
  return values;
}
