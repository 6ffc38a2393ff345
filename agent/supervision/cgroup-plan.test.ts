// Where cgroups of runs go, from what kernels say.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { findCgroupPlace, hasLimits, limitFiles, neededControllers, parseCpu, parseMemory, parseTasks } from './cgroup-plan.ts';

const UNIFIED = '31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n';
const NONE = { memoryBytes: undefined, cpuPercent: undefined, tasks: undefined };

it('below the cgroup of the service', () => {
  assert.deepEqual(findCgroupPlace(UNIFIED, '0::/system.slice/muster.service\n'), {
    base: '/sys/fs/cgroup/system.slice/muster.service',
    agentIsInBase: true,
    isRoot: false,
  });
});

it('beside the agent, where it has a cgroup below the service’s', () => {
  assert.deepEqual(findCgroupPlace(UNIFIED, '0::/system.slice/muster.service/muster-agent\n'), {
    base: '/sys/fs/cgroup/system.slice/muster.service',
    agentIsInBase: false,
    isRoot: false,
  });
});

it('where v1 and v2 are mixed, in v2', () => {
  const mixed =
    '30 23 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n41 31 0:38 / /sys/fs/cgroup/uni\\040fied rw,relatime - cgroup2 cgroup2 rw\n';
  assert.deepEqual(findCgroupPlace(mixed, '8:memory:/x\n0::/\n'), {
    base: '/sys/fs/cgroup/uni fied',
    agentIsInBase: true,
    isRoot: true,
  });
});

it('in a part that is mounted for a container', () => {
  const container = '31 23 0:28 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n';
  assert.deepEqual(findCgroupPlace(container, '0::/docker/abc/service\n'), {
    base: '/sys/fs/cgroup/service',
    agentIsInBase: true,
    isRoot: false,
  });
});

it('nowhere, with the reason', () => {
  assert.equal(findCgroupPlace('', '8:memory:/x\n'), 'this system has no cgroup v2');
  assert.equal(findCgroupPlace('', '0::/\n'), 'cgroup v2 is not mounted where the agent sees it');
  assert.equal(findCgroupPlace(UNIFIED, '0::/../other\n'), 'the cgroup of the agent lies outside of what it sees');
});

it('limits become the kernel’s values, and the controllers that they need', () => {
  assert.equal(hasLimits(NONE), false);
  const limits = { memoryBytes: 1024, cpuPercent: 150, tasks: 20 };
  assert.deepEqual(neededControllers(limits), ['memory', 'cpu', 'pids']);
  assert.deepEqual(limitFiles(limits), [
    ['memory.max', '1024'],
    ['memory.oom.group', '1'],
    ['cpu.max', '150000 100000'],
    ['pids.max', '20'],
  ]);
  assert.deepEqual(
    [parseMemory('512M'), parseMemory('7'), parseMemory('0'), parseMemory('1.5G')],
    [2 ** 29, 7, undefined, undefined],
  );
  assert.deepEqual([parseCpu('50%'), parseCpu('50'), parseCpu('0%')], [50, undefined, undefined]);
  assert.deepEqual([parseTasks('9'), parseTasks('0'), parseTasks('many')], [9, undefined, undefined]);
});
