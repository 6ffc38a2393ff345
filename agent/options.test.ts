// The agent's command line.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseOptions, UsageError } from './options.ts';

const REQUIRED = ['--endpoint', 'https://muster:8443', '--region', 'eu-1'];

it('limits of documents are none unless they are given, and each is judged', () => {
  const none = { memoryBytes: undefined, cpuPercent: undefined, tasks: undefined };
  assert.deepEqual(parseOptions(REQUIRED, {}).documentLimits, none);
  const given = parseOptions([...REQUIRED, '--document-memory-max', '1G', '--document-tasks-max', '64'], {
    MUSTER_DOCUMENT_CPU_MAX: '50%',
  });
  assert.deepEqual(given.documentLimits, { memoryBytes: 2 ** 30, cpuPercent: 50, tasks: 64 });
  assert.throws(
    () => parseOptions([...REQUIRED, '--document-cpu-max', 'half'], {}),
    (error) => error instanceof UsageError && error.message === "--document-cpu-max must be like 150%, not 'half'",
  );
});
