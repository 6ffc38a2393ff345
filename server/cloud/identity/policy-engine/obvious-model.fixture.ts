// The same question as evaluate.ts asks, answered slowly and obviously: straight from the JSON, with regular expressions, layer by layer, in the
// words of AWS's documentation. Shares no code with what it checks. For tests.

export interface ObviousStatement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Principal?: '*' | Record<string, string | string[]>;
  NotPrincipal?: Record<string, string | string[]>;
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}
export interface ObviousPolicy {
  Version?: string;
  Statement: ObviousStatement | ObviousStatement[];
}
export interface ObviousPolicies {
  identity: ObviousPolicy[];
  boundary?: ObviousPolicy;
  session?: ObviousPolicy[];
  resource?: ObviousPolicy;
}
export interface ObviousRequest {
  account: string;
  arn: string;
  roleArn?: string;
  service?: string;
  action: string;
  resource: string;
  resourceAccount: string;
  keys: Record<string, string[]>;
}

export type Answer = 'allowed' | 'explicitDeny' | 'implicitDeny';

export function obviousAnswer(policies: ObviousPolicies, request: ObviousRequest): Answer {
  const all = [...policies.identity, ...(policies.session ?? [])];
  if (policies.boundary) all.push(policies.boundary);
  if (policies.resource) all.push(policies.resource);
  for (const policy of all) if (matching(policy, 'Deny', request).length > 0) return 'explicitDeny';

  const identityAllows = policies.identity.some((policy) => matching(policy, 'Allow', request).length > 0);
  const boundaryAllows = !policies.boundary || matching(policies.boundary, 'Allow', request).length > 0;
  const sessionAllows = !policies.session || policies.session.some((policy) => matching(policy, 'Allow', request).length > 0);
  const grants = policies.resource ? matching(policies.resource, 'Allow', request) : [];
  const named = (test: (statement: ObviousStatement) => boolean): boolean => grants.some(test);

  // A service acts for nobody's account: the policy of the resource alone decides, as for its account's own callers.
  if (named((statement) => namesService(statement, request))) return 'allowed';
  if (request.account !== request.resourceAccount) {
    const inOwnAccount = identityAllows && boundaryAllows && sessionAllows;
    return grants.length > 0 && inOwnAccount ? 'allowed' : 'implicitDeny';
  }
  if (named((statement) => principals(statement).includes(request.arn))) return 'allowed';
  if (named((statement) => namesRoleOrEveryone(statement, request)) && boundaryAllows && sessionAllows) return 'allowed';
  return identityAllows && boundaryAllows && sessionAllows ? 'allowed' : 'implicitDeny';
}

function list(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function principals(statement: ObviousStatement): string[] {
  return statement.Principal === undefined || statement.Principal === '*' ? [] : list(statement.Principal['AWS']);
}

function namesService(statement: ObviousStatement, request: ObviousRequest): boolean {
  if (request.service === undefined || statement.Principal === undefined || statement.Principal === '*') return false;
  return list(statement.Principal['Service']).some((name) => name === '*' || name === request.service);
}

function namesRoleOrEveryone(statement: ObviousStatement, request: ObviousRequest): boolean {
  if (statement.NotPrincipal !== undefined || statement.Principal === '*') return true;
  return principals(statement).some((name) => name === '*' || name === request.roleArn);
}

function isNamed(given: '*' | Record<string, string | string[]>, request: ObviousRequest): boolean {
  if (given === '*') return true;
  const names = list(given['AWS']);
  if (names.includes('*')) return true;
  const mine = [request.arn, request.roleArn, request.account, `arn:aws:iam::${request.account}:root`];
  if (request.arn !== '' && names.some((name) => mine.includes(name))) return true;
  return request.service !== undefined && list(given['Service']).some((name) => name === '*' || name === request.service);
}

/** The statements of this effect that are about the request. */
function matching(policy: ObviousPolicy, effect: string, request: ObviousRequest): ObviousStatement[] {
  const statements = Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement];
  const variables = policy.Version === '2012-10-17';
  return statements.filter((statement) => {
    if (statement.Effect !== effect) return false;
    if (statement.Principal !== undefined && !isNamed(statement.Principal, request)) return false;
    if (statement.NotPrincipal !== undefined && isNamed(statement.NotPrincipal, request)) return false;
    const action = (pattern: string): boolean => glob(pattern.toLowerCase(), [], request.action.toLowerCase());
    if (statement.Action !== undefined && !list(statement.Action).some(action)) return false;
    if (statement.NotAction !== undefined && list(statement.NotAction).some(action)) return false;
    const resource = (pattern: string): boolean => arn(pattern, request.resource, variables, request);
    if (statement.Resource !== undefined && !list(statement.Resource).some(resource)) return false;
    if (statement.NotResource !== undefined && list(statement.NotResource).some(resource)) return false;
    return Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => condition(operator, key, list(values), variables, request)),
    );
  });
}

