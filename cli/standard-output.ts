// What the command line itself prints.

export function print(text: string): number {
  readerMayGo();
  process.stdout.write(text);
  return 0;
}

export function readerMayGo(): void {
  process.stdout.off('error', onOutputError).on('error', onOutputError);
}

/** As in `muster help | head -1`: what is left to say is not said, and that is no failure. */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
