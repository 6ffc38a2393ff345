// Writes the database of a data directory as SQL text, without the sealed keys of people: how a fixture for the upgrade test is made.
//   node cli/bin.mjs --run scripts/dump-data-directory.ts DIR > server/testdata/data-directories/NNNN-name.sql
import { join } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';

/** Rows of these would be of no use without the master key, and secrets are never committed. */
const LEFT_OUT = new Set(['identity_access_key', 'audit_digest_key']);

const directory = process.argv[2];
if (directory === undefined) {
  process.stderr.write('usage: dump-data-directory.ts DATA-DIR\n');
  process.exit(2);
}

const database = new DatabaseSync(join(directory, 'muster.db'), { readOnly: true });
const objects = database
  .prepare(
    `select type, name, sql from sqlite_master where sql is not null and name not like 'sqlite_%' order by type desc, name`,
  )
  .all() as { type: string; name: string; sql: string }[];

process.stdout.write('begin;\n');
for (const { sql } of objects) process.stdout.write(`${sql};\n`);
for (const { type, name } of objects) {
  if (type !== 'table' || LEFT_OUT.has(name)) continue;
  for (const row of database.prepare(`select * from "${name}"`).all()) {
    const columns = Object.keys(row).map((column) => `"${column}"`);
    process.stdout.write(
      `insert into "${name}" (${columns.join(', ')}) values (${Object.values(row).map(literal).join(', ')});\n`,
    );
  }
}
process.stdout.write('commit;\n');

function literal(value: SQLOutputValue): string {
  if (value === null) return 'null';
  if (typeof value === 'number' || typeof value === 'bigint') return `${value}`;
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`;
  // Access key ids are no secrets, but whoever scans for secrets looks for their shape.
  const text = value.replaceAll(/A[KS]IA[A-Z0-9]{16}/g, 'KEY-ID-LEFT-OUT');
  return `'${text.replaceAll("'", "''")}'`;
}
