// Backup and restore of a data directory that is written to, on a real disk.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createRandom, createSeededIds } from '@muster/testkit/random.ts';
import { sql } from 'kysely';
import { createBlobs, type Blobs } from '../platform/blobs/blobs.ts';
import { type Database, openDatabase, tables } from '../platform/store/index.ts';
import { createLogger, createMetrics } from '../platform/telemetry/index.ts';
import { systemClock } from '../platform/time/clock.ts';
import { backup } from './backup.ts';
import { backupCommand } from './commands.ts';
import { copyFileDurably } from './copy-file.ts';
import { BackupUnusable } from './manifest.ts';
import { restore } from './restore.ts';

interface Note {
  id: number;
  blob: string;
}
interface NoteTables {
  notes: Note;
}

const ids = createSeededIds(1);

function open(dataDir: string): Promise<Database> {
  return openDatabase({
    dataDir,
    inThread: true,
    clock: systemClock,
    log: createLogger({ write: () => undefined, clock: systemClock, level: 'error', format: 'json' }),
    metrics: createMetrics(),
    migrations: [
      {
        prefix: 'notes',
        migrations: {
          '001-init': {
            async up(db) {
              await sql`create table notes (id integer primary key, blob text not null)`.execute(db);
            },
          },
        },
      },
    ],
  });
}

const notesOf = (database: Database): Promise<Note[]> =>
  database.read((tx) => tables<NoteTables>(tx).selectFrom('notes').selectAll().orderBy('id').execute());

