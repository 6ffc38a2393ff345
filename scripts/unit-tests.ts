// Every unit test in one process: starting a process for each file takes ten times as long as the tests in it. A file that cannot be
// loaded is a failed test of its own, so that the others still run.
import { relative } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { findTestFiles, WORKSPACE } from './test-files.ts';

const { units } = findTestFiles(JSON.parse(process.env['MUSTER_TEST_PATHS'] ?? '[]') as string[]);
for (const file of units) {
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    test(`${relative(WORKSPACE, file)} loads`, () => {
      throw error;
    });
  }
}
