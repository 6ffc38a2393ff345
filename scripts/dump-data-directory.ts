// Writes the database of a data directory as SQL text, without the sealed keys of people: how a fixture for the upgrade test is made.
//   node cli/bin.mjs --run scripts/dump-data-directory.ts DIR > server/testdata/data-directories/NNNN-name.sql
// What is sealed stays sealed as that version sealed it, so that the fixture also holds the seal's form to what it was. It must be under the master
// key of the simulations, 32 bytes that are all 7, which everybody knows: start the server that makes the directory with it,
//   MUSTER_MASTER_KEY=$(printf '07%.0s' $(seq 32)) npm start -- --insecure-dev-auth --no-local-node --data-dir DIR
// and call it as AKIAIOSFODNN7EXAMPLE, so that the journal needs no change and its chain still verifies. Anything sealed under another key
// is refused: it might be somebody's secret, and nobody could open the fixture.
import { join } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { systemIds } from '@muster/server/platform/ids.ts';
import { sealPrefix, sealWith } from '@muster/server/platform/seal/index.ts';
import { SEALED_COLUMNS } from '@muster/server/sealed-columns.ts';

/** The administrator gets a new one; others' keys are made by tests. */
const LEFT_OUT = new Set(['identity_access_key', 'audit_digest_key']);

/** Of testkit/simulation.ts. */
const SIMULATED_MASTER_KEY = Buffer.alloc(32, 7);

const directory = process.argv[2];
if (directory === undefined) {
  process.stderr.write('usage: dump-data-directory.ts DATA-DIR\n');
  process.exit(2);
}

const database = new DatabaseSync(join(directory, 'muster.db'), { readOnly: true });
const prefix = sealPrefix(sealWith(SIMULATED_MASTER_KEY, systemIds).keyId);
for (const { table, column } of SEALED_COLUMNS) {
  if (LEFT_OUT.has(table) || !database.prepare('select 1 from sqlite_master where name = ?').get(table)) continue;
  const other = database.prepare(`select 1 from "${table}" where substr("${column}", 1, ?) <> ?`).get(prefix.length, prefix);
  if (other === undefined) continue;
  process.stderr.write(
    `${table}.${column} is sealed under another master key than the simulations': see the head of this script\n`,
  );
  process.exit(1);
}

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
  const text = value.replaceAll(/A[KS]IA(?![A-Z0-9]*EXAMPLE)[A-Z0-9]{16}/g, 'KEY-ID-LEFT-OUT');
  return `'${text.replaceAll("'", "''")}'`;
}
