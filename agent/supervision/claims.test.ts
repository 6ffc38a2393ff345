// The files by which a supervisor claims a run are whole from the first moment: a reader that finds `started` without a pid in it would
// take a script that runs for one that was interrupted.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { superviseScript } from './supervise-script.ts';

const RUNS = 25;

test('whoever sees `started` sees the pid in it', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'muster-claims-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const script = join(dir, 'supervise.sh');
  writeFileSync(script, superviseScript);
  const withNode = fileURLToPath(new URL('supervise-with-node.ts', import.meta.url));
  for (const [program, runs] of [
    [['/bin/sh', script], RUNS],
    [[process.execPath, withNode], 3],
  ] as const) {
    for (let run = 0; run < runs; run += 1) {
      const runDir = join(dir, `${program.length}-${runs}-${run}`);
      mkdirSync(runDir);
      const [file, ...args] = program;
      const child = spawn(file, [...args, runDir, '60', '100', '/bin/true'], { stdio: 'ignore' });
      const ended = once(child, 'exit');
      // Busy, on purpose: the moment between making the file and filling it is short.
      while (!existsSync(join(runDir, 'started')));
      assert.equal(readFileSync(join(runDir, 'started'), 'utf8'), `${child.pid}\n`);
      await ended;
      assert.equal(readFileSync(join(runDir, 'result'), 'utf8'), 'exit 0\n');
      assert.deepEqual(
        readdirSync(runDir).filter((name) => /\.(claim|\d+)$/.test(name)),
        [],
      );
    }
  }
});
