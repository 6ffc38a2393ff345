// A deed that must not overlap itself. Whoever asks while it runs shares one further run, which begins after their asking: so everybody's
// run sees what was there when they asked, and any number of askers costs two runs.
export function oneAtATime(deed: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const begin = (): Promise<void> => {
    const run = deed().finally(() => {
      if (running === run) running = undefined;
    });
    running = run;
    return run;
  };
  return () => {
    if (running === undefined) return begin();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return begin();
      });
    return next;
  };
}
