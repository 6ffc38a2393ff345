// What a package is chosen by, and what its scripts are told about the machine (BWS_…): names as the stock agent's. Pure but for the sources.
// What is not known is empty; the stock agent refuses to install where it cannot name the init system.
import type { FactSources, PlatformType } from '../machine/facts.ts';
import { findOsRelease, parseOsRelease } from '../machine/facts.ts';

export interface PackageMachine {
  /** `debian`, `amazon`, `mac_os_x`, `windows`. */
  readonly platform: string;
  readonly platformVersion: string;
  readonly platformFamily: string;
  /** `x86_64`, `arm64`. */
  readonly architecture: string;
  readonly initSystem: string;
  readonly packageManager: string;
}

/** ID of os-release to the stock agent's name, where it is another. */
const LINUX_NAMES: Readonly<Record<string, string>> = {
  rhel: 'redhat',
  ol: 'oracle',
  amzn: 'amazon',
  sles: 'suse',
  'opensuse-leap': 'opensuseleap',
};

const FAMILIES: Readonly<Record<string, string>> = {
  debian: 'debian',
  ubuntu: 'debian',
  raspbian: 'debian',
  redhat: 'rhel',
  centos: 'rhel',
  amazon: 'rhel',
  bottlerocket: 'rhel',
  oracle: 'rhel',
  rocky: 'rhel',
  almalinux: 'rhel',
  fedora: 'fedora',
  alpine: 'alpine',
  suse: 'suse',
  opensuse: 'suse',
  opensuseleap: 'suse',
  gentoo: 'gentoo',
  arch: 'arch',
};

const PACKAGE_MANAGERS: Readonly<Record<string, string>> = {
  debian: 'apt',
  rhel: 'yum',
  fedora: 'dnf',
  alpine: 'alpine',
  suse: 'zypper',
  gentoo: 'emerge',
  arch: 'pacman',
};

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'arm64', ia32: 'i386', arm: 'arm' };

export function detectPackageMachine(
  sources: FactSources,
  platformType: PlatformType,
  platformVersion: string,
  nodeArchitecture: string,
): PackageMachine {
  const architecture = ARCHITECTURES[nodeArchitecture] ?? nodeArchitecture;
  if (platformType !== 'Linux') {
    const name = platformType === 'MacOS' ? 'mac_os_x' : 'windows';
    const initSystem = platformType === 'MacOS' ? 'launchd' : 'windows';
    return { platform: name, platformVersion, platformFamily: name, architecture, initSystem, packageManager: name };
  }
  const release = parseOsRelease(findOsRelease(sources));
  const id = release.get('ID') ?? '';
  const platform = LINUX_NAMES[id] ?? id;
  const platformFamily = FAMILIES[platform] ?? familyOfLike(release.get('ID_LIKE') ?? '');
  return {
    platform,
    platformVersion: release.get('VERSION_ID') ?? '',
    platformFamily,
    architecture,
    initSystem: detectInitSystem(sources),
    packageManager: PACKAGE_MANAGERS[platformFamily] ?? '',
  };
}

/** Of a derivative: the first of its ancestors that has a family. */
function familyOfLike(idLike: string): string {
  const families = idLike.split(' ').map((id) => FAMILIES[LINUX_NAMES[id] ?? id]);
  return families.find((family) => family !== undefined) ?? '';
}

function detectInitSystem(sources: FactSources): string {
  const read = (path: string): string => {
    try {
      return sources.readText(path).toLowerCase();
    } catch {
      return '';
    }
  };
  const first = read('/proc/1/comm').trim();
  if (first === 'systemd') return 'systemd';
  if (read('/proc/1/cgroup').includes('docker')) return 'docker';
  if (first.includes('openrc')) return 'openrc';
  // What OpenRC and upstart leave where they run.
  if (read('/run/openrc/softlevel') !== '') return 'openrc';
  return read('/etc/init/rc-sysinit.conf') === '' ? '' : 'upstart';
}

/** The machine as a package's scripts see it. */
export function packageEnvironment(
  machine: PackageMachine,
  instanceId: string,
  region: string,
  action: string,
): Record<string, string> {
  return {
    // A node that is no EC2 instance has no account and no zone; the stock agent says the same.
    BWS_ACCOUNT_ID: '',
    BWS_ACTION_NAME: action,
    BWS_ARCHITECTURE: machine.architecture,
    BWS_AVAILABILITY_ZONE: ON_PREMISES,
    BWS_INIT_SYSTEM: machine.initSystem,
    BWS_INSTANCE_ID: instanceId,
    BWS_INSTANCE_TYPE: ON_PREMISES,
    BWS_PACKAGE_MANAGER: machine.packageManager,
    BWS_PLATFORM_FAMILY: machine.platformFamily,
    BWS_PLATFORM_NAME: machine.platform,
    BWS_PLATFORM_VERSION: machine.platformVersion,
    BWS_REGION: region,
  };
}

export const ON_PREMISES = 'OnPrem';
