// `npm run coverage [--all]`: which operations of each service's model have a handler. With --all it names the others too.
import { serviceModels } from '@muster/server/platform/api/models/index.ts';
import type { ServiceModel } from '@muster/server/platform/api/models/service-model.ts';

export interface DeclaredOperation {
  readonly service: string;
  readonly name: string;
}

export interface ServiceCoverage {
  readonly service: string;
  readonly done: readonly string[];
  readonly open: readonly string[];
}

/** Pure. Throws for an operation that stands in no model: a misspelt name must not vanish from the table. */
export function coverage(models: readonly ServiceModel[], declared: readonly DeclaredOperation[]): ServiceCoverage[] {
  for (const { service, name } of declared) {
    const model = models.find((candidate) => candidate.service === service);
    if (model === undefined || !Object.hasOwn(model.operations, name))
      throw new Error(`${service}:${name} has a handler but stands in no model`);
  }
  return models.map(({ service, operations }) => {
    const handled = new Set(declared.filter((one) => one.service === service).map((one) => one.name));
    const names = Object.keys(operations).toSorted();
    return { service, done: names.filter((name) => handled.has(name)), open: names.filter((name) => !handled.has(name)) };
  });
}

export function coverageText(table: readonly ServiceCoverage[], all: boolean): string {
  const lines = table.flatMap(({ service, done, open }) => [
    `${service}: ${done.length} of ${done.length + open.length} operations`,
    ...done.map((name) => `  + ${name}`),
    ...(all ? open.map((name) => `  - ${name}`) : []),
  ]);
  return `${lines.join('\n')}\n`;
}

// Not import.meta.main: the launcher imports this file.
if (process.argv[1] === import.meta.filename) {
  // Imported here alone, so that the pure part above needs no domain.
  const { declaredOperations } = await import('@muster/server/operations.ts');
  process.stdout.write(coverageText(coverage(serviceModels, declaredOperations()), process.argv.includes('--all')));
}
