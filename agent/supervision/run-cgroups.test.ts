// Runs in cgroups of this machine, where it lets us make some: what hides from its parents and its session is killed all the same.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { systemClock } from '../machine/clock.ts';
import { createLog } from '../machine/log.ts';
import { fileAppears } from '../testing/file-appears.ts';
import { systemProcessTable } from './process-table.ts';
import { LimitsUnavailable, openRunCgroups } from './run-cgroups.ts';
import type { RunCgroups, RunCgroupsOptions } from './run-cgroups.ts';
import { createStepSupervisor } from './step-supervisor.ts';
import type { RunEnd } from './step-supervisor.ts';
import { superviseScript } from './supervise-script.ts';

const log = createLog(
  () => undefined,
  () => systemClock.now(),
);
const NONE = { memoryBytes: undefined, cpuPercent: undefined, tasks: undefined };
const here = (more: Partial<RunCgroupsOptions> = {}): RunCgroupsOptions => ({
  dataDir: '/nonexistent/cgroup-test',
  limits: NONE,
  processId: process.pid,
  platform: process.platform,
  clock: systemClock,
  log,
  ...more,
});

const cgroups = openRunCgroups(here());
const skip = cgroups === undefined ? 'not run: needs a cgroup v2 that can be written, as root on Linux 5.14 or later has' : false;

