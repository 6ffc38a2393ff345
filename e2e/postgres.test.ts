// The server on PostgreSQL, from the outside: started on a database, stopped, killed in the middle of a command and started again; and what
// it says where the database cannot be used. Needs: aws, and a server's URL in MUSTER_TEST_POSTGRES_URL; each run has a schema of its own.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { temporarySchema } from '@muster/testkit/database.ts';
import type { TemporarySchema } from '@muster/testkit/database.ts';
import { AgentFleet } from './agent-fleet.ts';
import { aws, withoutAwsCli } from './aws-cli.ts';
import { finishedCommand, finishedInvocation, onlineNodes, sendShellCommand } from './commands.ts';
import { eventually } from './eventually.ts';
import { freePort, RunningServer, spawnLauncher } from './running-server.ts';

const AGENTS = 3;
/** A killed server's leases run out after 15 s: until then its successor answers, and waits with background work. */
const DONE_MS_MAX = 120_000;
const PASSWORD = 'not-to-be-seen';

const url = process.env['MUSTER_TEST_POSTGRES_URL'] ?? '';
if (url === '') void test('the server on PostgreSQL', { skip: 'not run: MUSTER_TEST_POSTGRES_URL is not set' });
else if (withoutAwsCli !== false) void test('the server on PostgreSQL', { skip: withoutAwsCli });
else onPostgres();

function onPostgres(): void {
  let schema: TemporarySchema;
  let server: RunningServer;
  let fleet: AgentFleet;

  before(async () => {
    schema = await temporarySchema(url);
    server = await RunningServer.start({ command: 'server', args: ['--database-url', schema.url] });
    fleet = await AgentFleet.start(server, AGENTS, { key: 'Role', value: 'web' });
  });
  after(async () => {
    await fleet?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await schema?.[Symbol.asyncDispose]();
  });

  /** A second program with this database and data directory, which must refuse; its one line. */
  async function refusal(databaseUrl: string, dataDir: string): Promise<string> {
    const child = spawnLauncher(['server', '--data-dir', dataDir, '--listen', `127.0.0.1:${await freePort()}`], {
      MUSTER_DATABASE_URL: databaseUrl,
    });
    assert.ok(child.stdout !== null && child.stderr !== null);
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    assert.deepEqual([child.exitCode, stdout], [2, ''], stderr);
    assert.match(stderr, /^muster: [^\n]+\n$/);
    return stderr;
  }

  /** The same, on a directory that nothing may be written to. */
  async function refusalOnNewDirectory(databaseUrl: string): Promise<string> {
    const parent = mkdtempSync(join(tmpdir(), 'muster-e2e-'));
    try {
      const line = await refusal(databaseUrl, join(parent, 'data'));
      assert.equal(existsSync(join(parent, 'data', 'master.key')), false, 'a key that opens nothing must not be made');
      return line;
    } finally {
      rmSync(parent, { recursive: true, force: true });
    }
  }

  test('a script runs, and its result, the nodes and the keys are there after a restart', async () => {
    const [{ nodeId } = { nodeId: '' }] = fleet.agents;
    const commandId = await sendShellCommand(server, ['echo hello', 'exit 3'], '--instance-ids', nodeId);
    const before = await finishedInvocation(server, commandId, nodeId, DONE_MS_MAX);
    assert.deepEqual([before['Status'], before['ResponseCode'], before['StandardOutputContent']], ['Failed', 3, 'hello\n']);
    assert.equal(await server.stop(), 0);
    assert.equal(existsSync(join(server.dataDir, 'muster.db')), false, 'the state is in PostgreSQL, not in the directory');
    await server.start();
    const which = ['--command-id', commandId, '--instance-id', nodeId];
    assert.deepEqual(await aws(server, 'ssm', 'get-command-invocation', ...which), before);
    await eventually('the agents are back', DONE_MS_MAX, async () => (await onlineNodes(server)).length === AGENTS);
  });

  test('a server killed in the middle of a command finishes it after its restart, and no script runs twice', async () => {
    const runs = join(server.dataDir, '..', 'runs');
    const commandId = await sendShellCommand(
      server,
      [`echo "$AWS_SSM_INSTANCE_ID" >> ${runs}`, 'sleep 2'],
      '--targets',
      'Key=tag:Role,Values=web',
      '--max-concurrency',
      '1',
    );
    await eventually('the first script runs', DONE_MS_MAX, () => existsSync(runs));
    await server.kill();
    await server.start();
    const command = await finishedCommand(server, commandId, DONE_MS_MAX);
    assert.deepEqual([command['Status'], command['CompletedCount'], command['ErrorCount']], ['Success', AGENTS, 0]);
    const ran = readFileSync(runs, 'utf8').trim().split('\n');
    assert.deepEqual(ran.toSorted(), fleet.agents.map(({ nodeId }) => nodeId).toSorted());
  });

  test('filters that exclude each other list nothing', async () => {
    const filters = ['--filters', 'key=Status,value=Success', 'key=ExecutionStage,value=Executing'];
    assert.deepEqual((await aws(server, 'ssm', 'list-commands', ...filters))['Commands'], []);
    assert.deepEqual((await aws(server, 'ssm', 'list-command-invocations', ...filters))['CommandInvocations'], []);
  });

  test('a second server on the data directory is refused', async () => {
    assert.match(await refusal(schema.url, server.dataDir), /is in use by another process/);
  });

  test('a data directory without the master key of the data is refused', async () => {
    assert.match(await refusalOnNewDirectory(schema.url), /master\.key is missing/);
  });

  test('a database that cannot be used is one line and exit code 2, without the password', async () => {
    const nobody = new URL(url);
    nobody.username = 'muster_nobody';
    nobody.password = PASSWORD;
    // Its own password: whether a database is there is told only to who may log in.
    const none = new URL(url);
    none.pathname = '/muster_no_such_database';
    const unreachable = `postgres://muster:${PASSWORD}@127.0.0.1:${await freePort()}/muster`;
    const cases: readonly (readonly [string, RegExp])[] = [
      [nobody.href, /cannot use the database/],
      [none.href, /there is no such database/],
      [unreachable, /cannot use the database 127\.0\.0\.1:\d+\/muster: nothing listens there/],
      [`mysql://muster:${PASSWORD}@127.0.0.1/muster`, /--database-url: not a URL such as postgres:/],
    ];
    for (const [databaseUrl, sentence] of cases) {
      const line = await refusalOnNewDirectory(databaseUrl);
      assert.match(line, sentence);
      const { password } = new URL(databaseUrl);
      assert.ok(!line.includes(`:${password}@`) && !line.includes(PASSWORD), line);
    }
  });
}
