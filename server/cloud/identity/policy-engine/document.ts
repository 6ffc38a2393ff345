// A policy document: from the text that callers give to statements that can be judged. What cannot be understood whole is refused, so that a
// misspelt Deny is never a silent Allow. Names of elements are case-sensitive, as in IAM.
import { type Condition, ConditionError, parseConditions } from './conditions.ts';

export type PolicyVersion = '2008-10-17' | '2012-10-17';

/** `not`: the element is NotAction, NotResource or NotPrincipal. */
export interface Patterns {
  readonly not: boolean;
  readonly patterns: readonly string[];
}

export type PrincipalKind = 'AWS' | 'Service' | 'Federated' | 'CanonicalUser';

export interface PrincipalPattern {
  readonly kind: PrincipalKind;
  /** An ARN, an account id, a service name, an identity provider; `*` for everybody of the kind. */
  readonly value: string;
}

export interface Statement {
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  /** In policies of resources only. */
  readonly principals: { readonly not: boolean; readonly patterns: readonly PrincipalPattern[] } | undefined;
  readonly actions: Patterns;
  /** Absent in trust policies: they are about the role that they belong to. */
  readonly resources: Patterns | undefined;
  readonly conditions: readonly Condition[];
}

export interface PolicyDocument {
  readonly version: PolicyVersion;
  readonly statements: readonly Statement[];
}

/** identity: of users, groups and roles, boundaries, session policies. resource: names principals. trust: a role's. */
export type PolicyUse = 'identity' | 'resource' | 'trust';

/** MalformedPolicyDocument; the message names what is wrong. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

/** AWS bounds the text of a policy (2,048 to 10,240 characters by kind); parsing itself never sees more than this. */
export const POLICY_CHARACTERS_MAX = 20_480;
const STATEMENTS_MAX = 200;
const LIST_MAX = 500;
const VALUE_CHARACTERS_MAX = 2_048;

const TOP: ReadonlySet<string> = new Set(['Version', 'Id', 'Statement']);
const ELEMENTS: ReadonlySet<string> = new Set(
  'Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition'.split(' '),
);
const PRINCIPAL_KINDS: readonly PrincipalKind[] = ['AWS', 'Service', 'Federated', 'CanonicalUser'];

/** Throws PolicyError. */
export function parsePolicy(text: string, use: PolicyUse): PolicyDocument {
  if (text.length > POLICY_CHARACTERS_MAX) throw new PolicyError(`A policy has at most ${POLICY_CHARACTERS_MAX} characters.`);
  const document = record(parseJson(text), 'Syntax errors in policy.');
  for (const name of Object.keys(document))
    if (!TOP.has(name)) throw new PolicyError(`Syntax error at position: unknown element ${name}.`);
  const version = document['Version'] ?? '2008-10-17';
  if (version !== '2008-10-17' && version !== '2012-10-17')
    throw new PolicyError('Policy document must be version 2012-10-17 or 2008-10-17.');
  if (document['Id'] !== undefined && typeof document['Id'] !== 'string') throw new PolicyError('Id must be a string.');
  const given = document['Statement'];
  if (given === undefined) throw new PolicyError('Missing required field Statement');
  const list = Array.isArray(given) ? given : [given];
  if (list.length === 0 || list.length > STATEMENTS_MAX)
    throw new PolicyError(`A policy has 1 to ${STATEMENTS_MAX} statements, not ${list.length}.`);
  const statements = list.map((statement) => parseStatement(statement, use));
  const sids = statements.flatMap(({ sid }) => (sid === undefined || sid === '' ? [] : [sid]));
  if (new Set(sids).size < sids.length) throw new PolicyError('Statement IDs (SID) in a single policy must be unique.');
  return { version, statements };
}

function parseStatement(value: unknown, use: PolicyUse): Statement {
  const statement = record(value, 'Syntax errors in policy.');
  for (const name of Object.keys(statement))
    if (!ELEMENTS.has(name)) throw new PolicyError(`Has unknown element ${name} in a statement.`);
  const { Sid: sid, Effect: effect } = statement;
  if (sid !== undefined && (typeof sid !== 'string' || !(use === 'identity' ? /^[A-Za-z0-9]*$/ : /^[\w .-]*$/).test(sid)))
    throw new PolicyError(
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    );
  if (effect === undefined) throw new PolicyError('Missing required field Effect');
  if (effect !== 'Allow' && effect !== 'Deny')
    throw new PolicyError(`Effect must be Allow or Deny, not ${JSON.stringify(effect).slice(0, 80)}.`);
  const actions = patternsOf(statement, 'Action', 'NotAction');
  if (actions === undefined) throw new PolicyError('Policy statement must contain actions.');
  for (const action of actions.patterns) checkAction(action);
  return {
    sid,
    effect,
    principals: principalsOf(statement, use),
    actions,
    resources: resourcesOf(statement, use),
    conditions: conditionsOf(statement['Condition']),
  };
}

