// The same work by SQL alone, in this process and without anybody who asks: a row by its key, and groups of puts with one COMMIT that is on the disk.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ACCOUNT, REGION } from './server-process.ts';

const READS = 50_000;
const GROUPS = 50;

/** Microseconds. */
export function rawReadMicroseconds(directory: string, key: string): number {
  using database = new DatabaseSync(join(directory, 'muster.db'), { readOnly: true });
  const statement = database.prepare('select * from parameters_parameter where account = ? and region = ? and key = ?');
  const startedAt = performance.now();
  for (let read = 0; read < READS; read++) statement.get(ACCOUNT, REGION, key);
  return ((performance.now() - startedAt) * 1_000) / READS;
}

/** Puts a second, `group` of them in a COMMIT: the newest version, and the one before it beside. */
export function rawPutsPerSecond(directory: string, group: number): number {
  using database = new DatabaseSync(join(directory, 'raw.db'));
  database.exec(`pragma journal_mode = wal; pragma synchronous = full;
    create table newest (key text primary key, version integer, value text);
    create table version (key text, version integer, value text, primary key (key, version))`);
  const keep = database.prepare('insert into version select * from newest where key = ?');
  const put = database.prepare(
    'insert into newest values (?, 1, ?) on conflict (key) do update set version = version + 1, value = excluded.value',
  );
  const startedAt = performance.now();
  for (let round = 0; round < GROUPS; round++) {
    database.exec('begin immediate');
    for (let place = 0; place < group; place++) {
      const key = `bench/puts/${(round * group + place) % 1_024}`;
      keep.run(key);
      put.run(key, 'a-value-of-a-usual-length-0123456789');
    }
    database.exec('commit');
  }
  return (GROUPS * group * 1_000) / (performance.now() - startedAt);
}
