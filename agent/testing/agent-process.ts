// An agent as a child process, as an operator runs it: for tests that kill it.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ACTIVATION, REGION } from './fake-server.ts';
import type { FakeServer } from './fake-server.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface AgentHandle {
  readonly child: ChildProcess;
  readonly stderr: () => string;
  /** Waits for a line of its log. */
  says(what: RegExp): Promise<void>;
  readonly exited: Promise<number | null>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export class AgentHome {
  readonly directory = mkdtempSync(join(tmpdir(), 'muster-agent-test-'));
  readonly #agents: AgentHandle[] = [];

  get dataDir(): string {
    return join(this.directory, 'data');
  }

  file(...path: readonly string[]): string {
    return join(this.directory, ...path);
  }

  read(...path: readonly string[]): string {
    return readFileSync(this.file(...path), 'utf8');
  }

  start(server: FakeServer, more: readonly string[] = [], env: Readonly<Record<string, string>> = {}): AgentHandle {
    const activation = ['--activation-id', ACTIVATION.id, '--activation-code', ACTIVATION.code];
    return this.startWith(
      ['--endpoint', server.endpoint, '--region', REGION, ...activation, '--data-dir', this.dataDir, ...more],
      env,
    );
  }

  startWith(args: readonly string[], env: Readonly<Record<string, string>> = {}): AgentHandle {
    const child = spawn(process.execPath, [MAIN, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: this.directory,
      env: { PATH: process.env['PATH'], HOME: this.directory, ...env },
    });
    let stderr = '';
    const waiting = new Set<() => void>();
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
      for (const look of waiting) look();
    });
    const exited = once(child, 'close').then(([code]) => code as number | null);
    const handle: AgentHandle = {
      child,
      stderr: () => stderr,
      says: (what) =>
        new Promise((resolve, reject) => {
          const timer = setTimeout(() => reject(new Error(`it did not say ${what}: ${stderr}`)), 20_000);
          const look = (): void => {
            if (!what.test(stderr)) return;
            clearTimeout(timer);
            waiting.delete(look);
            resolve();
          };
          waiting.add(look);
          look();
        }),
      exited,
      async kill(signal) {
        child.kill(signal);
        await exited;
      },
    };
    this.#agents.push(handle);
    return handle;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.kill('SIGKILL')));
    rmSync(this.directory, { recursive: true, force: true });
  }
}
