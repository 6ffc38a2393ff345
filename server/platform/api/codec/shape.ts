// Shapes of a service model made ready for walking: references resolved, constraint sentences and regular expressions made once.
// A shape is compiled when it is first asked for and kept; recursive shapes refer to themselves.
import type { ServiceModel, ShapeModel, ShapeRef, TimestampFormat } from '../models/service-model.ts';

export type Kind = 'structure' | 'list' | 'map' | 'string' | 'integer' | 'float' | 'boolean' | 'blob' | 'timestamp';

export interface Member {
  /** As handlers see it. */
  readonly name: string;
  /** In a JSON tree: the wire's key for body members, `location:name` for what stands in the head. */
  readonly key: string;
  /** As constraint errors spell it. */
  readonly label: string;
  readonly required: boolean;
  readonly ref: ShapeRef;
  readonly shape: Shape;
}

export interface Shape {
  readonly name: string;
  readonly kind: Kind;
  /** As type errors spell it: `Integer`, `Long`, … */
  readonly javaType: string;
  readonly integerMax: number;
  readonly sensitive: boolean;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly pattern: RegExp | undefined;
  readonly enumValues: ReadonlySet<string> | undefined;
  readonly sentences: ConstraintSentences;
  /** Whether a value of it can break a constraint by itself. */
  readonly constrained: boolean;
  readonly members: readonly Member[];
  readonly union: boolean;
  readonly item: Shape | undefined;
  readonly itemRef: ShapeRef | undefined;
  readonly key: Shape | undefined;
  readonly keyRef: ShapeRef | undefined;
  readonly value: Shape | undefined;
  readonly valueRef: ShapeRef | undefined;
  readonly flattened: boolean;
  readonly payload: string | undefined;
  readonly timestampFormat: TimestampFormat | undefined;
  readonly error: ShapeModel['error'];
  readonly fault: boolean;
}

export interface ConstraintSentences {
  readonly min: string;
  readonly max: string;
  readonly pattern: string;
  readonly enum: string;
}

export type Shapes = (name: string) => Shape;

const KINDS: Readonly<Record<ShapeModel['type'], Kind>> = {
  structure: 'structure',
  list: 'list',
  map: 'map',
  string: 'string',
  integer: 'integer',
  long: 'integer',
  float: 'float',
  double: 'float',
  boolean: 'boolean',
  blob: 'blob',
  timestamp: 'timestamp',
};
const JAVA_TYPES: Partial<Record<ShapeModel['type'], string>> = {
  string: 'String',
  integer: 'Integer',
  long: 'Long',
  float: 'Float',
  double: 'Double',
  boolean: 'Boolean',
  timestamp: 'Timestamp',
};
const INT_32_MAX = 2 ** 31 - 1;

export function compileShapes(model: ServiceModel): Shapes {
  const compiled = new Map<string, Shape>();
  const shapes: Shapes = (name) => {
    const known = compiled.get(name);
    if (known !== undefined) return known;
    const source = model.shapes[name];
    if (source === undefined) throw new Error(`${model.service}: no shape ${name}`);
    const shape = compileScalar(name, source);
    // Registered before its parts are compiled, for shapes that contain themselves.
    compiled.set(name, shape);
    Object.assign(shape, compileParts(source, shapes));
    return shape;
  };
  return shapes;
}

function compileScalar(name: string, source: ShapeModel): Shape {
  const kind = KINDS[source.type];
  return {
    name,
    kind,
    javaType: JAVA_TYPES[source.type] ?? name,
    integerMax: source.type === 'integer' ? INT_32_MAX : Number.MAX_SAFE_INTEGER,
    sensitive: source.sensitive === true,
    min: source.min,
    max: source.max,
    pattern: source.pattern === undefined ? undefined : compilePattern(source.pattern),
    enumValues: source.enum === undefined ? undefined : new Set(source.enum),
    sentences: sentences(kind, source),
    constrained: [source.min, source.max, source.pattern, source.enum].some((constraint) => constraint !== undefined),
    members: [],
    union: source.union === true,
    item: undefined,
    itemRef: source.member,
    key: undefined,
    keyRef: source.key,
    value: undefined,
    valueRef: source.value,
    flattened: source.flattened === true,
    payload: source.payload,
    timestampFormat: source.timestampFormat,
    error: source.error,
    fault: source.fault === true,
  };
}

function compileParts(source: ShapeModel, shapes: Shapes): Pick<Shape, 'members' | 'item' | 'key' | 'value'> {
  const required = new Set(source.required);
  return {
    members: Object.entries(source.members ?? {}).map(([name, ref]) => ({
      name,
      key: ref.location === undefined ? (ref.locationName ?? name) : `${ref.location}:${name}`,
      label: name.charAt(0).toLowerCase() + name.slice(1),
      required: required.has(name),
      ref,
      shape: shapes(ref.shape),
    })),
    item: source.member && shapes(source.member.shape),
    key: source.key && shapes(source.key.shape),
    value: source.value && shapes(source.value.shape),
  };
}

/**
 * AWS matches the whole value (recorded: `[\w+=,.@-]*` refuses `Session1:2`, `[\.\-_A-Za-z0-9]+` refuses a text with spaces), anchored
 * or not. A dot takes line breaks too, for policies of several lines. Java's `(?i)` becomes a flag, `(?s)` is one already; `\p{…}` needs the flag u, which a
 * few patterns with needless escapes do not bear.
 */
export function compilePattern(pattern: string): RegExp {
  const ignoreCase = pattern.startsWith('(?i)');
  const bare = pattern.replace(/^\(\?[is]\)/, '');
  const source = `^(?:${bare})$`;
  const flags = ignoreCase ? 'is' : 's';
  try {
    return new RegExp(source, `${flags}u`);
  } catch (error) {
    // Without u `\p{L}` would mean the letters p, {, L, }: wrong in silence.
    if (source.includes('\\p{')) throw error;
    return new RegExp(source, flags);
  }
}

function sentences(kind: Kind, source: ShapeModel): ConstraintSentences {
  const measure = kind === 'integer' || kind === 'float' ? 'value' : 'length';
  return {
    min: `Member must have ${measure} greater than or equal to ${source.min}`,
    max: `Member must have ${measure} less than or equal to ${source.max}`,
    pattern: `Member must satisfy regular expression pattern: ${source.pattern}`,
    enum: `Member must satisfy enum value set: [${(source.enum ?? []).join(', ')}]`,
  };
}
