// Where the cgroups of runs go, and what is written into them. Pure: from the kernel's own texts to paths and values.
//
//   <agent's cgroup>/muster-<data directory>-<run>    without limits, or
//   <service's cgroup>/muster-agent                   the agent itself, as limits may only be set below a cgroup without processes of its own
//   <service's cgroup>/muster-<data directory>-<run>
import { posix } from 'node:path';

/** What the processes of one document may use, each run for itself. Undefined: as much as there is. */
export interface DocumentLimits {
  readonly memoryBytes: number | undefined;
  /** Of one processor; 250 is two and a half. */
  readonly cpuPercent: number | undefined;
  readonly tasks: number | undefined;
}

export interface CgroupPlace {
  /** The runs' cgroups are made in it. */
  readonly base: string;
  /** The agent's own is `base`: with limits it must move out, unless it is the root of all. */
  readonly agentIsInBase: boolean;
  readonly isRoot: boolean;
}

/** What the agent's own cgroup is called below the service's. */
export const AGENT_LEAF = 'muster-agent';

/** `mountinfo` and `cgroup` of /proc/self. A sentence where there is no cgroup v2 for this process. */
export function findCgroupPlace(mountinfo: string, ownCgroups: string): CgroupPlace | string {
  const own = /^0::(\/.*)$/m.exec(ownCgroups)?.[1];
  if (own === undefined) return 'this system has no cgroup v2';
  if (own.split('/').includes('..')) return 'the cgroup of the agent lies outside of what it sees';
  for (const line of mountinfo.split('\n')) {
    const [mount = '', type = ''] = line.split(' - ');
    if (!type.startsWith('cgroup2 ')) continue;
    const [, , , root = '', mountPoint = ''] = mount.split(' ').map(unescapeMount);
    const below = posix.relative(root, own);
    if (below.startsWith('..')) continue;
    const path = posix.join(mountPoint, below);
    const isLeaf = posix.basename(path) === AGENT_LEAF && below !== '';
    return { base: isLeaf ? posix.dirname(path) : path, agentIsInBase: !isLeaf, isRoot: own === '/' };
  }
  return 'cgroup v2 is not mounted where the agent sees it';
}

/** Spaces and the like are octal there. */
function unescapeMount(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8)));
}

export function hasLimits(limits: DocumentLimits): boolean {
  return neededControllers(limits).length > 0;
}

export function neededControllers(limits: DocumentLimits): string[] {
  const { memoryBytes, cpuPercent, tasks } = limits;
  return [
    ...(memoryBytes === undefined ? [] : ['memory']),
    ...(cpuPercent === undefined ? [] : ['cpu']),
    ...(tasks === undefined ? [] : ['pids']),
  ];
}

const CPU_PERIOD_MICROSECONDS = 100_000;

/** File of a run's cgroup to its content. */
export function limitFiles(limits: DocumentLimits): readonly (readonly [string, string])[] {
  const { memoryBytes, cpuPercent, tasks } = limits;
  const files: (readonly [string, string])[] = [];
  // Half of a document is of no use: when one process has to go, all go.
  if (memoryBytes !== undefined) files.push(['memory.max', String(memoryBytes)], ['memory.oom.group', '1']);
  if (cpuPercent !== undefined)
    files.push(['cpu.max', `${(cpuPercent * CPU_PERIOD_MICROSECONDS) / 100} ${CPU_PERIOD_MICROSECONDS}`]);
  if (tasks !== undefined) files.push(['pids.max', String(tasks)]);
  return files;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** `800M`. Undefined for what is no size. */
export function parseMemory(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,15})([KMGT]?)$/.exec(text) ?? [];
  const bytes = Number(digits) * (UNITS[unit] ?? Number.NaN);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** `150%`. */
export function parseCpu(text: string): number | undefined {
  const percent = Number(/^(\d{1,6})%$/.exec(text)?.[1]);
  return percent > 0 ? percent : undefined;
}

/** More than the kernel counts to. */
export const TASKS_MAX = 9_999_999;

/** `100`. */
export function parseTasks(text: string): number | undefined {
  const tasks = /^\d+$/.test(text) ? Number(text) : 0;
  return tasks > 0 && tasks <= TASKS_MAX ? tasks : undefined;
}
