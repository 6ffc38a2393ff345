// The environment of scripts: a short list from the agent's own, so that no secret of the agent or its operator leaks into a script, and the
// variables that the stock agent promises.
import type { MachineFacts } from '../machine/facts.ts';

const INHERITED = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  // Windows does not start programs without these.
  'SystemRoot',
  'SystemDrive',
  'windir',
  'ComSpec',
  'PATHEXT',
  'TEMP',
  'TMP',
  'USERPROFILE',
  'ProgramData',
  'ProgramFiles',
];
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function baseEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  facts: MachineFacts,
  instanceId: string,
  region: string,
): Readonly<Record<string, string>> {
  const environment: Record<string, string> = { PATH: DEFAULT_PATH };
  for (const name of INHERITED) {
    const value = own[name];
    if (value !== undefined && value !== '') environment[name] = value;
  }
  return {
    ...environment,
    AWS_SSM_INSTANCE_ID: instanceId,
    AWS_SSM_REGION_NAME: region,
    AWS_SSM_PLATFORM_NAME: facts.platformName,
    AWS_SSM_PLATFORM_VERSION: facts.platformVersion,
  };
}
