// A service ready to serve: its model, its compiled shapes and its operations with their input, output and error shapes.
import type { OperationModel, ServiceModel } from '../models/service-model.ts';
import { compileShapes } from './shape.ts';
import type { Shape, Shapes } from './shape.ts';

export interface ServiceOperation {
  readonly name: string;
  readonly model: OperationModel;
  /** Operations without input or output have an empty structure. */
  readonly input: Shape;
  readonly output: Shape;
  /** Wire code -> shape of the errors it declares. */
  readonly errors: ReadonlyMap<string, Shape>;
}

export interface Service {
  readonly name: string;
  readonly model: ServiceModel;
  readonly shapes: Shapes;
  operation(name: string): ServiceOperation | undefined;
  /** Any error shape of the service by its wire code, declared by the operation or not. */
  errorShape(code: string): Shape | undefined;
}

const EMPTY = 'muster.Empty';

export function compileService(source: ServiceModel): Service {
  const model: ServiceModel = { ...source, shapes: { ...source.shapes, [EMPTY]: { type: 'structure', members: {} } } };
  const shapes = compileShapes(model);
  const operations = new Map<string, ServiceOperation>();
  const errorNames = new Map<string, string>();
  for (const [name, shape] of Object.entries(model.shapes)) if (shape.exception) errorNames.set(shape.error?.code ?? name, name);
  const compileOperation = (name: string, operation: OperationModel): ServiceOperation => ({
    name,
    model: operation,
    input: shapes(operation.input ?? EMPTY),
    output: shapes(operation.output ?? EMPTY),
    errors: new Map(operation.errors.map((error) => [model.shapes[error]?.error?.code ?? error, shapes(error)])),
  });
  return {
    name: model.service,
    model,
    shapes,
    operation(name) {
      const known = operations.get(name);
      if (known !== undefined || !Object.hasOwn(model.operations, name)) return known;
      const operation = model.operations[name];
      if (operation === undefined) return undefined;
      const compiled = compileOperation(name, operation);
      operations.set(name, compiled);
      return compiled;
    },
    errorShape(code) {
      const name = errorNames.get(code);
      return name === undefined ? undefined : shapes(name);
    },
  };
}
