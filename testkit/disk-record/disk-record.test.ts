// What is told of a power cut is worth what the record and its reading are worth: each promise of a disk, kept and not kept, by programs that are
// killed; and SQLite, which keeps its commits on an honest disk and loses them on one that lies.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { whyNoFsyncShim, type FsyncShim } from '../fsync-shim/fsync-shim.ts';
import { createRandom } from '../random.ts';
import { buildDiskRecord, diskBase, diskRecordEnvironment, readDiskRecord } from './disk-record.ts';
import { cutPower, layOut } from './power-cut.ts';

/** The last few are in the log alone. */
const INSERTS = 57;
const skip = whyNoFsyncShim() ?? false;

describe('a power cut', { skip }, () => {
  let shim: FsyncShim;
  let top: string;
  before(async () => {
    shim = await buildDiskRecord();
    top = realpathSync(mkdtempSync(join(tmpdir(), 'muster-disk-')));
  });
  after(async () => {
    await shim[Symbol.asyncDispose]();
    rmSync(top, { recursive: true });
  });

  /** Runs `program` in an empty folder until it kills itself. */
  function run(program: string, swallow?: string) {
    const place = mkdtempSync(join(top, 'run-'));
    const below = join(place, 'disk');
    mkdirSync(below);
    writeFileSync(join(below, 'old'), 'as it was');
    const base = diskBase(below);
    const record = join(place, 'record');
    const env = {
      ...process.env,
      ...diskRecordEnvironment(shim, { record, below, ...(swallow === undefined ? {} : { swallow }) }),
    };
    const text = `const fs = require('node:fs'); process.chdir(${JSON.stringify(below)}); const at = (name) => require('node:path').join(${JSON.stringify(below)}, name);
      const sync = (name) => { const f = fs.openSync(at(name), 'r'); fs.fsyncSync(f); fs.closeSync(f); };
      ${program}; process.kill(process.pid, 'SIGKILL');`;
    const { stdout, stderr, signal } = spawnSync(process.execPath, ['-e', text], { env, encoding: 'utf8' });
    assert.equal(signal, 'SIGKILL', stderr);
    const changes = readDiskRecord(record);
    let cuts = 0;
    const cut = (seed?: number) => {
      const state = cutPower(base, changes, seed === undefined ? undefined : createRandom(seed));
      const left = join(place, `left-${(cuts += 1)}`);
      layOut(state, below, left);
      const files = readdirSync(left, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      return {
        left,
        files: Object.fromEntries(
          files.map(({ parentPath, name }) => [
            join(parentPath, name).slice(left.length + 1),
            readFileSync(join(parentPath, name), 'utf8'),
          ]),
        ),
      };
    };
    return { stdout, cut, below };
  }

  test('what was not synced is gone, what was is there, and the rest of the machine is as it was', () => {
    const { cut, below } = run(`fs.writeFileSync(at('a'), 'one'); sync('a'); sync('.'); fs.appendFileSync(at('a'), 'two');
      const f = fs.openSync(at('old'), 'r+'); fs.writeSync(f, 'AS', 0); fs.ftruncateSync(f, 4);`);
    assert.deepEqual(cut().files, { a: 'one', old: 'as it was' });
    assert.equal(readFileSync(join(below, 'a'), 'utf8'), 'onetwo');
    assert.equal(readFileSync(join(below, 'old'), 'utf8'), 'AS i');
  });

  test('a name is there when its folder was synced, whatever was synced in the file', () => {
    const { cut } =
      run(`fs.writeFileSync(at('a'), 'one'); sync('a'); fs.mkdirSync(at('f')); fs.writeFileSync(at('f/b'), 'b'); sync('f/b');
      sync('f'); fs.renameSync(at('old'), at('new'))`);
    assert.deepEqual(cut().files, { old: 'as it was' });
    const { cut: synced } =
      run(`fs.writeFileSync(at('.a.tmp'), 'one'); sync('.a.tmp'); fs.linkSync(at('.a.tmp'), at('a')); fs.rmSync(at('.a.tmp'));
      fs.mkdirSync(at('f')); fs.renameSync(at('old'), at('f/new')); sync('f'); sync('.'); fs.rmSync(at('f'), { recursive: true }); fs.rmSync(at('a'))`);
    assert.deepEqual(synced().files, { a: 'one', 'f/new': 'as it was' });
  });

  test('a torn cut keeps any of the later sectors, and each of them whole', () => {
    const { cut } =
      run(`const f = fs.openSync(at('old'), 'r+'); fs.writeSync(f, Buffer.alloc(2048, 'a'), 0, 2048, 0); fs.fsyncSync(f);
      fs.writeSync(f, Buffer.alloc(2048, 'b'), 0, 2048, 0);`);
    const seen = new Set(Array.from({ length: 60 }, (_, seed) => cut(seed).files['old'] ?? ''));
    assert.ok(seen.size > 4 && seen.has('a'.repeat(2048)) && seen.has('b'.repeat(2048)), `${seen.size} states`);
    for (const text of seen) assert.match(text, /^(?:a{512}|b{512}){4}$/);
  });

  const COMMITS = `const { DatabaseSync } = require('node:sqlite'); const d = new DatabaseSync(at('a.db'));
    d.exec('pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 20; create table t (n integer, b blob)');
    for (let n = 1; n <= ${INSERTS}; n++) d.exec('insert into t values (' + n + ', randomblob(5000))');`;
  const rows = (left: string): number => {
    if (!existsSync(join(left, 'a.db'))) return 0;
    const database = new DatabaseSync(join(left, 'a.db'));
    try {
      assert.deepEqual({ ...database.prepare('pragma integrity_check').get() }, { integrity_check: 'ok' });
      return Number(database.prepare('select count(*) as count from t').get()?.['count']);
    } finally {
      database.close();
    }
  };

  test('SQLite keeps its commits through strict and torn cuts', () => {
    const { cut } = run(COMMITS);
    for (const seed of [undefined, ...Array.from({ length: 20 }, (_, at) => at)]) assert.equal(rows(cut(seed).left), INSERTS);
  });

  test('on a disk that lies about syncs it loses them: the cut can tell', () => {
    const { cut } = run(COMMITS, '-wal');
    assert.ok(rows(cut().left) < INSERTS);
  });
});