describe('backup and restore', () => {
  let top = '';
  let dataDir = '';
  let target = '';
  let blobs: Blobs;
  let database: Database;

  beforeEach(async () => {
    top = await mkdtemp(join(tmpdir(), 'muster-backup-'));
    [dataDir, target] = [join(top, 'data'), join(top, 'copy')];
    await mkdir(join(dataDir, 'tls'), { recursive: true });
    await writeFile(join(dataDir, 'tls', 'ca.pem'), 'authority');
    await writeFile(join(dataDir, 'master.key'), 'key');
    await writeFile(join(dataDir, 'credentials'), 'credentials');
    database = await open(dataDir);
    blobs = createBlobs({ dataDir, ids, clock: systemClock });
  });
  afterEach(async () => {
    await database.close();
    await rm(top, { recursive: true });
  });

  async function add(id: number): Promise<void> {
    const { sha256 } = await blobs.put(Buffer.from(`note ${id}`));
    await database.write('test.add', (tx) => tables<NoteTables>(tx).insertInto('notes').values({ id, blob: sha256 }).execute());
  }

  async function drop(id: number): Promise<void> {
    const note = (await notesOf(database)).find((one) => one.id === id);
    if (note === undefined) return;
    await database.write('test.drop', (tx) => tables<NoteTables>(tx).deleteFrom('notes').where('id', '=', id).execute());
    await blobs.remove(note.blob);
  }

  const back = async (withMasterKey = true) => await backup({ dataDir, target, withMasterKey, clock: systemClock });

  it('bring back rows, blobs, keys and certificates, private to their owner', async () => {
    for (let id = 0; id < 5; id++) await add(id);
    const report = await back();
    assert.equal(report.files, 9);
    assert.equal(report.holdsMasterKey, true);
    await restore({ source: target, dataDir: join(top, 'restored') });
    await using restored = {
      database: await open(join(top, 'restored')),
      [Symbol.asyncDispose]: () => restored.database.close(),
    };
    assert.deepEqual(await notesOf(restored.database), await notesOf(database));
    const copies = createBlobs({ dataDir: join(top, 'restored'), ids, clock: systemClock });
    for (const { id, blob } of await notesOf(database))
      assert.equal(Buffer.concat(await (await copies.open(blob)).toArray()).toString(), `note ${id}`);
    for (const name of ['master.key', 'credentials', 'tls/ca.pem']) {
      assert.equal(await readFile(join(top, 'restored', name), 'utf8'), await readFile(join(dataDir, name), 'utf8'));
      assert.equal((await stat(join(top, 'restored', name))).mode & 0o77, 0);
    }
    assert.equal((await stat(target)).mode & 0o77, 0);
  });

  it('hold every blob that the copied rows refer to, while blobs come and go', async () => {
    const seed = systemClock.now().getTime() % 1_000_000;
    const random = createRandom(seed);
    for (let id = 0; id < 40; id++) await add(id);
    const copying = back();
    const done = new AbortController();
    const work = (async () => {
      for (let id = 40; !done.signal.aborted; id++) {
        await add(id);
        await drop(random.below(id));
      }
    })();
    await copying;
    done.abort();
    await work;
    await restore({ source: target, dataDir: join(top, 'restored') });
    const restored = await open(join(top, 'restored'));
    const copies = createBlobs({ dataDir: join(top, 'restored'), ids, clock: systemClock });
    for (const { blob } of await notesOf(restored)) assert.equal(await copies.has(blob), true, `seed ${seed}`);
    await restored.close();
  });

  it('make nothing of a file that is gone', async () => {
    await assert.rejects(copyFileDurably(join(top, 'gone'), join(top, 'made')), { code: 'ENOENT' });
    assert.deepEqual(await readdir(top), ['data']);
  });

  it('leave the master key out when asked', async () => {
    assert.equal((await back(false)).holdsMasterKey, false);
    assert.ok(!(await readdir(target)).includes('master.key'));
  });

  it('say what can be done with one that holds no master key', async (t) => {
    const write = t.mock.method(process.stdout, 'write', () => true);
    const code = await backupCommand(['--data-dir', dataDir, '--to', target, '--without-master-key'], {});
    const said = write.mock.calls.map((call) => String(call.arguments[0])).join('');
    write.mock.restore();
    assert.equal(code, 0);
    assert.match(said, /nothing sealed can be read without it\.\n.*administrator's credentials.*running server/);
  });

  it('refuse a target that exists, a directory without a database, and leave nothing behind', async () => {
    await assert.rejects(backup({ dataDir: top, target, withMasterKey: true, clock: systemClock }), /holds no muster\.db/);
    await back();
    await assert.rejects(back(), /exists; choose another --to/);
    await add(1);
    const [note] = await notesOf(database);
    const name = note?.blob ?? '';
    await writeFile(join(dataDir, 'blobs', name.slice(0, 2), name.slice(2, 4), name), 'rotten');
    await assert.rejects(
      backup({ dataDir, target: join(top, 'other'), withMasterKey: true, clock: systemClock }),
      /damaged on disk/,
    );
    assert.deepEqual((await readdir(top)).toSorted(), ['copy', 'data']);
  });

  it('refuse a damaged backup and a directory in use, and change nothing', async () => {
    await add(1);
    await back();
    const into = (name: string) => restore({ source: target, dataDir: join(top, name) });
    await assert.rejects(restore({ source: target, dataDir }), /holds something/);
    const manifest = await readFile(join(target, 'manifest.json'), 'utf8');
    await writeFile(join(target, 'credentials'), 'credentialz');
    await assert.rejects(into('a'), /credentials of the backup is damaged/);
    await rm(join(target, 'credentials'));
    await assert.rejects(into('a'), /credentials of the backup cannot be read/);
    await writeFile(join(target, 'manifest.json'), manifest.replace('"credentials"', '"../credentials"'));
    await assert.rejects(into('a'), /names a file outside/);
    for (const text of ['', '[]', '{}', '{"format":"muster-backup/2"}', manifest.slice(0, -9)]) {
      await writeFile(join(target, 'manifest.json'), text);
      await assert.rejects(into('a'), BackupUnusable);
    }
    assert.deepEqual((await readdir(top)).toSorted(), ['copy', 'data']);
  });
});
