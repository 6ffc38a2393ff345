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

test('0002: documents of every kind, a paused command and the output of a running one are as they were, and the rollout goes on', async () => {
  const simulation = await openFixture('0002-documents-and-rollouts.sql', new Date('2026-11-21T06:17:00Z'));
  const ok = async (service: string, operation: string, input: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const { status, body } = await simulation.callOf(service, operation, input);
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  };
  try {
    assert.deepEqual(await commandsByComment(simulation), {
      'two steps': 'Success',
      failed: 'Failed',
      'long output': 'Success',
      paused: 'InProgress',
      'still runs': 'InProgress',
    });
    for (const [name, type, format] of [
      ['Say', 'Command', 'YAML'],
      ['MyShell', 'Session', 'JSON'],
      ['Nap', 'Automation', 'JSON'],
      ['Holidays', 'ChangeCalendar', 'TEXT'],
      ['HelloPkg', 'Package', 'JSON'],
    ]) {
      const { Document } = await ok('ssm', 'DescribeDocument', { Name: name });
      const { DocumentType, DocumentFormat } = Document as Record<string, unknown>;
      assert.deepEqual([DocumentType, DocumentFormat], [type, format]);
    }
    const { AttachmentsContent } = await ok('ssm', 'GetDocument', { Name: 'HelloPkg' });
    assert.equal((AttachmentsContent as { Name: string }[])[0]?.Name, 'h.zip');
    const { AccountIds } = await ok('ssm', 'DescribeDocumentPermission', { Name: 'Say', PermissionType: 'Share' });
    assert.deepEqual(AccountIds, ['210987654321']);

    const { Commands } = await ok('ssm', 'ListCommands', {});
    const idOf = (comment: string): string =>
      (Commands as { Comment: string; CommandId: string }[]).find((one) => one.Comment === comment)?.CommandId ?? '';
    const { CommandInvocations } = await ok('ssm', 'ListCommandInvocations', { CommandId: idOf('long output') });
    const [{ InstanceId } = { InstanceId: '' }] = CommandInvocations as { InstanceId: string }[];
    const page = await ok('muster', 'GetCommandOutput', { CommandId: idOf('long output'), InstanceId, MaxBytes: 200_000 });
    const text = Buffer.from(String(page['Data']), 'base64').toString();
    assert.deepEqual([text.length, page['Complete'], page['Whole']], [108_898, true, true]);
    assert.match(text, /^1\n2\n[^]*\n20000\nend\n$/);

    const { Command: paused } = await ok('muster', 'DescribeCommand', { CommandId: idOf('paused') });
    const { Paused, PausedReason, Counts } = paused as { Paused: boolean; PausedReason: string; Counts: Record<string, number> };
    assert.deepEqual([Paused, PausedReason, Counts['Pending'], Counts['InFlight']], [true, 'night', 1, 1]);
    await ok('muster', 'ResumeCommand', { CommandId: idOf('paused') });
    await simulation.clock.advance(AFTERWARDS_MS);
    const after = await commandsByComment(simulation);
    assert.deepEqual([after['paused'], after['still runs']], ['DeliveryTimedOut', 'DeliveryTimedOut']);
  } finally {
    await simulation.stop();
  }
});

test('0003: users, roles and policies decide as they did, and the record is read', async () => {
  const simulation = await openFixture('0003-identity-and-audit.sql', new Date('2026-11-21T06:45:00Z'));
  const decision = async (action: string): Promise<unknown> => {
    const asked = { PrincipalArn: 'arn:aws:iam::000000000000:user/team/ann', Action: action, Resource: '*' };
    const { status, body } = await simulation.callOf('muster', 'ExplainAccess', asked);
    assert.equal(status, 200, JSON.stringify(body));
    return body['Decision'];
  };
  try {
    // By the group's policy within the boundary; outside of both; by the user's own Deny.
    assert.equal(await decision('ssm:DescribeInstanceInformation'), 'allowed');
    assert.equal(await decision('ssm:CreateActivation'), 'implicitDeny');
    assert.equal(await decision('ssm:DeleteDocument'), 'explicitDeny');
    const events = await simulation.callOf('cloudtrail', 'LookupEvents', {
      LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'CreateUser' }],
    });
    assert.deepEqual([events.status, (events.body['Events'] as unknown[]).length], [200, 1]);
    const trails = await simulation.callOf('cloudtrail', 'DescribeTrails', {});
    assert.equal((trails.body['trailList'] as { Name: string }[])[0]?.Name, 'everything');
  } finally {
    await simulation.stop();
  }
});
