// `muster audit` against the composed server: what a person sees of a sound chain and of damaged ones, and a file that is checked alone.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { JournalTables } from '@muster/server/platform/journal/tables.ts';
import { tables } from '@muster/server/platform/store/index.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import { RecordedServer, testHost } from '../people.fixture.ts';
import { UsageError } from '../usage-error.ts';
import { auditCommand } from './audit.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-cli-audit-'));
let simulation: Simulation;
let server: RecordedServer;

before(async () => {
  simulation = new Simulation({ seed: 8 });
  await simulation.start();
  const forward = (operation: string) => async (input: Readonly<Record<string, unknown>>) => {
    const { status, body } = await simulation.callOf('muster', operation, input);
    return status === 200 ? body : { refuse: String(body['__type']), status };
  };
  server = await RecordedServer.start(
    Object.fromEntries(['VerifyAudit', 'ExportAudit', 'GetAuditKey'].map((name) => [`Muster.${name}`, forward(name)])),
  );
  for (let n = 0; n < 700; n++)
    await simulation.call('CreateActivation', { IamRole: 'MusterNode', Description: `ä ${n} "\u{1F600}"` });
  await simulation.clock.advance(4000);
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await simulation.stop();
  rmSync(directory, { recursive: true });
});

async function audit(...argv: readonly string[]): Promise<{ code: number; out: string }> {
  const host = testHost(server.environment);
  const code = await auditCommand(argv, host);
  return { code, out: host.stdout.text };
}

test('a sound chain is verified page by page, and its head is printed to be kept', async () => {
  const { code, out } = await audit('verify');
  assert.equal(code, 0, out);
  assert.match(out, /^7\d\d records verified: the chain is sound(?:; \d+ not sealed yet)?\nhead \d+:[0-9a-f]{64}\n$/);
  const head = /head (.+)\n/.exec(out)?.[1] ?? '';
  assert.equal((await audit('verify', '--expect', head)).code, 0);
  const other = await audit('verify', '--expect', `5:${'0'.repeat(64)}`);
  assert.deepEqual([other.code, /record 5 is another than/.test(other.out)], [1, true]);
  assert.equal((await audit('verify', '--expect', `999999:${'0'.repeat(64)}`)).code, 1);
  assert.deepEqual((JSON.parse((await audit('verify', '--json')).out) as Record<string, unknown>)['problems'], []);
});

test('an export is checked without the server; any change of it is found', async () => {
  const file = join(directory, 'export.jsonl');
  const time = (ms: number): string => new Date(simulation.clock.nowMs() + ms).toISOString();
  const made = await audit('export', '--from', time(-3_600_000), '--to', time(1000), '--file', file);
  assert.match(made.out, /^7\d\d records in /);
  const keyFile = join(directory, 'key.pem');
  writeFileSync(keyFile, (await audit('key')).out);
  const sound = await audit('verify', '--file', file, '--public-key', keyFile);
  assert.equal(sound.code, 0, sound.out);
  assert.match(sound.out, /sound and signed\nhead \d+:[0-9a-f]{64}\nkey [0-9a-f]{64} \(the given key\)\n$/);
  assert.equal((await audit('verify', '--file', file)).code, 0);

  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const damaged = join(directory, 'damaged.jsonl');
  const complaintOf = async (changed: readonly string[]): Promise<string> => {
    writeFileSync(damaged, `${changed.join('\n')}\n`);
    const { code, out } = await audit('verify', '--file', damaged, '--public-key', keyFile);
    assert.equal(code, 1, out);
    return out;
  };
  assert.match(
    await complaintOf(lines.with(7, (lines[7] ?? '').replace('MusterNode', 'MusterNodf'))),
    /^Record 7 is not the one/,
  );
  assert.match(
    await complaintOf(lines.toSpliced(7, 1)),
    /^Record 7 is missing: record 8 stands in its place\.\nRecord 8 cannot be checked without the one before it\.\n\d+ records .* 2 problems\n/,
  );
  assert.match(await complaintOf(lines.toSpliced(7, 3)), /^Records 7 to 9 are missing: record 10 stands in their place\./);
  assert.match(await complaintOf(lines.with(7, lines[8] ?? '').with(8, lines[7] ?? '')), /^Record 7 is missing/);
  assert.match(await complaintOf(lines.slice(0, -1)), /cut off/);
  assert.match(await complaintOf(lines.toSpliced(-2, 1)), /The signature does not fit/);
  assert.match(await complaintOf(lines.toSpliced(1, 1)), /^Record 1 is missing/);
});

test('a flipped byte, a removed and an exchanged record are named, and the command fails', async () => {
  const tamper = async (sequence: number, set: Partial<JournalTables['journal_entry']>): Promise<void> =>
    simulation.database.write('tamper', async (tx) => {
      await tables<JournalTables>(tx).updateTable('journal_entry').set(set).where('sequence', '=', sequence).execute();
    });
  await tamper(601, { source_ip: '10.0.0.1' });
  await tamper(20, { sequence: -1 });
  await tamper(30, { sequence: 20 });
  await tamper(-1, { sequence: 30 });
  await simulation.database.write('tamper', async (tx) => {
    await tables<JournalTables>(tx).deleteFrom('journal_entry').where('sequence', '=', 300).execute();
  });
  const { code, out } = await audit('verify');
  assert.equal(code, 1);
  assert.deepEqual(out.split('\n').slice(0, 3), [
    'Records 20 and 30 were exchanged.',
    'Record 300 was removed.',
    "Record 601 is not the one that was sealed: it was changed, or put in another's place.",
  ]);
  assert.match(out, /: 3 problems/);
});

test('wrong use is one line', async () => {
  for (const argv of [
    [],
    ['verify', 'x'],
    ['export', '--from', '2026-01-01'],
    ['export', '--from', 'soon', '--to', '2026-01-01', '--file', join(directory, 'x')],
    ['verify', '--expect', '5'],
    ['verify', '--file', join(directory, 'absent')],
  ])
    await assert.rejects(() => audit(...argv), UsageError, argv.join(' '));
});
