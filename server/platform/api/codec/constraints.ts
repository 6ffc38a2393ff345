// Which constraints a value breaks, in AWS's sentences (real-aws-facts W8), and how AWS prints the value in front of them. Pure.
import { ApiError } from '../errors.ts';
import type { Shape } from './shape.ts';

/** A pattern is not tried on texts beyond this unless the model allows them: they break their length anyway, and no pattern may take long. */
const PATTERN_LENGTH_MAX = 2_048;
/** A request can break thousands of constraints; nobody reads more than these. The number said is the number found until then. */
const VIOLATIONS_MAX = 20;
/** A printed value is cut here: the value comes back from the caller who sent it, the log line and the journal row must stay short. */
const PRINTED_LENGTH_MAX = 2_048;
const REDACTED = '***Sensitive Data Redacted***';
/** PostgreSQL keeps no NUL, and no database half a pair: what was stored would not be what was sent. AWS's models say it by patterns, where at all. */
const TEXT_SENTENCE = 'Member must not contain the character NUL or half of a surrogate pair';

export class Violations {
  readonly path: string[] = [];
  readonly #texts: string[] = [];

  get full(): boolean {
    return this.#texts.length >= VIOLATIONS_MAX;
  }

  /** `shape` undefined: the value is missing. */
  add(constraint: string, shape?: Shape, value?: unknown): void {
    if (this.full) return;
    this.#texts.push(
      `Value${printedValue(shape, value)} at '${this.path.join('.')}' failed to satisfy constraint: ${constraint}`,
    );
  }

  throwIfAny(): void {
    const count = this.#texts.length;
    if (count === 0) return;
    const head = count === 1 ? '1 validation error detected: ' : `${count} validation errors detected: `;
    throw new ApiError('ValidationException', head + this.#texts.join('; '));
  }
}

function printedValue(shape: Shape | undefined, value: unknown): string {
  if (shape === undefined) return ' null';
  if (shape.sensitive) return '';
  return ` '${print(shape, value).slice(0, PRINTED_LENGTH_MAX)}'`;
}

/** As Java's toString would; only called for a value that breaks a constraint. Values are decoded ones. */
function print(shape: Shape, value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (shape.sensitive) return REDACTED;
  if (Buffer.isBuffer(value)) return `java.nio.HeapByteBuffer[pos=0 lim=${value.length} cap=${value.length}]`;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) {
    const { item } = shape;
    return `[${value.map((one) => (item ? print(item, one) : '')).join(', ')}]`;
  }
  if (typeof value === 'object') return printObject(shape, value as Readonly<Record<string, unknown>>);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function printObject(shape: Shape, value: Readonly<Record<string, unknown>>): string {
  if (shape.kind === 'structure')
    return `${shape.name}(${shape.members.map((member) => `${member.label}=${print(member.shape, value[member.name])}`).join(', ')})`;
  const { value: valueShape } = shape;
  return `{${Object.entries(value)
    .map(([key, one]) => `${key}=${valueShape ? print(valueShape, one) : ''}`)
    .join(', ')}}`;
}

/** Whether a scalar keeps its shape's constraints; the fast path. */
export function holds(shape: Shape, value: unknown): boolean {
  if (typeof value === 'string' && !isText(value)) return false;
  if (!shape.constrained) return true;
  const size = measure(shape, value);
  if (size !== undefined && shape.max !== undefined && size > shape.max) return false;
  if (size !== undefined && shape.min !== undefined && size < shape.min) return false;
  if (typeof value !== 'string') return true;
  if (shape.enumValues !== undefined && !shape.enumValues.has(value)) return false;
  return shape.pattern === undefined || !patternApplies(shape, value) || shape.pattern.test(value);
}

/** The sentences that a value breaks. */
export function brokenConstraints(shape: Shape, value: unknown): string[] {
  const broken: string[] = [];
  if (typeof value === 'string') {
    if (!isText(value)) broken.push(TEXT_SENTENCE);
    if (shape.pattern !== undefined && patternApplies(shape, value) && !shape.pattern.test(value))
      broken.push(shape.sentences.pattern);
    if (shape.enumValues !== undefined && !shape.enumValues.has(value)) broken.push(shape.sentences.enum);
  }
  const size = measure(shape, value);
  if (size !== undefined && shape.max !== undefined && size > shape.max) broken.push(shape.sentences.max);
  if (size !== undefined && shape.min !== undefined && size < shape.min) broken.push(shape.sentences.min);
  return broken;
}

/** All sentences of a shape, held or not: AWS prints them for the items of a list and the keys and values of a map. Ours where it is broken. */
export function allConstraints(shape: Shape, values: readonly unknown[]): string {
  const { min, max, pattern, enumValues, sentences } = shape;
  const parts = [
    max === undefined ? undefined : sentences.max,
    min === undefined ? undefined : sentences.min,
    pattern === undefined ? undefined : sentences.pattern,
    enumValues === undefined ? undefined : sentences.enum,
    values.every((value) => typeof value !== 'string' || isText(value)) ? undefined : TEXT_SENTENCE,
  ];
  return `[${parts.filter((part) => part !== undefined).join(', ')}]`;
}

function isText(value: string): boolean {
  return !value.includes('\0') && value.isWellFormed();
}

function patternApplies(shape: Shape, value: string): boolean {
  return value.length <= Math.max(PATTERN_LENGTH_MAX, shape.max ?? 0);
}

function measure(shape: Shape, value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' || Buffer.isBuffer(value) || Array.isArray(value)) return value.length;
  if (shape.kind === 'map') return Object.keys(value as object).length;
  return undefined;
}