class Bench implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'muster-cgroup-'));
  readonly run = join(this.path, 'run');
  readonly #cgroups: RunCgroups;

  constructor(cgroups: RunCgroups) {
    this.#cgroups = cgroups;
    mkdirSync(this.run);
    writeFileSync(join(this.path, 'supervise.sh'), superviseScript);
  }

  get supervisor(): ReturnType<typeof createStepSupervisor> {
    const program = ['/bin/sh', join(this.path, 'supervise.sh')];
    return createStepSupervisor({ program, processes: systemProcessTable, cgroups: this.#cgroups, clock: systemClock });
  }

  start(script: string, timeoutSeconds = 60): Promise<RunEnd> {
    const environment = { PATH: process.env['PATH'] ?? '' };
    const command = ['/bin/sh', '-c', script];
    const request = { directory: this.run, command, timeoutSeconds, workingDirectory: this.path, environment };
    return this.supervisor.run(request, new AbortController().signal);
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), 'utf8').trim();
  }

  get cgroup(): string {
    return readFileSync(join(this.run, 'cgroup'), 'utf8').trim();
  }

  isAlive(pidFile: string): boolean {
    return systemProcessTable.commandLine(Number(this.read(pidFile))) !== undefined;
  }

  [Symbol.dispose](): void {
    this.#cgroups.kill(this.run);
    const until = Date.now() + 5000;
    while (!this.#cgroups.remove(this.run) && Date.now() < until);
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A daemon: a session of its own, and its parents are gone before `ready` is there. */
const DAEMON = `(setsid sh -c 'echo $$ > daemon; mv daemon ready; exec sleep 300' > /dev/null 2>&1 < /dev/null &) ; while [ ! -e ready ]; do sleep 0.02; done`;

describe('a run in a cgroup', { skip }, () => {
  it('runs there, its supervisor does not, and the cgroup goes with it', async () => {
    using bench = new Bench(cgroups!);
    const end = await bench.start('cat /proc/self/cgroup; cat /proc/$PPID/cgroup > supervisor');
    assert.deepEqual(end, { kind: 'exit', code: 0 });
    const name = bench.cgroup.split('/').at(-1) ?? '';
    assert.match(name, /^muster-[0-9a-f]{8}-[0-9a-f]{16}$/);
    assert.ok(readFileSync(join(bench.run, 'stdout'), 'utf8').includes(`/${name}\n`));
    assert.ok(!bench.read('supervisor').includes(name));
    assert.ok(!existsSync(bench.cgroup));
  });

  it('a cancel kills also a daemon that left its session and its parents', async () => {
    using bench = new Bench(cgroups!);
    const end = bench.start(`${DAEMON}; touch begun; sleep 300`);
    await fileAppears(join(bench.path, 'begun'));
    assert.ok(bench.isAlive('ready'));
    await bench.supervisor.cancel(bench.run);
    assert.deepEqual(await end, { kind: 'cancelled' });
    assert.ok(!bench.isAlive('ready'));
  });

  it('so does a time-out', async () => {
    using bench = new Bench(cgroups!);
    assert.deepEqual(await bench.start(`${DAEMON}; sleep 300`, 1), { kind: 'timed-out' });
    assert.ok(!bench.isAlive('ready'));
  });

  it('a daemon of a script that ended well lives on', async () => {
    using bench = new Bench(cgroups!);
    assert.deepEqual(await bench.start(DAEMON), { kind: 'exit', code: 0 });
    assert.ok(bench.isAlive('ready'));
    assert.ok(existsSync(bench.cgroup));
  });

  it('what a daemon left is removed when the daemon has ended, by a later run', async () => {
    let skippedMs = 0;
    const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + skippedMs };
    const own = openRunCgroups(here({ clock, dataDir: '/nonexistent/cgroup-sweep' }));
    assert.ok(own !== undefined);
    using bench = new Bench(own);
    const [first, second] = [join(bench.path, 'first'), join(bench.path, 'second')];
    for (const directory of [first, second]) mkdirSync(directory);
    own.prepare(first);
    const left = readFileSync(join(first, 'cgroup'), 'utf8').trim();
    own.prepare(second);
    assert.ok(existsSync(left));
    skippedMs = 2 * 3600_000;
    own.prepare(second);
    assert.ok(!existsSync(left));
    own.remove(second);
  });

  it('a script whose supervisor was killed is killed, too: nothing would time it out', async () => {
    using bench = new Bench(cgroups!);
    const end = bench.start(`echo $$ > script; touch begun; exec sleep 300`);
    await fileAppears(join(bench.path, 'begun'));
    process.kill(Number(readFileSync(join(bench.run, 'started'), 'utf8')), 'SIGKILL');
    assert.deepEqual(await end, { kind: 'interrupted' });
    assert.ok(!bench.isAlive('script'));
  });

  it('does not begin where it cannot step in', async () => {
    using bench = new Bench({
      ...noCgroups,
      prepare: (directory) => writeFileSync(join(directory, 'cgroup'), '/nonexistent/cgroup\n'),
    });
    assert.deepEqual(await bench.start('touch ran'), { kind: 'exit', code: 126 });
    assert.ok(!existsSync(join(bench.path, 'ran')));
  });
});

const noCgroups: RunCgroups = { prepare: () => undefined, kill: () => undefined, remove: () => true };

it('limits that nobody would keep are refused with the reason; without limits it goes without cgroups', () => {
  const limits = { ...NONE, memoryBytes: 2 ** 30 };
  assert.throws(
    () => openRunCgroups(here({ platform: 'darwin', limits })),
    (error) => error instanceof LimitsUnavailable && /cannot be limited here: cgroups are a thing of Linux/.test(error.message),
  );
  assert.equal(openRunCgroups(here({ platform: 'darwin' })), undefined);
});

function openLimited(): RunCgroups | string {
  if (cgroups === undefined) return 'not run: needs a cgroup v2 that can be written';
  try {
    return openRunCgroups(here({ limits: { ...NONE, tasks: 8 } })) ?? 'not run: no cgroups';
  } catch (error) {
    if (error instanceof LimitsUnavailable) return `not run: ${error.message}`;
    throw error;
  }
}

it('a script cannot have more tasks than its limit', async (t) => {
  const limited = openLimited();
  if (typeof limited === 'string') return t.skip(limited);
  using bench = new Bench(limited);
  const end = await bench.start('for i in 1 2 3 4 5 6 7 8 9 10; do sleep 5 & done; wait');
  assert.notDeepEqual(end, { kind: 'exit', code: 0 });
  assert.match(readFileSync(join(bench.run, 'stderr'), 'utf8'), /fork/i);
});
