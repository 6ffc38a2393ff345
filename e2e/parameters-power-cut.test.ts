// The power fails while 64 clients change parameters: what was written and not synced is lost, or there in part, sector by sector. Whatever moment it is,
// from the first write of the first start on, the server starts on what is left, and every change that had been acknowledged by then is there. The
// same on a disk that lies about syncs finds lost changes: the check can fail. Every sync takes some milliseconds longer, so that an answer that did not
// wait for its own would be seen. MUSTER_SEED repeats the dice (not the timing), MUSTER_POWER_CUTS asks for more cuts.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import {
  buildDiskRecord,
  type Change,
  type DiskBase,
  diskBase,
  diskRecordEnvironment,
  readDiskRecord,
} from '@muster/testkit/disk-record/disk-record.ts';
import { cutPower, layOut } from '@muster/testkit/disk-record/power-cut.ts';
import { buildFsyncShim, type FsyncShim, fsyncShimEnvironment, whyNoFsyncShim } from '@muster/testkit/fsync-shim/fsync-shim.ts';
import { createRandom, type Random } from '@muster/testkit/random.ts';
import { CLIENTS, ParameterLoad } from './parameter-load.ts';
import { RunningServer, spawnLauncher } from './running-server.ts';
import { signedClient } from './signed-client.ts';

/** Enough for a checkpoint of the log. */
const CHANGES = 5_000;
const CUTS = Number(process.env['MUSTER_POWER_CUTS'] ?? 3);
const SYNC_DELAY_MS = 4;

interface Recorded {
  readonly below: string;
  readonly base: DiskBase;
  readonly changes: readonly Change[];
  readonly load: ParameterLoad;
  readonly end: number;
}

