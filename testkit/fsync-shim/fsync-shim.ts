// The door to fsync-shim.c: builds it with this machine's C compiler, and makes the environment under which a program's fsyncs are slow and on
// record. Linux with a C compiler only; elsewhere `whyNoFsyncShim` says so in a sentence, for a test to print when it does not run.
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const COMPILERS = ['cc', 'gcc', 'clang'];

export interface FsyncShim extends AsyncDisposable {
  /** The shared object, for LD_PRELOAD. */
  readonly file: string;
}

export interface FsyncShimUse {
  /** How much longer every fsync takes. */
  readonly delayMs?: number;
  /** Where the record goes; see `readFsyncs`. */
  readonly log?: string;
}

/** One fsync or fdatasync that has succeeded. */
export interface RecordedFsync {
  readonly at: Date;
  /** Of the file, when it was called. */
  readonly sizeBytes: number;
  readonly path: string;
}

/** A sentence, or undefined where it can be built. */
export function whyNoFsyncShim(): string | undefined {
  if (process.platform !== 'linux') return `slow and recorded fsyncs need LD_PRELOAD of Linux; this is ${process.platform}`;
  if (compiler() === undefined)
    return `slow and recorded fsyncs need a C compiler (${COMPILERS.join(', ')}): install one, for example apt-get install gcc libc6-dev`;
  return undefined;
}

export function buildFsyncShim(): Promise<FsyncShim> {
  return buildShim(join(import.meta.dirname, 'fsync-shim.c'));
}

/** Of a C file, into a temporary folder of its own, which goes with it. */
export async function buildShim(source: string): Promise<FsyncShim> {
  const why = whyNoFsyncShim();
  if (why !== undefined) throw new Error(why);
  const directory = await mkdtemp(join(tmpdir(), 'muster-fsync-shim-'));
  const dispose = () => rm(directory, { recursive: true, force: true });
  try {
    const file = join(directory, 'shim.so');
    await promisify(execFile)(compiler() ?? 'cc', ['-O2', '-Wall', '-Werror', '-shared', '-fPIC', '-o', file, source, '-ldl']);
    return { file, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw new Error(`${source} could not be built: does the C compiler work?`, { cause: error });
  }
}

/** To be added to a program's environment; its children inherit it. */
export function fsyncShimEnvironment(shim: FsyncShim, { delayMs, log }: FsyncShimUse): Record<string, string> {
  return {
    LD_PRELOAD: shim.file,
    ...(delayMs === undefined ? {} : { MUSTER_FSYNC_DELAY_MS: `${delayMs}` }),
    ...(log === undefined ? {} : { MUSTER_FSYNC_LOG: log }),
  };
}

/** In the order in which they ended. */
export async function readFsyncs(log: string): Promise<RecordedFsync[]> {
  const lines = (await readFile(log, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [at = '', size = '', ...path] = line.split('\t');
    return { at: new Date(Number(at)), sizeBytes: Number(size), path: path.join('\t') };
  });
}

function compiler(): string | undefined {
  return COMPILERS.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}
