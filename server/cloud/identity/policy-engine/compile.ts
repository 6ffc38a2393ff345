// A policy made ready for judging: patterns parsed once, so that a decision over a hundred statements takes microseconds.
import { type ArnGlobs, arnGlobs, matchesArn } from './arn.ts';
import { compileCondition, type Judge } from './conditions.ts';
import type { PolicyDocument, PrincipalPattern, Statement } from './document.ts';
import { compileGlob, type Glob, matchesGlob } from './glob.ts';
import type { CallerFacts, RequestFacts } from './request.ts';
import { fill, isFixed, parseTemplate, type Template, valueOf, type Variable, variablesOf } from './variables.ts';

export interface CompiledPolicy {
  /** What explanations call it: an ARN, or the name of an inline policy. */
  readonly id: string;
  readonly statements: readonly CompiledStatement[];
  /** Those about an action, in their order: callers ask about few actions again and again. */
  readonly about: (lowerCaseAction: string) => readonly CompiledStatement[];
  /** Condition keys and variables in it, in lower case: what must be known to judge it. */
  readonly asksFor: ReadonlySet<string>;
}

export interface CompiledStatement {
  /** The id of its policy. */
  readonly policy: string;
  /** The Sid, or its place in the policy. */
  readonly name: string;
  /** From 1. */
  readonly place: number;
  readonly effect: 'Allow' | 'Deny';
  readonly isAboutAction: (lowerCaseAction: string) => boolean;
  readonly isAboutResource: Judge;
  readonly conditions: readonly { readonly written: string; readonly holds: Judge }[];
  /** Condition keys and variables in it, in lower case. */
  readonly asksFor: readonly string[];
  /** Its effect, resources and conditions: two that are about an action and have the same meaning hold for the same requests. */
  readonly meaning: string;
  /** How the statement names the caller; undefined in policies of identities. */
  readonly naming: ((caller: CallerFacts) => Naming | undefined) | undefined;
}

/**
 * In which way a policy of a resource names the caller. It decides what limits the grant: `user` and `session` nothing but a Deny, `role` and
 * `everyone` the boundary and the session policy, `account` needs the identity's own policies as well.
 */
export type Naming = 'user' | 'session' | 'role' | 'service' | 'federated' | 'everyone' | 'account';

export function compilePolicy(id: string, document: PolicyDocument): CompiledPolicy {
  const hasVariables = document.version === '2012-10-17';
  const statements = document.statements.map((statement, index) => compileStatement(id, statement, index, hasVariables));
  return {
    id,
    statements,
    about: remembering((action) => statements.filter(({ isAboutAction }) => isAboutAction(action))),
    asksFor: new Set(document.statements.flatMap((statement) => keysIn(statement, hasVariables))),
  };
}

const aboutByList = new WeakMap<readonly CompiledPolicy[], (lowerCaseAction: string) => readonly CompiledStatement[]>();

/**
 * Of all policies of an identity, in their order; one that says the same as one before it (a guard rail that stands in every policy) is left out: it
 * can neither deny nor allow what that one does not. Found once for each list and action: callers come with the same list again.
 */
export function statementsAbout(policies: readonly CompiledPolicy[], lowerCaseAction: string): readonly CompiledStatement[] {
  const known = aboutByList.get(policies);
  if (known !== undefined) return known(lowerCaseAction);
  const fresh = remembering((action: string) => {
    const byMeaning = new Map<string, CompiledStatement>();
    for (const { about } of policies)
      for (const statement of about(action)) if (!byMeaning.has(statement.meaning)) byMeaning.set(statement.meaning, statement);
    return [...byMeaning.values()];
  });
  aboutByList.set(policies, fresh);
  return fresh(lowerCaseAction);
}

/** Actions that one policy keeps its answer for; a caller who asks for more of them begins anew. */
const REMEMBERED_MAX = 64;

export function remembering<Answer>(answer: (key: string) => Answer, max = REMEMBERED_MAX): (key: string) => Answer {
  const known = new Map<string, Answer>();
  return (key) => {
    const old = known.get(key);
    if (old !== undefined) return old;
    if (known.size >= max) known.clear();
    const fresh = answer(key);
    known.set(key, fresh);
    return fresh;
  };
}

function keysIn({ conditions, resources }: Statement, hasVariables: boolean): readonly string[] {
  const texts = [...(resources?.patterns ?? []), ...conditions.flatMap(({ values }) => values)];
  const variables = texts
    .flatMap((text) => parseTemplate(text, hasVariables))
    .flatMap((one) => ('variable' in one ? [one.variable] : []));
  return [...conditions.map(({ key }) => key), ...variables];
}

