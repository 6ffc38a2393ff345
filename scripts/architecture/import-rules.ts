// Who may import whom (architecture.md, section 3), as functions from the source files to sentences about what breaks a rule. Each
// sentence ends with the rule's reason: it is what a person reads when the test fails.
import type { Import, SourceFile } from './source-files.ts';

/** Platform folders by level: an import of values goes to a lower level only. */
const PLATFORM_LEVELS: readonly (readonly string[])[] = [
  ['ids.ts', 'time', 'pattern-size.ts', 'sync-directory.ts'],
  ['pattern.ts'],
  ['telemetry'],
  ['store', 'bus', 'seal'],
  ['journal', 'outbox', 'tags', 'blobs', 'tls'],
  ['access', 'reconcile'],
  ['api'],
  ['channels'],
];
/** Leaves of a higher folder that every level may name: an error has a code wherever it is found. */
const PLATFORM_LEAVES: readonly string[] = ['server/platform/api/errors.ts'];

/** Domains by level: an import goes to a lower level, and to its index.ts. */
const DOMAIN_LEVELS: readonly (readonly string[])[] = [
  [
    'account',
    'resource-groups',
    ...['identity', 'audit', 'events', 'notifications', 'queues', 'keys', 'objects', 'logs', 'metrics', 'functions'].map(
      (name) => `cloud/${name}`,
    ),
  ],
  ['parameters', 'documents', 'nodes'],
  ['change-calendar', 'run-command', 'inventory', 'compliance', 'app-config', 'downloads'],
  ['automation'],
  ['state-manager', 'patching', 'ops-center'],
  ['maintenance-windows', 'sessions', 'change-manager', 'explorer', 'cloud/stacks', 'cloud/config-history'],
];

/** Packages that another package's source may import; everything else is closed. Tests add what TEST_PACKAGES says. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  server: ['protocol'],
  agent: ['protocol'],
  cli: [],
  testkit: ['protocol', 'server', 'agent'],
  e2e: ['protocol', 'testkit', 'server', 'agent'],
  bench: ['protocol', 'testkit', 'server', 'agent'],
  scripts: ['protocol', 'server'],
};
const TEST_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  server: ['testkit'],
  agent: ['testkit'],
  protocol: ['testkit'],
  cli: ['testkit', 'server', 'agent'],
};
/** What the command line may start. */
const PROGRAMS = ['server/main.ts', 'agent/main.ts'];

type Violations = string[];

export function packageViolations(files: readonly SourceFile[]): Violations {
  return eachImport(files, (file, imported) => {
    const from = packageOf(file.path);
    const to = packageOf(imported.file);
    if (to === from || from === '' || imported.file === undefined) return undefined;
    if ((PACKAGES[from] ?? []).includes(to)) return undefined;
    if (file.isTest && (TEST_PACKAGES[from] ?? []).includes(to)) return undefined;
    if (from === 'cli' && PROGRAMS.includes(imported.file) && (imported.dynamic || imported.typeOnly)) return undefined;
    return `${from} must not import ${to}: packages stay apart so that a program carries only its own dependencies; the command line starts programs by await import of their main.ts, everything else speaks the public API`;
  });
}

export function platformViolations(files: readonly SourceFile[]): Violations {
  return eachImport(production(files), (file, imported) => {
    const from = platformFolder(file.path);
    if (from === undefined || imported.file === undefined || !imported.file.startsWith('server/')) return undefined;
    const to = platformFolder(imported.file);
    if (to === undefined)
      return 'platform must not import a domain or the composition root: it would be the same in another product';
    if (to === from || imported.typeOnly || PLATFORM_LEAVES.includes(imported.file)) return undefined;
    const [levelFrom, levelTo] = [levelOf(PLATFORM_LEVELS, from), levelOf(PLATFORM_LEVELS, to)];
    if (levelFrom === -1) return `platform/${from} has no level: add it to PLATFORM_LEVELS of the architecture test`;
    if (levelTo < levelFrom) return undefined;
    return `platform/${from} must not import values of platform/${to}: the folders form a DAG, so that each can be read and tested without those above it`;
  });
}