function glob(pattern: string, literals: string[], text: string): boolean {
  let source = '';
  for (const character of pattern) {
    if (character === '*') source += '[\\s\\S]*';
    else if (character === '?') source += '[\\s\\S]';
    else if (character === MARK) source += escape(literals.shift() ?? '');
    else source += escape(character);
  }
  return new RegExp(`^${source}$`).test(text);
}

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

/** Stands for a text that is taken literally. */
const MARK = '\uE000';

/** The pattern with a mark for each variable, and what the marks stand for; undefined when one has no value. */
function substituted(
  pattern: string,
  variables: boolean,
  request: ObviousRequest,
): { text: string; literals: string[] } | undefined {
  if (!variables) return { text: pattern, literals: [] };
  const literals: string[] = [];
  let unknown = false;
  const text = pattern.replaceAll(/\$\{\s*([^${}]+?|[*?$])\s*\}/g, (_whole, inside: string) => {
    if ('*?$'.includes(inside)) literals.push(inside);
    else {
      const [, name, otherwise] = /^([^,']+?)\s*,\s*'([^']*)'$/.exec(inside) ?? [undefined, inside, undefined];
      const values = request.keys[(name ?? '').trim().toLowerCase()];
      const value = values?.length === 1 ? values[0] : otherwise;
      if (value === undefined) unknown = true;
      literals.push(value ?? '');
    }
    return MARK;
  });
  return unknown ? undefined : { text, literals };
}

function arn(pattern: string, text: string, variables: boolean, request: ObviousRequest): boolean {
  if (pattern === '*') return true;
  if (!/^arn(:[^:]*){4}:/.test(text)) return false;
  const filled = substituted(pattern, variables, request);
  if (filled === undefined) return false;
  const given = text.split(':');
  // A value of a variable may hold colons: they count as any other.
  const literals = [...filled.literals];
  const wanted = filled.text
    .replaceAll(MARK, () =>
      Array.from(literals.shift() ?? '')
        .map((c) => (c === ':' ? ':' : String.fromCodePoint(0xf0000 + (c.codePointAt(0) ?? 0))))
        .join(''),
    )
    .split(':');
  const parts = [...wanted.slice(0, 5), ...(wanted.length > 5 ? [wanted.slice(5).join(':')] : [])];
  while (parts.length < 6) parts.push('*');
  const texts = [...given.slice(0, 5), given.slice(5).join(':')];
  return parts.every((part, index) => {
    const shifted: string[] = [];
    const marked = Array.from(part)
      .map((c) =>
        (c.codePointAt(0) ?? 0) >= 0xf0000 ? (shifted.push(String.fromCodePoint((c.codePointAt(0) ?? 0) - 0xf0000)), MARK) : c,
      )
      .join('');
    return glob(marked, shifted, texts[index] ?? '');
  });
}

function condition(written: string, key: string, values: string[], variables: boolean, request: ObviousRequest): boolean {
  const given = request.keys[key.toLowerCase()] ?? [];
  if (written === 'Null') return values.some((value) => (value === 'true') === (given.length === 0));
  const [, quantifier, operator = '', ifExists] = /^(ForAllValues:|ForAnyValue:)?(.*?)(IfExists)?$/.exec(written) ?? [];
  const isNot = operator.includes('Not');
  const positive = operator.replace('Not', '');
  const one = (value: string): boolean => values.some((wanted) => compare(positive, wanted, value, variables, request));
  if (given.length === 0) return ifExists !== undefined || quantifier === 'ForAllValues:' || (isNot && quantifier === undefined);
  if (quantifier === 'ForAllValues:') return given.every((value) => (isNot ? !one(value) : one(value)));
  if (quantifier === 'ForAnyValue:') return given.some((value) => (isNot ? !one(value) : one(value)));
  return isNot ? !given.some(one) : given.some(one);
}

function compare(operator: string, wanted: string, given: string, variables: boolean, request: ObviousRequest): boolean {
  const filled = substituted(wanted, variables && /^(String|Arn|Bool)/.test(operator), request);
  if (filled === undefined) return false;
  const literals = [...filled.literals];
  const text = filled.text.replaceAll(MARK, () => literals.shift() ?? '');
  if (operator === 'StringEquals') return given === text;
  if (operator === 'StringEqualsIgnoreCase' || operator === 'Bool') return given.toLowerCase() === text.toLowerCase();
  if (operator === 'StringLike') return glob(filled.text, [...filled.literals], given);
  if (operator.startsWith('Arn')) return arn(wanted, given, variables, request);
  if (operator === 'IpAddress') return inRange(text, given);
  const parse = operator.startsWith('Date') ? (value: string) => Date.parse(value) : Number;
  const [a, b] = [parse(given), parse(text)];
  if (operator.endsWith('LessThanEquals')) return a <= b;
  if (operator.endsWith('GreaterThanEquals')) return a >= b;
  if (operator.endsWith('LessThan')) return a < b;
  if (operator.endsWith('GreaterThan')) return a > b;
  return a === b;
}

/** IPv4 only: what the generated cases hold. */
function inRange(range: string, address: string): boolean {
  const [network = '', bits = '32'] = range.split('/');
  const number = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(network) / size) === Math.floor(number(address) / size);
}
