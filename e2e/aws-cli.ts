// The real AWS CLI. Where it is not installed, the tests that need it are counted as skipped, with the reason.
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const version = spawnSync('aws', ['--version'], { encoding: 'utf8' });

/** For the `skip` option of a test: false where the AWS CLI is installed. */
export const withoutAwsCli: string | false = version.status === 0 ? false : 'not run: the AWS CLI (aws) is not installed';

export type Json = Readonly<Record<string, unknown>>;

interface Environment {
  readonly environment: Readonly<Record<string, string>>;
}

interface Failed {
  readonly code: number;
  readonly stderr: string;
}

/** One call; its answer, parsed. Throws when the AWS CLI fails, with what it said. */
export async function aws({ environment }: Environment, ...args: readonly string[]): Promise<Json> {
  const { stdout } = await promisify(execFile)('aws', [...args, '--output', 'json'], {
    env: { ...environment },
    maxBuffer: 64 * 1024 * 1024,
  });
  return (stdout.trim() === '' ? {} : JSON.parse(stdout)) as Json;
}

/** One call that must be refused; what the AWS CLI says about it. */
export async function awsRefusal(server: Environment, ...args: readonly string[]): Promise<string> {
  try {
    await aws(server, ...args);
  } catch (error) {
    const { code, stderr } = error as Failed;
    if (typeof code === 'number') return stderr.trim();
    throw error;
  }
  throw new Error(`aws ${args.join(' ')} was not refused`);
}
