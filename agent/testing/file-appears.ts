// Waiting for what a script does: a file that it makes.
import { existsSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Resolves when the file is there. Its directory must be. */
export async function fileAppears(path: string, timeoutMs = 20_000): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      watcher.close();
      reject(new Error(`did not appear: ${path}`));
    }, timeoutMs);
    const look = (): void => {
      if (!existsSync(path)) return;
      clearTimeout(timer);
      watcher.close();
      resolve();
    };
    const watcher = watch(dirname(path), look);
    look();
  });
}
