// A cgroup (v2) for the processes of each run, where the agent may make one: what a run has started, however it hid, is killed whole by
// `cgroup.kill`, and can be limited. The supervisor stays outside; the script steps in before it begins (supervise-script.ts), by the path in
// the run directory's file `cgroup`. What a script leaves behind on purpose lives on in its cgroup, as it would without.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../machine/error-code.ts';
import type { Clock } from '../machine/clock.ts';
import { findText } from '../machine/files.ts';
import { describeError } from '../machine/log.ts';
import type { Log } from '../machine/log.ts';
import { AGENT_LEAF, findCgroupPlace, hasLimits, limitFiles, neededControllers } from './cgroup-plan.ts';
import type { CgroupPlace, DocumentLimits } from './cgroup-plan.ts';

/** An empty cgroup that is older belongs to a run that has ended: a script steps in within moments. */
const SWEEP_AGE_MS = 3600_000;

export interface RunCgroups {
  /** Makes the run's cgroup, with its limits, and tells the supervisor by the file `cgroup`. */
  prepare(directory: string): void;
  /** SIGKILL to everything in it. */
  kill(directory: string): void;
  /** False: something lives in it. */
  remove(directory: string): boolean;
}

export interface RunCgroupsOptions {
  readonly dataDir: string;
  readonly limits: DocumentLimits;
  readonly processId: number;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  readonly log: Log;
}

/** Limits were asked for that nobody would keep. */
export class LimitsUnavailable extends Error {}

/** Undefined where there are none for this agent; the tree of processes is killed then. Throws LimitsUnavailable. */
export function openRunCgroups(options: RunCgroupsOptions): RunCgroups | undefined {
  const prefix = `muster-${digest(options.dataDir, 8)}-`;
  try {
    const place = openPlace(options, prefix);
    if (hasLimits(options.limits)) enableControllers(place, options);
    sweep(place.base, prefix, options.clock);
    return new OpenRunCgroups(place.base, prefix, options);
  } catch (error) {
    if (!(error instanceof NoCgroups)) throw error;
    if (hasLimits(options.limits))
      throw new LimitsUnavailable(`documents cannot be limited here: ${error.message}`, { cause: error });
    options.log.info('documents have no cgroups of their own', { cause: error.message });
    return undefined;
  }
}

class NoCgroups extends Error {}

function openPlace(options: RunCgroupsOptions, prefix: string): CgroupPlace {
  if (options.platform !== 'linux') throw new NoCgroups('cgroups are a thing of Linux');
  const place = findCgroupPlace(readFileSync('/proc/self/mountinfo', 'utf8'), readFileSync('/proc/self/cgroup', 'utf8'));
  if (typeof place === 'string') throw new NoCgroups(place);
  const probe = join(place.base, `${prefix}probe`);
  attempt(`${place.base} cannot be written`, () => {
    makeDirectory(probe);
    const canKill = existsSync(join(probe, 'cgroup.kill'));
    rmdirSync(probe);
    if (!canKill) throw new Error('the kernel has no cgroup.kill (Linux 5.14 has)');
  });
  return place;
}

function enableControllers(place: CgroupPlace, options: RunCgroupsOptions): void {
  const { base } = place;
  const wanted = neededControllers(options.limits);
  const has = (file: string): string[] => readFileSync(join(base, file), 'utf8').trim().split(/\s+/);
  const offered = has('cgroup.controllers');
  const missing = wanted.filter((controller) => !offered.includes(controller));
  if (missing.length > 0) {
    throw new NoCgroups(`${base} has no controller ${missing.join(', ')}: a service unit needs Delegate=yes`);
  }
  const enabled = has('cgroup.subtree_control');
  if (wanted.every((controller) => enabled.includes(controller))) return;
  attempt(`the controllers of ${base} cannot be enabled (Delegate=yes and DelegateSubgroup=${AGENT_LEAF} let them be)`, () => {
    if (place.agentIsInBase && !place.isRoot) {
      makeDirectory(join(base, AGENT_LEAF));
      writeFileSync(join(base, AGENT_LEAF, 'cgroup.procs'), String(options.processId));
    }
    writeFileSync(join(base, 'cgroup.subtree_control'), wanted.map((controller) => `+${controller}`).join(' '));
  });
}

function attempt(what: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    throw new NoCgroups(`${what}: ${describeError(error)}`, { cause: error });
  }
}

/** Of daemons that outlived their run and have ended since, and of agents that ended before their runs. */
function sweep(base: string, prefix: string, clock: Clock): void {
  for (const name of readdirSync(base)) {
    const path = join(base, name);
    if (!name.startsWith(prefix)) continue;
    const age = clock.nowMs() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (age > SWEEP_AGE_MS) removeEmpty(path);
  }
}

class OpenRunCgroups implements RunCgroups {
  readonly #base: string;
  readonly #prefix: string;
  readonly #options: RunCgroupsOptions;
  #sweptAtMs: number;

  constructor(base: string, prefix: string, options: RunCgroupsOptions) {
    this.#base = base;
    this.#prefix = prefix;
    this.#options = options;
    this.#sweptAtMs = options.clock.nowMs();
  }

  prepare(directory: string): void {
    const { limits, log, clock } = this.#options;
    if (clock.nowMs() - this.#sweptAtMs > SWEEP_AGE_MS) this.#sweep();
    const path = join(this.#base, `${this.#prefix}${digest(directory, 16)}`);
    try {
      makeDirectory(path);
      for (const [file, content] of limitFiles(limits)) writeFileSync(join(path, file), content);
    } catch (error) {
      // A script without the limits that it must have is not run; without any, it needs no cgroup.
      if (hasLimits(limits)) throw error;
      log.warn('a run has no cgroup', { directory, cause: describeError(error) });
      return;
    }
    writeFileSync(join(directory, 'cgroup'), `${path}\n`, { mode: 0o600 });
  }

  /** No run fails because others cannot be cleared away. */
  #sweep(): void {
    const { clock, log } = this.#options;
    this.#sweptAtMs = clock.nowMs();
    try {
      sweep(this.#base, this.#prefix, clock);
    } catch (error) {
      log.warn('cgroups of ended runs could not be removed', { cause: describeError(error) });
    }
  }

  kill(directory: string): void {
    const path = findCgroup(directory);
    if (path === undefined) return;
    try {
      writeFileSync(join(path, 'cgroup.kill'), '1', { flag: 'r+' });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  remove(directory: string): boolean {
    const path = findCgroup(directory);
    return path === undefined || removeEmpty(path);
  }
}

/** As it was when the run began: the agent may have another place now. */
function findCgroup(directory: string): string | undefined {
  const path = findText(join(directory, 'cgroup'))?.trim();
  return path === undefined || path === '' ? undefined : path;
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o755 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

function removeEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EBUSY') return false;
    if (isGone(error)) return true;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENODEV'].includes(errorCode(error) ?? '');
}

function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
