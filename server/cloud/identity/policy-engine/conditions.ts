// Conditions of policies: every operator of IAM with IfExists, ForAllValues and ForAnyValue. Compiled once, judged without I/O.
//
// Decisions where AWS says nothing: a key with several values under an operator without a quantifier is judged as ForAnyValue, a negated
// operator as its exact opposite; a value of the policy that cannot be read (a number that is none) and a variable without a value
// match nothing; a value of the request that cannot be read matches nothing either.
import { arnGlobs, matchesArn, splitArn } from './arn.ts';
import { compilePieces, matchesGlob } from './glob.ts';
import { compileCidr, isInCidr, parseIp } from './ip-range.ts';
import type { RequestFacts } from './request.ts';
import { fill, isFixed, parseTemplate, plain, type Template } from './variables.ts';

type Comparison =
  | 'string'
  | 'string-ignore-case'
  | 'string-like'
  | 'numeric'
  | 'date'
  | 'bool'
  | 'binary'
  | 'ip'
  | 'arn'
  | 'null';
type Order = '=' | '<' | '<=' | '>' | '>=';

interface OperatorFacts {
  readonly comparison: Comparison;
  readonly negated: boolean;
  readonly order: Order;
}

export interface Condition {
  readonly operator: OperatorFacts;
  readonly quantifier: 'ForAllValues' | 'ForAnyValue' | undefined;
  readonly ifExists: boolean;
  /** Lower case. */
  readonly key: string;
  readonly values: readonly string[];
  /** As it was written, for explanations. */
  readonly written: string;
}

/** Whether a request meets the condition. */
export type Judge = (request: RequestFacts) => boolean;

export class ConditionError extends Error {
  override readonly name = 'ConditionError';
}

