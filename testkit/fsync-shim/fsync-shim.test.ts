// The store's durability is measured and tried through this shim, so it is checked that SQLite within Node goes through it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { buildFsyncShim, fsyncShimEnvironment, readFsyncs, whyNoFsyncShim } from './fsync-shim.ts';

const COMMITS = 5;
const DELAY_MS = 20;

const PROGRAM = `
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(process.argv[1]);
  database.exec('pragma journal_mode = wal; pragma synchronous = full; create table t (n integer)');
  const startedAt = performance.now();
  for (let n = 0; n < ${COMMITS}; n++) database.exec('insert into t values (' + n + ')');
  console.log(performance.now() - startedAt);
  process.kill(process.pid, 'SIGKILL');`;

test(
  'a COMMIT of node:sqlite waits for a slow disk, and is on record with the size of its log',
  { skip: whyNoFsyncShim() ?? false },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'muster-fsync-'));
    try {
      await using shim = await buildFsyncShim();
      const log = join(directory, 'fsyncs');
      const database = join(directory, 'a.db');
      const env = { ...process.env, ...fsyncShimEnvironment(shim, { delayMs: DELAY_MS, log }) };
      const run = promisify(execFile)(process.execPath, ['-e', PROGRAM, database], { env });
      const ended: unknown = await run.catch((error: unknown) => error);
      const { stdout, signal } = ended as { stdout: string; signal?: string };
      assert.equal(signal, 'SIGKILL');
      assert.ok(Number(stdout) >= COMMITS * DELAY_MS, `${COMMITS} commits took ${stdout.trim()} ms`);
      const sizes = (await readFsyncs(log)).filter(({ path }) => path === `${database}-wal`).map(({ sizeBytes }) => sizeBytes);
      assert.ok(sizes.length >= COMMITS, `${sizes.length} fsyncs of the log`);
      assert.deepEqual(
        sizes,
        sizes.toSorted((a, b) => a - b),
      );
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
);