function compileStatement(policy: string, statement: Statement, index: number, hasVariables: boolean): CompiledStatement {
  const { effect, resources } = statement;
  const conditions = statement.conditions.map(({ written, values }) => [written, values]);
  return {
    policy,
    name: statement.sid === undefined || statement.sid === '' ? String(index + 1) : statement.sid,
    place: index + 1,
    effect,
    isAboutAction: compileActions(statement.actions.patterns, statement.actions.not),
    isAboutResource: compileResources(statement, hasVariables),
    conditions: statement.conditions.map((condition) => ({
      written: condition.written,
      holds: compileCondition(condition, hasVariables),
    })),
    asksFor: keysIn(statement, hasVariables),
    meaning: JSON.stringify([effect, resources, conditions, hasVariables]),
    naming: compilePrincipals(statement.principals),
  };
}

function compileActions(patterns: readonly string[], not: boolean): (action: string) => boolean {
  const lower = patterns.map((pattern) => pattern.toLowerCase());
  const exact = new Set(lower.filter((pattern) => !/[*?]/.test(pattern)));
  const globs: readonly Glob[] = lower.filter((pattern) => /[*?]/.test(pattern)).map((pattern) => compileGlob(pattern));
  return (action) => (exact.has(action) || globs.some((glob) => matchesGlob(glob, action))) !== not;
}

function compileResources({ resources }: Statement, hasVariables: boolean): Judge {
  if (resources === undefined) return () => true;
  const matchers = resources.patterns.map((pattern): ((request: RequestFacts) => boolean) => {
    const template = parseTemplate(pattern, hasVariables);
    if (isFixed(template)) {
      const globs: ArnGlobs = arnGlobs(template);
      return ({ resource }) => matchesArn(globs, resource.parts);
    }
    // What stands before the first variable rules most resources out; and callers ask again and again with the same values.
    const beginning = arnGlobs([{ pattern: `${leadOf(template)}*` }]);
    const variables = variablesOf(template);
    let last: { readonly values: readonly (string | undefined)[]; readonly globs: ArnGlobs } | undefined;
    return (request) => {
      if (!matchesArn(beginning, request.resource.parts)) return false;
      if (last === undefined || !areValues(variables, last.values, request)) {
        const filled = fill(template, request);
        if (filled === undefined) return false;
        last = { values: variables.map((one) => valueOf(one, request)), globs: arnGlobs(filled) };
      }
      return matchesArn(last.globs, request.resource.parts);
    };
  });
  return anyOf(matchers, resources.not);
}

/** Most statements name one resource: no list to walk then. */
function anyOf(matchers: readonly Judge[], not: boolean): Judge {
  const [only] = matchers;
  if (only !== undefined && matchers.length === 1 && !not) return only;
  return (request) => {
    for (let index = 0; index < matchers.length; index += 1) if (matchers[index]!(request)) return !not;
    return not;
  };
}

function areValues(variables: readonly Variable[], values: readonly (string | undefined)[], request: RequestFacts): boolean {
  for (let index = 0; index < variables.length; index += 1)
    if (valueOf(variables[index]!, request) !== values[index]) return false;
  return true;
}

/** The text before the first piece that is not a plain pattern. */
function leadOf([first]: Template): string {
  return first !== undefined && 'pattern' in first ? first.pattern : '';
}

function compilePrincipals(principals: Statement['principals']): CompiledStatement['naming'] {
  if (principals === undefined) return undefined;
  const { not } = principals;
  const namings = principals.patterns.map(compilePrincipal);
  return (caller) => {
    let strongest: Naming | undefined;
    for (let index = 0; index < namings.length; index += 1) {
      const naming = namings[index]!(caller);
      if (isStronger(naming, strongest)) strongest = naming;
    }
    if (not) return strongest === undefined ? 'everyone' : undefined;
    return strongest;
  };
}

/** The way that grants the most decides. */
const RANKS: Readonly<Record<Naming, number>> = {
  user: 0,
  session: 1,
  service: 2,
  federated: 3,
  role: 4,
  everyone: 5,
  account: 6,
};

/** Whether an Allow that names the caller in this way decides rather than the one before it. */
export function isStronger(naming: Naming | undefined, before: Naming | undefined): boolean {
  return naming !== undefined && (before === undefined || RANKS[naming] < RANKS[before]);
}

function compilePrincipal({ kind, value }: PrincipalPattern): (caller: CallerFacts) => Naming | undefined {
  switch (kind) {
    case 'Service':
      return ({ service }) => (service !== undefined && (value === '*' || service === value) ? 'service' : undefined);
    case 'Federated':
      return ({ federated }) => (federated !== undefined && (value === '*' || federated === value) ? 'federated' : undefined);
    case 'CanonicalUser':
      return () => undefined;
    case 'AWS':
      return value === '*' ? () => 'everyone' : compileArn(value);
    default:
      return kind satisfies never;
  }
}

function compileArn(value: string): (caller: CallerFacts) => Naming | undefined {
  const named = /^arn:aws:iam::(.*):root$/s.exec(value)?.[1] ?? value;
  return ({ account, arn, roleArn }) => {
    // Services and identity providers are named as such only.
    if (arn === '') return undefined;
    if (named === account) return 'account';
    if (value === roleArn) return 'role';
    if (value !== arn) return undefined;
    return roleArn === undefined ? 'user' : 'session';
  };
}