const OPERATORS: ReadonlyMap<string, OperatorFacts> = new Map<string, OperatorFacts>([
  ...pair('StringEquals', 'StringNotEquals', 'string'),
  ...pair('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'string-ignore-case'),
  ...pair('StringLike', 'StringNotLike', 'string-like'),
  ...pair('NumericEquals', 'NumericNotEquals', 'numeric'),
  ...ordered('Numeric', 'numeric'),
  ...pair('DateEquals', 'DateNotEquals', 'date'),
  ...ordered('Date', 'date'),
  one('Bool', 'bool'),
  one('BinaryEquals', 'binary'),
  ...pair('IpAddress', 'NotIpAddress', 'ip'),
  ...pair('ArnEquals', 'ArnNotEquals', 'arn'),
  ...pair('ArnLike', 'ArnNotLike', 'arn'),
  one('Null', 'null'),
]);

function one(name: string, comparison: Comparison, negated = false, order: Order = '='): readonly [string, OperatorFacts] {
  return [name.toLowerCase(), { comparison, negated, order }];
}

function pair(name: string, negatedName: string, comparison: Comparison): readonly (readonly [string, OperatorFacts])[] {
  return [one(name, comparison), one(negatedName, comparison, true)];
}

function ordered(prefix: string, comparison: Comparison): readonly (readonly [string, OperatorFacts])[] {
  return [
    one(`${prefix}LessThan`, comparison, false, '<'),
    one(`${prefix}LessThanEquals`, comparison, false, '<='),
    one(`${prefix}GreaterThan`, comparison, false, '>'),
    one(`${prefix}GreaterThanEquals`, comparison, false, '>='),
  ];
}

/** Throws ConditionError. Operators and keys are not case-sensitive. */
export function parseConditions(written: string, key: string, values: readonly string[]): Condition {
  const match = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/i.exec(written);
  const operator = OPERATORS.get((match?.[2] ?? '').toLowerCase());
  if (match === null || operator === undefined) throw new ConditionError(`Invalid Condition type : ${written.slice(0, 80)}`);
  const quantifier =
    match[1] === undefined ? undefined : match[1].toLowerCase() === 'forallvalues' ? 'ForAllValues' : 'ForAnyValue';
  const ifExists = match[3] !== undefined;
  if (operator.comparison === 'null' && (ifExists || quantifier !== undefined))
    throw new ConditionError(`Invalid Condition type : ${written.slice(0, 80)}`);
  if (!key.includes(':')) throw new ConditionError(`Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.`);
  if (
    (operator.comparison === 'bool' || operator.comparison === 'null') &&
    !values.every((value) => /^(true|false)$/i.test(value))
  )
    throw new ConditionError(`${written.slice(0, 80)}: ${key.slice(0, 80)} takes true or false.`);
  return { operator, quantifier, ifExists, key: key.toLowerCase(), values, written: `${written} ${key}` };
}

/** `hasVariables`: the policy's version knows policy variables. */
export function compileCondition(condition: Condition, hasVariables: boolean): Judge {
  const { operator, quantifier, ifExists, key } = condition;
  if (operator.comparison === 'null') {
    const wantsAbsent = condition.values.map((value) => value.toLowerCase() === 'true');
    return ({ keys }) => wantsAbsent.includes(!isPresent(keys.get(key)));
  }
  const matchesAny = compileValues(condition, hasVariables);
  const { negated } = operator;
  const whenAbsent = ifExists || quantifier === 'ForAllValues' || (negated && quantifier === undefined);
  return (request) => {
    const values = request.keys.get(key);
    if (!isPresent(values)) return whenAbsent;
    // One value is what nearly every key has: all quantifiers are the same then.
    if (values.length === 1) return matchesAny(values[0]!, request) !== negated;
    return holdForSeveral(condition, values, matchesAny, request);
  };
}

function isPresent(values: readonly string[] | undefined): values is readonly string[] {
  return values !== undefined && values.length > 0;
}

/** Apart from the one above: what functions hold on to is made when a function begins, whether they are made or not. */
function holdForSeveral(
  { operator: { negated }, quantifier }: Condition,
  values: readonly string[],
  matchesAny: ValueJudge,
  request: RequestFacts,
): boolean {
  const holds = (value: string): boolean => matchesAny(value, request) !== negated;
  if (quantifier === 'ForAllValues') return values.every(holds);
  if (quantifier === 'ForAnyValue') return values.some(holds);
  return values.some((value) => matchesAny(value, request)) !== negated;
}

/** Whether a value of the request matches one of the policy's values; without the negation. */
type ValueJudge = (value: string, request: RequestFacts) => boolean;

function compileValues(condition: Condition, hasVariables: boolean): ValueJudge {
  const matchers = condition.values.map((value) => {
    const template = parseTemplate(value, hasVariables && KNOWS_VARIABLES.has(condition.operator.comparison));
    if (isFixed(template)) return matcher(condition.operator, template);
    return (given: string, request: RequestFacts) => matchesFilled(condition.operator, template, given, request);
  });
  const [only] = matchers;
  if (only !== undefined && matchers.length === 1) return only;
  // By index: a function for `some`, or an iterator, would be made for each condition of each decision.
  return (value, request) => {
    for (let index = 0; index < matchers.length; index += 1) if (matchers[index]!(value, request)) return true;
    return false;
  };
}

const KNOWS_VARIABLES: ReadonlySet<Comparison> = new Set<Comparison>([
  'string',
  'string-ignore-case',
  'string-like',
  'arn',
  'bool',
]);

function matchesFilled(operator: OperatorFacts, template: Template, given: string, request: RequestFacts): boolean {
  const filled = fill(template, request);
  return filled !== undefined && matcher(operator, filled)(given);
}

function matcher({ comparison, order }: OperatorFacts, pieces: Parameters<typeof plain>[0]): (given: string) => boolean {
  const wanted = plain(pieces);
  switch (comparison) {
    case 'string':
    case 'null':
      return (given) => given === wanted;
    case 'string-ignore-case':
      return (given) => given.toLowerCase() === wanted.toLowerCase();
    case 'bool':
      return (given) => given.toLowerCase() === wanted.toLowerCase();
    case 'string-like': {
      const glob = compilePieces(pieces);
      return (given) => matchesGlob(glob, given);
    }
    case 'numeric':
      return ordering(parseNumber, order, wanted);
    case 'date':
      return ordering(parseDate, order, wanted);
    case 'binary':
      return (given) => isBase64(wanted) && Buffer.from(given, 'base64').equals(Buffer.from(wanted, 'base64'));
    case 'ip': {
      const range = compileCidr(wanted);
      // A caller keeps its address.
      let last: { readonly given: string; readonly isIn: boolean } | undefined;
      return (given) => {
        if (last?.given === given) return last.isIn;
        const address = parseIp(given);
        last = { given, isIn: range !== undefined && address !== undefined && isInCidr(range, address) };
        return last.isIn;
      };
    }
    case 'arn': {
      const globs = arnGlobs(pieces);
      return (given) => matchesArn(globs, splitArn(given));
    }
    default:
      return comparison satisfies never;
  }
}

function ordering(parse: (text: string) => number | undefined, order: Order, wantedText: string): (given: string) => boolean {
  const wanted = parse(wantedText);
  return (givenText) => {
    const given = parse(givenText);
    if (given === undefined || wanted === undefined) return false;
    switch (order) {
      case '=':
        return given === wanted;
      case '<':
        return given < wanted;
      case '<=':
        return given <= wanted;
      case '>':
        return given > wanted;
      case '>=':
        return given >= wanted;
      default:
        return order satisfies never;
    }
  };
}

function parseNumber(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** ISO 8601, a date alone too, or seconds since the epoch. In milliseconds. */
function parseDate(text: string): number | undefined {
  if (/^-?\d{1,12}(\.\d+)?$/.test(text) && !/^\d{4}$/.test(text)) return Number(text) * 1_000;
  if (!/^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
