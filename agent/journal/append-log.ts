// An append-only file of records, one a line: CRC-32 of the text in hex, a space, the text. `append` resolves after fsync; appends of one turn
// share it. A torn or damaged line is skipped at opening and cut off at the end, so that what follows stays readable.
import { closeSync, ftruncateSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { syncDirectory } from '../machine/files.ts';

export interface AppendLog {
  /** Resolves when the lines are durable; rejects when they may not be: then the log is closed for good. */
  append(texts: readonly string[]): Promise<void>;
  /** Replaces everything by `texts`, atomically. Waits for what is under way; nothing may be appended meanwhile. */
  replace(texts: readonly string[]): Promise<void>;
  readonly sizeBytes: number;
  close(): Promise<void>;
}

export interface OpenedLog {
  readonly log: AppendLog;
  readonly texts: readonly string[];
  readonly damagedLines: number;
}

export async function openAppendLog(path: string): Promise<OpenedLog> {
  const { texts, damagedLines, soundBytes } = recover(path);
  const file = await open(path, 'a', 0o600);
  return { texts, damagedLines, log: new FileLog(path, file, soundBytes) };
}

export function encodeLine(text: string): string {
  return `${crc32(text).toString(16).padStart(8, '0')} ${text}\n`;
}

export function decodeLine(line: string): string | undefined {
  const text = line.slice(9);
  return line.slice(0, 9) === `${crc32(text).toString(16).padStart(8, '0')} ` ? text : undefined;
}

function recover(path: string): { texts: string[]; damagedLines: number; soundBytes: number } {
  const file = openSync(path, 'a+', 0o600);
  try {
    const content = readFileSync(file);
    const soundBytes = content.lastIndexOf(0x0a) + 1;
    const lines = content.toString('utf8', 0, soundBytes).split('\n').slice(0, -1);
    const texts = lines.map(decodeLine).filter((text) => text !== undefined);
    if (soundBytes < content.length) ftruncateSync(file, soundBytes);
    fsyncSync(file);
    syncDirectory(dirname(path));
    return { texts, damagedLines: lines.length - texts.length, soundBytes };
  } finally {
    closeSync(file);
  }
}

interface Waiting {
  readonly lines: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class FileLog implements AppendLog {
  readonly #path: string;
  #file: FileHandle;
  #sizeBytes: number;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #failure: unknown;

  constructor(path: string, file: FileHandle, sizeBytes: number) {
    this.#path = path;
    this.#file = file;
    this.#sizeBytes = sizeBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  append(texts: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ lines: texts.map(encodeLine).join(''), resolve, reject });
      this.#flushing ??= Promise.resolve().then(() => this.#flush());
    });
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const content = Buffer.from(batch.map((one) => one.lines).join(''));
      try {
        // After a failed write or fsync nobody knows what the file holds: going on could acknowledge what is lost.
        if (this.#failure !== undefined) throw this.#failure;
        await this.#file.appendFile(content);
        await this.#file.datasync();
        this.#sizeBytes += content.length;
        for (const one of batch) one.resolve();
      } catch (error) {
        this.#failure = error;
        for (const one of batch) one.reject(error);
      }
    }
    this.#flushing = undefined;
  }

  async replace(texts: readonly string[]): Promise<void> {
    await this.#flushing;
    const content = Buffer.from(texts.map(encodeLine).join(''));
    const temporary = `${this.#path}.new`;
    const file = openSync(temporary, 'w', 0o600);
    try {
      writeSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, this.#path);
    syncDirectory(dirname(this.#path));
    const old = this.#file;
    this.#file = await open(this.#path, 'a', 0o600);
    this.#sizeBytes = content.length;
    await old.close();
  }

  async close(): Promise<void> {
    await this.#flushing;
    await this.#file.close();
  }
}
