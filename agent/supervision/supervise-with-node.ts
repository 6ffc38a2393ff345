// The step supervisor where there is no POSIX shell (Windows): the same files and the same meaning as supervise-script.ts. Costs a
// runtime a step, which is why it is not used elsewhere. There are no signals to catch on Windows: the agent's cancel is noticed by
// the `result` file that it makes. Arguments: run directory, seconds, bytes of head and tail, command.
import { execFileSync, spawn } from 'node:child_process';
import { createWriteStream, existsSync, linkSync, rmSync, writeFileSync } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { errorCode } from '../machine/error-code.ts';

/** How soon a cancel is noticed. */
const POLL_MS = 250;
/** What a daemon that was left behind may still write before the result counts. */
const DRAIN_MS = 2000;

const [directory = '', timeoutSeconds = '', kept = '', command = '', ...args] = process.argv.slice(2);

/** Linked into place whole: a reader never sees the file without its line. */
function claim(file: string, text: string): boolean {
  const whole = join(directory, `${file}.${process.pid}.claim`);
  writeFileSync(whole, `${text}\n`);
  try {
    linkSync(whole, join(directory, file));
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(whole);
  }
}

/** The head of the stream in a file, its tail in files of a quarter each, of which the last four full ones stay. */
function collect(stream: Readable, file: string): Promise<void> {
  const headBytes = Number(kept);
  let isLost = false;
  const open = (path: string): WriteStream => {
    const made = createWriteStream(path);
    // A disk that is full: the script must not notice.
    made.on('error', () => {
      isLost = true;
      stream.resume();
    });
    return made;
  };
  let output = open(join(directory, file));
  let [room, offset] = [headBytes, 0];
  const parts: string[] = [];
  /** A script that writes faster than the disk waits for it, as it would for a slow reader. */
  const waitFor = (busy: WriteStream): void => {
    stream.pause();
    for (const event of ['drain', 'finish']) busy.once(event, () => stream.resume());
  };
  stream.on('data', (chunk: Buffer) => {
    if (isLost) return;
    for (let rest = chunk; rest.length > 0;) {
      if (room === 0) {
        output.end();
        const path = join(directory, `${file}.${offset}`);
        output = open(path);
        room = headBytes / 4;
        parts.push(path);
        // The four before it, and itself.
        if (parts.length > 5) rmSync(parts.shift() ?? '', { force: true });
      }
      const bytes = rest.subarray(0, room);
      if (!output.write(bytes)) waitFor(output);
      room -= bytes.length;
      offset += bytes.length;
      rest = rest.subarray(bytes.length);
    }
  });
  return new Promise((resolve) => stream.once('close', () => output.end(resolve)));
}

function killTree(pid: number): void {
  try {
    if (process.platform === 'win32') execFileSync('taskkill', ['/T', '/F', '/PID', String(pid)], { stdio: 'ignore' });
    else process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function supervise(): void {
  if (!claim('started', String(process.pid))) return;
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const streams = Promise.all([collect(child.stdout, 'stdout'), collect(child.stderr, 'stderr')]);
  const kill = (): void => {
    if (child.pid !== undefined) killTree(child.pid);
  };
  const timer = setTimeout(() => claim('result', 'timed-out') && kill(), Number(timeoutSeconds) * 1000);
  const poll = setInterval(() => existsSync(join(directory, 'result')) && kill(), POLL_MS);
  const end = (code: number): void => {
    clearTimeout(timer);
    clearInterval(poll);
    const drained = new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
    void Promise.race([streams, drained]).then(() => {
      claim('result', `exit ${code}`);
      process.exit(0);
    });
  };
  child.once('error', () => end(127));
  child.once('exit', (code) => end(code ?? 137));
}

supervise();
