// What becomes of the inputs of aws:runDockerAction: arguments of docker, and nothing else.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { dockerArguments, DockerInputError, words } from './docker-arguments.ts';

it('each action becomes its call', () => {
  const all = {
    container: 'web',
    image: 'registry:5000/team/web:1.2',
    cmd: `sh -c 'echo "$HOME; done"'`,
    memory: '512m',
    cpuShares: 512,
    volume: ['/data:/data:ro', '/with space:/x'],
    env: 'A=b=c d',
    user: '1000:1000',
    publish: ['8080:80', '127.0.0.1:9:9/udp'],
  };
  const options = [
    '--volume=/data:/data:ro',
    '--volume=/with space:/x',
    '--name=web',
    '--memory=512m',
    '--cpu-shares=512',
    '--publish=8080:80',
    '--publish=127.0.0.1:9:9/udp',
    '--env=A=b=c d',
    '--user=1000:1000',
  ];
  const command = ['registry:5000/team/web:1.2', 'sh', '-c', 'echo "$HOME; done"'];
  const expected: Readonly<Record<string, readonly string[]>> = {
    Create: ['create', ...options, ...command],
    Run: ['run', '--detach', ...options, ...command],
    Start: ['start', 'web'],
    Stop: ['stop', 'web'],
    Rm: ['rm', 'web'],
    Exec: ['exec', '--user=1000:1000', 'web', 'sh', '-c', 'echo "$HOME; done"'],
    Inspect: ['inspect', 'web', 'registry:5000/team/web:1.2'],
    Logs: ['logs', 'web'],
    Ps: ['ps', '--all'],
    Stats: ['stats', '--no-stream', 'web'],
    Pull: ['pull', 'registry:5000/team/web:1.2'],
    Images: ['images'],
    Rmi: ['rmi', 'registry:5000/team/web:1.2'],
  };
  for (const [action, argv] of Object.entries(expected)) assert.deepEqual(dockerArguments({ ...all, action }), argv, action);
  // As AWS-RunDockerAction sends what nobody filled in.
  assert.deepEqual(dockerArguments({ action: 'Run', image: 'busybox', volume: [''], env: '', cmd: '', memory: '' }), [
    'run',
    '--detach',
    'busybox',
  ]);
});

it('what is missing or is no name is refused by name', () => {
  for (const [inputs, why] of [
    [{ action: 'Run' }, 'Action Run requires parameter image'],
    [{ action: 'Start' }, 'Action Start requires parameter container'],
    [{ action: 'Exec', container: 'c' }, 'Action Exec requires parameter cmd'],
    [{ action: 'Inspect' }, 'Action Inspect requires parameter container or image'],
    [{ action: 'Prune' }, 'Docker Action is set to unsupported value: Prune'],
    [{ action: 'toString' }, 'Docker Action is set to unsupported value: toString'],
    [{ action: 'Rm', container: '--force' }, 'Validation error, Invalid container name, only [a-zA-Z0-9_.-] are allowed'],
    [{ action: 'Pull', image: '-q' }, 'Validation error, Invalid image value, only [a-zA-Z0-9_./:@-] are allowed'],
    [
      { action: 'Run', image: 'i', memory: '1 --privileged' },
      'Validation error, Invalid memory value: a number, and b, k, m or g',
    ],
    [{ action: 'Run', image: 'i', cmd: "it's" }, "Validation error, cmd has a ' without its end"],
    [{ action: 'Run', image: 'i', volume: [7, {}] }, 'Validation error, volume must be text'],
  ] as const) {
    assert.throws(
      () => dockerArguments(inputs),
      (error) => error instanceof DockerInputError && error.message === why,
    );
  }
});

it('no input becomes an option that is not its own', () => {
  const anything = fc.oneof(fc.string(), fc.constantFrom('--privileged', '-v/:/host', '\n--privileged', 'x --privileged'));
  const inputs = fc.record({
    action: fc.constantFrom('Create', 'Run', 'Start', 'Stop', 'Rm', 'Inspect', 'Logs', 'Pull', 'Rmi', 'Stats'),
    container: anything,
    image: anything,
    memory: anything,
    cpuShares: anything,
    user: anything,
    volume: fc.array(anything),
    env: fc.array(anything),
    publish: fc.array(anything),
  });
  const known = /^--(?:volume|name|memory|cpu-shares|publish|env|user)=|^--(?:detach|no-stream)$/s;
  fc.assert(
    fc.property(inputs, (given) => {
      let argv: string[];
      try {
        argv = dockerArguments(given);
      } catch (error) {
        return error instanceof DockerInputError;
      }
      return argv.every((one) => !one.startsWith('-') || known.test(one));
    }),
    { numRuns: 1000 },
  );
});

it('a command line is parted into words without expanding anything', () => {
  assert.deepEqual(words(`  a 'b c' "d \\"e\\" $f"\\ g h\\'i '' $(x) ;|& `), [
    'a',
    'b c',
    'd "e" $f g',
    "h'i",
    '',
    '$(x)',
    ';|&',
  ]);
  assert.deepEqual(words(''), []);
  const plain = fc.array(fc.string());
  fc.assert(
    fc.property(plain, (given) => {
      const line = given.map((one) => `'${one.replaceAll("'", String.raw`'\''`)}'`).join(' ');
      assert.deepEqual(words(line), given);
    }),
  );
});