function resourcesOf(statement: Readonly<Record<string, unknown>>, use: PolicyUse): Patterns | undefined {
  const resources = patternsOf(statement, 'Resource', 'NotResource');
  if (use === 'trust') {
    if (resources !== undefined) throw new PolicyError('Has prohibited field Resource');
    return undefined;
  }
  if (resources === undefined) throw new PolicyError('Policy statement must contain resources.');
  for (const resource of resources.patterns) {
    if (resource !== '*' && !resource.startsWith('arn:') && !resource.startsWith('*'))
      throw new PolicyError(`Resource ${resource.slice(0, 200)} must be in ARN format or "*".`);
  }
  return resources;
}

function checkAction(action: string): void {
  if (action === '*') return;
  const [vendor, name, ...rest] = action.split(':');
  if (name === undefined || vendor === '')
    throw new PolicyError('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
  if (rest.length > 0) throw new PolicyError('Actions/Condition can contain only one colon.');
  if (!/^[A-Za-z0-9-]+$/.test(vendor ?? '')) throw new PolicyError(`Vendor ${vendor?.slice(0, 80)} is not valid`);
  if (!/^[A-Za-z0-9*?]+$/.test(name)) throw new PolicyError(`The action ${action.slice(0, 200)} is not valid.`);
}

function patternsOf(statement: Readonly<Record<string, unknown>>, name: string, not: string): Patterns | undefined {
  if (statement[name] !== undefined && statement[not] !== undefined)
    throw new PolicyError(`A statement holds ${name} or ${not}, not both.`);
  const given = statement[name] ?? statement[not];
  if (given === undefined) return undefined;
  return { not: statement[name] === undefined, patterns: strings(given, name) };
}

function principalsOf(statement: Readonly<Record<string, unknown>>, use: PolicyUse): Statement['principals'] {
  const { Principal: principal, NotPrincipal: notPrincipal } = statement;
  if (principal === undefined && notPrincipal === undefined) {
    if (use === 'identity') return undefined;
    throw new PolicyError('Missing required field Principal');
  }
  if (use === 'identity') throw new PolicyError('Policy document should not specify a principal.');
  if (principal !== undefined && notPrincipal !== undefined)
    throw new PolicyError('A statement holds Principal or NotPrincipal, not both.');
  if (notPrincipal !== undefined && use === 'trust') throw new PolicyError('Has prohibited field NotPrincipal');
  const given = principal ?? notPrincipal;
  const not = principal === undefined;
  if (given === '*') return { not, patterns: [{ kind: 'AWS', value: '*' }] };
  const patterns = Object.entries(record(given, 'Invalid principal in policy.')).flatMap(([name, values]) => {
    const kind = PRINCIPAL_KINDS.find((candidate) => candidate === name);
    if (kind === undefined) throw new PolicyError(`Invalid principal in policy: "${name.slice(0, 80)}"`);
    return strings(values, name).map((value) => ({ kind, value: checkedPrincipal(kind, value) }));
  });
  if (patterns.length === 0) throw new PolicyError('Missing required field Principal cannot be empty!');
  return { not, patterns };
}

function checkedPrincipal(kind: PrincipalKind, value: string): string {
  const isPlain = value === '*' || !/[*?]/.test(value);
  const isGood =
    kind !== 'AWS' ||
    value === '*' ||
    /^\d{12}$/.test(value) ||
    /^arn:[^:]*:(iam|sts)::\d{12}:.+$/.test(value) ||
    /^A[A-Z0-9]{15,127}$/.test(value);
  if (!isPlain || !isGood) throw new PolicyError(`Invalid principal in policy: "${kind}":"${value.slice(0, 200)}"`);
  return value;
}

function conditionsOf(given: unknown): readonly Condition[] {
  if (given === undefined) return [];
  const operators = record(given, 'Condition must be an object.');
  try {
    return Object.entries(operators).flatMap(([operator, keys]) =>
      Object.entries(record(keys, `Condition ${operator.slice(0, 80)} must be an object.`)).map(([key, values]) =>
        parseConditions(operator, key, scalars(values, key)),
      ),
    );
  } catch (error) {
    if (error instanceof ConditionError) throw new PolicyError(error.message);
    throw error;
  }
}

/** Numbers and booleans stand for their text, as in IAM. */
function scalars(given: unknown, name: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length > LIST_MAX) throw new PolicyError(`${name.slice(0, 80)} has more than ${LIST_MAX} values.`);
  return list.map((value) => {
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    return text(value, name);
  });
}

function strings(given: unknown, name: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length === 0) throw new PolicyError(`Missing required field ${name} cannot be empty!`);
  if (list.length > LIST_MAX) throw new PolicyError(`${name} has more than ${LIST_MAX} values.`);
  return list.map((value) => text(value, name));
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new PolicyError(`${name.slice(0, 80)} must hold strings.`);
  if (value.length > VALUE_CHARACTERS_MAX)
    throw new PolicyError(`A value of ${name.slice(0, 80)} has more than ${VALUE_CHARACTERS_MAX} characters.`);
  return value;
}

function record(value: unknown, message: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new PolicyError(message);
  // An object of JSON.parse: its members are what they are.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return value as Readonly<Record<string, unknown>>;
}

function parseJson(text_: string): unknown {
  try {
    return JSON.parse(text_) as unknown;
  } catch {
    throw new PolicyError('This policy contains invalid Json');
  }
}
