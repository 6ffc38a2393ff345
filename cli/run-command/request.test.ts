// From what people type to the request of SendCommand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions } from '../options.ts';
import { UsageError } from '../usage-error.ts';
import { readParameters } from './parameters.ts';
import { readRequest, REQUEST_OPTIONS, splitAtDashes } from './request.ts';
import { readTargets } from './targets.ts';

function read(...argv: readonly string[]) {
  const { options, words } = splitAtDashes(argv);
  const { command, sending } = readRequest(readOptions('run', options, REQUEST_OPTIONS).values, words);
  return { ...command, ...sending };
}

test('a command by tag, with its rates', () => {
  assert.deepEqual(read('--targets', 'tag:role=web', '--max-concurrency', '10%', '--max-errors', '2', '--', 'uptime'), {
    DocumentName: 'AWS-RunShellScript',
    Parameters: { commands: ['uptime'] },
    Targets: [{ Key: 'tag:role', Values: ['web'] }],
    MaxConcurrency: '10%',
    MaxErrors: '2',
  });
});

test('everything else that can be said', () => {
  const said = ['--node', 'mi-1,mi-2', '--node', 'mi-3', '--shell', 'pwsh', '--working-directory', '/tmp', '--timeout', '60'];
  assert.deepEqual(read(...said, '--delivery-timeout', '90', '--comment', 'why', '--', 'echo', 'a b'), {
    DocumentName: 'AWS-RunPowerShellScript',
    Parameters: { commands: ["& 'echo' 'a b'"], workingDirectory: ['/tmp'], executionTimeout: ['60'] },
    InstanceIds: ['mi-1', 'mi-2', 'mi-3'],
    Comment: 'why',
    TimeoutSeconds: 90,
  });
});

test('only the first -- ends the options', () => {
  assert.deepEqual(read('--node', 'mi-1', '--', 'git', 'checkout', '--', 'file').Parameters, {
    commands: ['git checkout -- file'],
  });
});

test('targets as people and as AWS write them', () => {
  assert.deepEqual(
    readTargets([
      'tag:role=web,db',
      'tag:a:b=c=d',
      'tag-key=x',
      'group:front end',
      'InstanceIds=mi-1,mi-2',
      'tag:x=a\\,b',
      'tag:e=',
    ]),
    [
      { Key: 'tag:role', Values: ['web', 'db'] },
      { Key: 'tag:a:b', Values: ['c=d'] },
      { Key: 'tag-key', Values: ['x'] },
      { Key: 'resource-groups:Name', Values: ['front end'] },
      { Key: 'InstanceIds', Values: ['mi-1', 'mi-2'] },
      { Key: 'tag:x', Values: ['a,b'] },
      { Key: 'tag:e', Values: [''] },
    ],
  );
  assert.deepEqual(readTargets(['Key=tag:role,Values=web,db']), [{ Key: 'tag:role', Values: ['web', 'db'] }]);
});

test('parameters as JSON and as pairs', () => {
  assert.deepEqual(readParameters(['{"a":["x","y"],"b":1,"c":{"d":true}}', 'e=f=g,h', 'e=i']), {
    a: ['x', 'y'],
    b: ['1'],
    c: ['{"d":true}'],
    e: ['f=g,h', 'i'],
  });
});

test('wrong use is one line that names what is wrong', () => {
  for (const [argv, sentence] of [
    [['--', 'x'], /on which nodes\?/],
    [['--node', 'mi-1'], /what should AWS-RunShellScript run\?/],
    [['--node', 'mi-1', '--targets', 'tag:a=b', '--', 'x'], /cannot be given together/],
    [['--targets', 'role', '--', 'x'], /"role" has no "="/],
    [['--targets', 'role=web', '--', 'x'], /"role" is none of tag:KEY/],
    [['--targets', 'tag-key=', '--', 'x'], /names an empty value/],
    [['--node', 'mi-1', '--shell', 'fish', '--', 'x'], /neither sh nor pwsh/],
    [['--node', 'mi-1', '--timeout', '0', '--', 'x'], /--timeout "0" is no whole number from 5 to 172800/],
    [['--node', 'mi-1', '--parameters', '{', '--', 'x'], /--parameters is not JSON/],
    [['--node', 'mi-1', '--parameters', 'commands=y', '--', 'x'], /commands is given twice/],
    [['--node', 'mi-1', '--nodes', 'x'], /--nodes/],
  ] as const) {
    assert.throws(
      () => read(...argv),
      (error) => error instanceof UsageError && sentence.test(error.message) && !error.message.includes('\n'),
      argv.join(' '),
    );
  }
});
