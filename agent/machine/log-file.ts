// The log as a file: at most two of a bounded size, the present one and the one before.
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/** Days of an agent that runs a command every minute. */
const FILE_BYTES_MAX = 10 * 1024 * 1024;

export interface LogFile {
  write(line: string): void;
  close(): void;
}

export function openLogFile(path: string, bytesMax = FILE_BYTES_MAX): LogFile {
  let file = openSync(path, 'a', 0o640);
  let size = fstatSync(file).size;
  return {
    write(line) {
      if (size > bytesMax) {
        closeSync(file);
        renameSync(path, `${path}.1`);
        file = openSync(path, 'a', 0o640);
        size = 0;
      }
      size += writeSync(file, line);
    },
    close: () => closeSync(file),
  };
}
