// External programs that a test machine does not have, as scripts on a PATH of their own.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Returns the PATH with the program on it. */
export function standIn(directory: string, program: string, script: string): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, program);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return `${directory}:${process.env['PATH'] ?? ''}`;
}
