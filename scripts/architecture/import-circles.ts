// No two files import each other, directly or through others: a rule like those of import-rules.ts. An import of types counts as much as one of
// values, since who reads a file reads what its types say.
import type { SourceFile } from './source-files.ts';

const REASON =
  'files that import each other in a circle can only be read, tested and moved together: give what they share (a type, mostly) a file of its own, named for what it holds, or let the lower one say itself what it needs';

export function circleViolations(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.filter((file) => !isTestOrFixture(file)).map((file) => [file.path, file]));
  const circles = new Set<string>();
  const done = new Set<string>();
  /** From the file that the walk began at to the one that it looks at. */
  const way: string[] = [];
  const walk = (file: SourceFile): void => {
    if (done.has(file.path)) return;
    const before = way.indexOf(file.path);
    if (before !== -1) {
      circles.add([...way.slice(before), file.path].join(' -> '));
      return;
    }
    way.push(file.path);
    for (const imported of file.imports) {
      const next = byPath.get(imported.file ?? '');
      if (next !== undefined) walk(next);
    }
    way.pop();
    done.add(file.path);
  };
  for (const file of byPath.values()) walk(file);
  return [...circles].map((circle) => `${circle}: ${REASON}`);
}

/** Nothing of the product imports them. */
function isTestOrFixture({ path }: SourceFile): boolean {
  return /\.(test|fixture)\.ts$/.test(path);
}
