// Every data directory that an earlier version left behind opens: its rows are read through the API, and what was under way comes to its end.
// The fixtures are SQL text (see scripts/dump-data-directory.ts); a landed one is never edited.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { Simulation } from '@muster/testkit/simulation.ts';

const FIXTURES = join(import.meta.dirname, 'testdata/data-directories');
/** Longer than any command of the fixtures lives. */
const AFTERWARDS_MS = 3 * 3_600_000;

interface CommandAnswer {
  readonly Comment: string;
  readonly Status: string;
  readonly StatusDetails: string;
}

async function openFixture(name: string, now: Date): Promise<Simulation> {
  const simulation = new Simulation({
    seed: 1,
    now,
    prepare(directory) {
      const database = new DatabaseSync(join(directory, 'muster.db'));
      database.exec(readFileSync(join(FIXTURES, name), 'utf8'));
      database.close();
    },
  });
  await simulation.start();
  return simulation;
}

async function commandsByComment(simulation: Simulation): Promise<Record<string, string>> {
  const { body } = await simulation.call('ListCommands', {});
  const commands = body['Commands'] as CommandAnswer[];
  return Object.fromEntries(commands.map((command) => [command.Comment, command.StatusDetails]));
}

test('0001: commands, nodes and documents of the first version are read, and its open commands end', async () => {
  const simulation = await openFixture('0001-first-command.sql', new Date('2026-11-21T02:55:00Z'));
  try {
    assert.deepEqual(await commandsByComment(simulation), {
      succeeds: 'Success',
      'never answers': 'InProgress',
      'one succeeds, one fails, one is off': 'InProgress',
    });
    const nodes = await simulation.call('DescribeInstanceInformation', {});
    assert.equal((nodes.body['InstanceInformationList'] as unknown[]).length, 3);
    const document = await simulation.call('GetDocument', { Name: 'Hello', DocumentVersion: '$LATEST' });
    assert.match(String(document.body['Content']), /hello \{\{ who \}\}/);

    await simulation.clock.advance(AFTERWARDS_MS);
    assert.deepEqual(await commandsByComment(simulation), {
      succeeds: 'Success',
      'never answers': 'DeliveryTimedOut',
      'one succeeds, one fails, one is off': 'Incomplete',
    });
  } finally {
    await simulation.stop();
  }
});

test('every fixture has a test', () => {
  const tested = new Set(readFileSync(import.meta.filename, 'utf8').match(/\d{4}-[\w-]+\.sql/g));
  assert.deepEqual(
    readdirSync(FIXTURES).filter((name) => !tested.has(name)),
    [],
  );
});
