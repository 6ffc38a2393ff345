// A file that is whole or not there, and its owner's alone: written beside its place and moved there at its end. What fails, or Ctrl-C, takes the
// beginning away again: it may hold secrets.
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Host } from '../host.ts';
import { UsageError } from '../usage-error.ts';

/** Takes a piece of the file; resolves when there is room for the next. */
export type Write = (text: string) => Promise<void>;

/** Undefined: interrupted. */
export async function writeWhole<Result>(
  file: string,
  host: Pick<Host, 'onInterrupt'>,
  act: (write: Write) => Promise<Result>,
): Promise<Result | undefined> {
  const partial = `${file}.${process.pid}.part`;
  const interrupted = Promise.withResolvers<undefined>();
  const stopListening = host.onInterrupt(() => interrupted.resolve(undefined));
  let handle: FileHandle | undefined;
  try {
    const opened = (handle = await open(partial, 'wx', 0o600));
    const acting = act(async (text) => void (await opened.write(text)));
    // What it still does after Ctrl-C fails, and that is nobody's concern any more.
    acting.catch(() => undefined);
    const result = await Promise.race([acting, interrupted.promise]);
    if (result === undefined) return undefined;
    await opened.sync();
    await opened.close();
    await rename(partial, file);
    return result;
  } catch (error) {
    // The server's refusals have no system call.
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new UsageError(`cannot write ${file}: ${(error as Error).message}`, { cause: error });
  } finally {
    stopListening();
    await handle?.close();
    if (handle !== undefined) await rm(partial, { force: true });
  }
}
