// The log file's bound.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { openLogFile } from './log-file.ts';

it('a log file is moved aside above its limit, and there are never more than two', () => {
  const directory = mkdtempSync(join(tmpdir(), 'muster-log-'));
  try {
    const path = join(directory, 'agent.log');
    const file = openLogFile(path, 20);
    for (let line = 0; line < 10; line += 1) file.write(`line number ${line}\n`);
    file.close();
    assert.deepEqual(readdirSync(directory), ['agent.log', 'agent.log.1']);
    assert.equal(readFileSync(path, 'utf8'), 'line number 8\nline number 9\n');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
