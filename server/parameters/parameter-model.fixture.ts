// Parameter Store as one would explain it: names, their versions, labels on versions. What the simulation compares the real one with. Pure.
//
// Every call answers what the API answers, cut down to what the model knows, or the code of the refusal.

export interface ModelVersion {
  readonly version: number;
  readonly value: string;
  readonly labels: readonly string[];
}
interface ModelParameter {
  readonly secure: boolean;
  /** Oldest first. */
  readonly versions: readonly ModelVersion[];
}
/** By full name. */
export type Model = ReadonlyMap<string, ModelParameter>;

export interface Outcome {
  readonly next: Model;
  readonly answer: unknown;
}

const VERSIONS_MAX = 100;
const LABELS_MAX = 10;

export const refused = (model: Model, code: string): Outcome => ({ next: model, answer: code });

export function put(model: Model, name: string, value: string, secure: boolean, overwrite: boolean): Outcome {
  const there = model.get(name);
  if (there === undefined)
    return {
      next: new Map(model).set(name, { secure, versions: [{ version: 1, value, labels: [] }] }),
      answer: { Version: 1 },
    };
  if (!overwrite) return refused(model, 'ParameterAlreadyExists');
  if (there.secure !== secure) return refused(model, 'HierarchyTypeMismatchException');
  const version = newest(there) + 1;
  const kept = there.versions.length < VERSIONS_MAX ? there.versions : there.versions.slice(1);
  if (kept !== there.versions && (there.versions[0]?.labels.length ?? 0) > 0)
    return refused(model, 'ParameterMaxVersionLimitExceeded');
  const versions = [...kept, { version, value, labels: [] }];
  return { next: new Map(model).set(name, { secure, versions }), answer: { Version: version } };
}

export function label(model: Model, name: string, version: number | undefined, labels: readonly string[]): Outcome {
  const there = model.get(name);
  if (there === undefined) return refused(model, 'ParameterNotFound');
  const target = there.versions.find((one) => one.version === (version ?? newest(there)));
  if (target === undefined) return refused(model, 'ParameterVersionNotFound');
  const invalid = labels.filter((one) => /^(?:aws|[0-9])/.test(one));
  const wanted = labels.filter((one) => !invalid.includes(one));
  if (new Set([...target.labels, ...wanted]).size > LABELS_MAX) return refused(model, 'ParameterVersionLabelLimitExceeded');
  const versions = there.versions.map((one) => {
    const others = one.labels.filter((other) => !wanted.includes(other));
    return { ...one, labels: one === target ? [...others, ...wanted].toSorted() : others };
  });
  const answer = { InvalidLabels: invalid, ParameterVersion: target.version };
  return { next: new Map(model).set(name, { ...there, versions }), answer };
}

export function unlabel(model: Model, name: string, version: number, labels: readonly string[]): Outcome {
  const there = model.get(name);
  if (there === undefined) return refused(model, 'ParameterNotFound');
  const target = there.versions.find((one) => one.version === version);
  if (target === undefined) return refused(model, 'ParameterVersionNotFound');
  const versions = there.versions.map((one) =>
    one === target ? { ...one, labels: one.labels.filter((other) => !labels.includes(other)) } : one,
  );
  const RemovedLabels = labels.filter((one) => target.labels.includes(one));
  const InvalidLabels = labels.filter((one) => !target.labels.includes(one));
  return { next: new Map(model).set(name, { ...there, versions }), answer: { RemovedLabels, InvalidLabels } };
}

export function remove(model: Model, name: string): Outcome {
  const next = new Map(model);
  return next.delete(name) ? { next, answer: {} } : refused(model, 'ParameterNotFound');
}

/** `selector`: a number, a label or nothing. */
export function get(model: Model, name: string, selector: string | undefined): ModelVersion | string {
  const there = model.get(name);
  if (there === undefined) return 'ParameterNotFound';
  const found =
    selector === undefined
      ? there.versions.at(-1)
      : there.versions.find((one) => String(one.version) === selector || one.labels.includes(selector));
  return found ?? 'ParameterVersionNotFound';
}

/** Names below a path, in order. */
export function below(model: Model, path: string, recursive: boolean): string[] {
  const prefix = path === '/' ? '/' : `${path}/`;
  return [...model.keys()]
    .filter((name) => name.startsWith(prefix) && (recursive || !name.slice(prefix.length).includes('/')))
    .toSorted((a, b) => (a < b ? -1 : 1));
}

function newest({ versions }: ModelParameter): number {
  return versions.at(-1)?.version ?? 0;
}
