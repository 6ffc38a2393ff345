// `npm test [-- PATH…]`: every test that needs nothing but npm; `npm run test:e2e`: the tests of e2e/. One node:test run, so that its
// own closing lines count everything; the exit code is node:test's.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findTestFiles, WORKSPACE } from './test-files.ts';

const EXIT_WRONG_USE = 2;
/** A test that waits for something that never comes must not hold the run for ever. */
const TEST_MS_MAX = 3 * 60_000;

const paths = process.argv.slice(2).map((path) => relative(WORKSPACE, resolve(path)) || '.');
const { units, processes, endToEnd } = findTestFiles(paths);
const askedForEndToEnd = paths.some((path) => path === 'e2e' || path.startsWith('e2e/'));
const files = [
  ...(units.length > 0 ? [fileURLToPath(new URL('unit-tests.ts', import.meta.url))] : []),
  ...processes,
  ...(askedForEndToEnd ? endToEnd : []),
];

if (files.length === 0) {
  process.stderr.write(`no test files${paths.length === 0 ? '' : ` in ${paths.join(', ')}`}\n`);
  process.exitCode = EXIT_WRONG_USE;
} else {
  // End-to-end tests start servers and fleets: one file at a time, else they measure each other.
  const concurrency = askedForEndToEnd ? 1 : availableParallelism();
  const args = ['--test', `--test-concurrency=${concurrency}`, `--test-timeout=${TEST_MS_MAX}`, '--test-reporter=spec', ...files];
  process.stdout.write(
    `${units.length} files of unit tests in one process, ${processes.length} in their own` +
      `${askedForEndToEnd ? `, ${endToEnd.length} end to end` : ''}\n`,
  );
  const child = spawn(process.execPath, args, {
    cwd: WORKSPACE,
    stdio: 'inherit',
    env: { ...process.env, MUSTER_TEST_PATHS: JSON.stringify(paths) },
  });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