describe('a power cut', { skip: whyNoFsyncShim() ?? false }, () => {
  const seed = Number(process.env['MUSTER_SEED'] ?? Date.now() % 1_000_000);
  const random = createRandom(seed);
  let recorder: FsyncShim;
  let slowSyncs: FsyncShim;
  let top: string;
  before(async () => {
    recorder = await buildDiskRecord();
    slowSyncs = await buildFsyncShim();
    top = realpathSync(mkdtempSync(join(tmpdir(), 'muster-power-cut-')));
  });
  after(async () => {
    await recorder[Symbol.asyncDispose]();
    await slowSyncs[Symbol.asyncDispose]();
    rmSync(top, { recursive: true, force: true, maxRetries: 5 });
  });

  /** A server below `disk` under load until it is killed after `count` changes. */
  async function record(disk: string, count: number, swallow?: string): Promise<Recorded> {
    const file = `${disk}.record`;
    const base = diskBase(disk);
    const use = { record: file, below: disk, ...(swallow === undefined ? {} : { swallow }) };
    const env = {
      ...fsyncShimEnvironment(slowSyncs, { delayMs: SYNC_DELAY_MS }),
      ...diskRecordEnvironment(recorder, use, [slowSyncs]),
    };
    const load = new ParameterLoad(createRandom(random.below(2 ** 31)), `/${basename(disk)}`, () => statSync(file).size);
    await using server = await RunningServer.start({ command: 'server', dataDir: join(disk, 'data'), env });
    using client = signedClient(server, CLIENTS);
    let killed: Promise<void> | undefined;
    await load.run(client.call, () => {
      if (load.acknowledged >= count) killed ??= server.kill();
    });
    await killed;
    return { below: disk, base, changes: readDiskRecord(file), load, end: statSync(file).size };
  }

  let cuts = 0;
  /** What a cut at that place of the record leaves, as a folder. */
  function left({ below, base, changes }: Recorded, at: number, dice?: Random): string {
    const disk = join(top, `left-${(cuts += 1)}`);
    mkdirSync(disk);
    const before = changes.filter(({ end }) => end <= at);
    layOut(cutPower(base, before, dice), below, disk);
    return disk;
  }

  /** `earlier`: what was there already. Returns the disk, with a server stopped on it. */
  async function checkCut(run: Recorded, at: number, dice?: Random, earlier?: ParameterLoad): Promise<string> {
    const disk = left(run, at, dice);
    await using server = await RunningServer.start({ command: 'server', dataDir: join(disk, 'data') });
    using client = signedClient(server, CLIENTS);
    await run.load.check(client.call, at);
    await earlier?.check(client.call);
    const { status } = await client.call('ssm', 'PutParameter', {
      Name: '/after/the/cut',
      Value: 'v',
      Type: 'String',
      Overwrite: true,
    });
    assert.equal(status, 200);
    return disk;
  }

  const say = (t: TestContext, cut: string, { load, end }: Recorded, at: number): void => {
    const acknowledged = load.moments.filter((moment) => moment <= at).length;
    t.diagnostic(`${cut} cut at ${at} of ${end}: ${acknowledged} changes had been acknowledged`);
  };

  let recorded: Promise<Recorded> | undefined;
  /** The first start and the load after it, which the tests cut at different moments. */
  const first = (): Promise<Recorded> => {
    const disk = join(top, 'first');
    if (recorded === undefined) mkdirSync(disk);
    return (recorded ??= record(disk, CHANGES));
  };
  const firstAnswerOf = ({ load }: Recorded): number => load.moments[0] ?? 0;

  test('before the first answer leaves a directory on which a server starts', async (t) => {
    t.diagnostic(`seed ${seed}`);
    const run = await first();
    for (let cut = 0; cut < CUTS; cut++) {
      const at = random.below(firstAnswerOf(run));
      say(t, 'torn', run, at);
      await checkCut(run, at, random);
    }
  });

  for (const kind of ['strict', 'torn'] as const)
    test(`loses no acknowledged put, at the first answer and later (${kind})`, async (t) => {
      const run = await first();
      const firstAnswer = firstAnswerOf(run);
      const checkpointed = run.changes.some(
        ({ kind: what, path, at }) => what === 'sync' && path.endsWith('.db') && at > firstAnswer,
      );
      assert.ok(run.load.acknowledged >= CHANGES && checkpointed, 'the load is long enough for a checkpoint');
      const later = Array.from({ length: CUTS }, () => firstAnswer + random.below(run.end - firstAnswer));
      for (const at of [firstAnswer, ...later]) {
        say(t, kind, run, at);
        await checkCut(run, at, kind === 'torn' ? random : undefined);
      }
    });

  test('and another one, on what the first left, loses none of either', async (t) => {
    const run = await first();
    const survived = await checkCut(run, run.end, random);
    const second = await record(survived, 500);
    for (const dice of [undefined, random]) {
      say(t, dice === undefined ? 'strict' : 'torn', second, second.end);
      await checkCut(second, second.end, dice, run.load);
    }
  });

  test('while the master key is rotated leaves every secret readable, after the rotation is run once more where it had not ended', async (t) => {
    const run = await first();
    const disk = left(run, run.end);
    const [dataDir, file] = [join(disk, 'data'), `${disk}.record`];
    const base = diskBase(disk);
    const rotate = async (place: string, env: Readonly<Record<string, string>> = {}): Promise<void> => {
      const child = spawnLauncher(['keys', 'rotate-master', '--data-dir', place], env);
      assert.ok(child.stderr !== null);
      const [complaint] = await Promise.all([text(child.stderr), once(child, 'close')]);
      assert.equal(child.exitCode, 0, complaint);
    };
    await rotate(dataDir, diskRecordEnvironment(recorder, { record: file, below: disk }));
    const rotation: Recorded = { ...run, below: disk, base, changes: readDiskRecord(file), end: statSync(file).size };
    const moments = rotation.changes.map(({ end }) => end);
    for (let cut = 0; cut < CUTS; cut++) {
      // Most of the record is the database's; the files of the keys are written in the last few steps, and in the first.
      const at = cut % 2 === 0 ? random.pick(moments) : random.pick(moments.slice(-12));
      const place = join(left(rotation, at, random), 'data');
      const begun = existsSync(join(place, 'master.key.next'));
      t.diagnostic(`torn cut at ${at} of ${rotation.end}: ${begun ? 'not ended' : 'not begun, or ended'}`);
      if (begun) await rotate(place);
      await using server = await RunningServer.start({ command: 'server', dataDir: place });
      using client = signedClient(server, CLIENTS);
      await run.load.check(client.call);
    }
  });

  test('on a disk that lies about the syncs of the log loses some: the check can fail', async () => {
    const disk = join(top, 'liar');
    mkdirSync(disk);
    const run = await record(disk, 500, '-wal');
    const found = await checkCut(run, run.end).then(
      () => undefined,
      (error: unknown) => String(error),
    );
    assert.match(found ?? 'nothing was found', /acknowledged/);
  });
});