export function domainViolations(files: readonly SourceFile[]): Violations {
  return eachImport(production(files), (file, imported) => {
    const from = domainOf(file.path);
    const to = domainOf(imported.file ?? '');
    if (from === undefined || imported.file === undefined) return undefined;
    if (isCompositionRoot(imported.file)) return 'a domain must not import the composition root: it would see every other domain';
    if (to === undefined || to === from) return undefined;
    const [levelFrom, levelTo] = [levelOf(DOMAIN_LEVELS, from), levelOf(DOMAIN_LEVELS, to)];
    if (levelFrom === -1) return `the domain ${from} has no level: add it to DOMAIN_LEVELS of the architecture test`;
    if (levelTo >= levelFrom) {
      return `${from} must not import ${to}: nothing points up or sideways; read the lower domain's state when woken, or let the lower one publish a port`;
    }
    if (imported.file === `server/${to}/index.ts`) return undefined;
    return `${from} may import only index.ts of ${to}: the rest of a domain changes without asking`;
  });
}

export function kyselyViolations(files: readonly SourceFile[]): Violations {
  return eachImport(production(files), (file, imported) => {
    if (domainOf(file.path) === undefined || imported.specifier !== 'kysely') return undefined;
    if (/(^|[/-])store\.ts$|\/migrations\//.test(file.path)) return undefined;
    if (/(^|[/-])tables\.ts$/.test(file.path) && imported.typeOnly) return undefined;
    return 'only a store imports Kysely: every SQL statement of a domain stands in its store, where both databases are tested';
  });
}

export function operationViolations(files: readonly SourceFile[]): Violations {
  return eachImport(production(files), (file, imported) => {
    const operations = /^(.*?)\/operations\/.+\.ts$/.exec(imported.file ?? '')?.[1];
    if (operations === undefined || file.path === `${operations}/index.ts`) return undefined;
    if (file.path.startsWith('scripts/')) return undefined;
    return "operations are imported by their domain's index.ts alone: two operations that need the same thing get it from the domain";
  });
}

/** What a pure file must not reach, directly or through others: the database, the outside world. */
export function planViolations(files: readonly SourceFile[]): Violations {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const plans = production(files).filter((file) => domainOf(file.path) !== undefined && file.path.endsWith('/plan.ts'));
  return plans.flatMap((plan) => {
    const seen = new Set<string>();
    const reach = (file: SourceFile): Import[] => {
      if (seen.has(file.path)) return [];
      seen.add(file.path);
      const values = file.imports.filter((imported) => !imported.typeOnly);
      return [...values, ...values.flatMap((imported) => reachFile(byPath.get(imported.file ?? '')))];
    };
    const reachFile = (file: SourceFile | undefined): Import[] => (file === undefined ? [] : reach(file));
    return reach(plan)
      .filter(isImpure)
      .map(
        (imported) =>
          `${plan.path} reaches ${imported.specifier}: a plan is a pure function of (state, now), so that a simulation can ask it anything`,
      );
  });
}

function isImpure(imported: Import): boolean {
  if (imported.file === undefined) return imported.specifier !== 'node:assert/strict' && imported.specifier !== 'node:assert';
  return /(^|[/-])(store|dispatcher|index)\.ts$|\/operations\//.test(imported.file);
}

function eachImport(files: readonly SourceFile[], judge: (file: SourceFile, imported: Import) => string | undefined): Violations {
  return files.flatMap((file) =>
    file.imports.flatMap((imported) => {
      const reason = judge(file, imported);
      return reason === undefined ? [] : [`${file.path} imports '${imported.specifier}': ${reason}`];
    }),
  );
}

function production(files: readonly SourceFile[]): SourceFile[] {
  return files.filter((file) => !file.isTest);
}

function packageOf(path: string | undefined): string {
  return path?.includes('/') === true ? (path.split('/')[0] ?? '') : '';
}

function platformFolder(path: string): string | undefined {
  return /^server\/platform\/([^/]+)/.exec(path)?.[1];
}

/** `run-command`, `cloud/identity`. */
function domainOf(path: string): string | undefined {
  const name = /^server\/(cloud\/[^/]+|[^/]+)\//.exec(path)?.[1];
  return name === 'platform' ? undefined : name;
}

function isCompositionRoot(path: string): boolean {
  return /^server\/[^/]+\.ts$/.test(path);
}

function levelOf(levels: readonly (readonly string[])[], name: string): number {
  return levels.findIndex((level) => level.includes(name));
}
