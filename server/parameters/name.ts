// Names of parameters. The key is a name without its leading slash, as in the ARN: `x` and `/x` are one parameter. A reference is a name or an
// ARN, with `:version` or `:label` behind it where one is selected. Pure.
import { fail } from '../platform/api/errors.ts';
import type { AccountId, Region, Scope } from '../platform/ids.ts';

/** What AWS says of every name that breaks the rules of its letters (real-aws-facts F2). */
export const NAME_RULES =
  'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';
const ROOT_RULES = 'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).';
/** real-aws-facts F6, with the backslashes that AWS prints. */
export const PATH_RULES =
  'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with \\"aws\\" or \\"ssm\\" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.';

/** As AWS documents them. */
export const LEVELS_MAX = 15;
/** With the ARN before it. */
export const NAME_WITH_ARN_CHARACTERS_MAX = 1011;

export const PUBLIC_PREFIX = 'aws/service/';
export const SECRET_PREFIX = 'aws/reference/secretsmanager/';

const SEGMENTS = /^[a-zA-Z0-9_.-]+(?:\/[a-zA-Z0-9_.-]+)*$/;
const ARN = /^arn:aws:ssm:([a-z0-9-]*):([0-9]{12})?:parameter\/([^:]+)(?::([^:]*))?$/;

export interface Reference {
  /** Whose it is; the caller's own unless an ARN says otherwise. */
  readonly owner: Scope;
  readonly key: string;
  /** What was asked for without the selector; undefined for an ARN, which is answered with the name. */
  readonly asked: string | undefined;
  /** A version's number or a label, without the colon. */
  readonly selector: string | undefined;
}

/** The name as people write it. */
export function nameOf(key: string, rooted: boolean): string {
  return rooted || key.includes('/') ? `/${key}` : key;
}

export function parameterArn({ account, region }: Scope, key: string): string {
  return `arn:aws:ssm:${region}:${key.startsWith(PUBLIC_PREFIX) ? '' : account}:parameter/${key}`;
}

export function parentOf(key: string): string {
  return key.slice(0, Math.max(0, key.lastIndexOf('/')));
}

/** Undefined: it breaks the rules of letters. */
function keyOf(name: string): string | undefined {
  const key = name.startsWith('/') ? name.slice(1) : name;
  return SEGMENTS.test(key) && (name.startsWith('/') || !key.includes('/')) ? key : undefined;
}

/** Undefined: no name at all. */
export function findReference(scope: Scope, text: string): Reference | undefined {
  const given = text.trim();
  if (given.startsWith('arn:')) {
    const [, region = '', account, path = '', selector] = ARN.exec(given) ?? [];
    if (!SEGMENTS.test(path) || selector === '' || region === '') return undefined;
    // Public parameters belong to no account.
    const owner = { account: (account ?? scope.account) as AccountId, region: region as Region };
    return { owner, key: path, asked: undefined, selector };
  }
  const colon = given.indexOf(':');
  const asked = colon === -1 ? given : given.slice(0, colon);
  const selector = colon === -1 ? undefined : given.slice(colon + 1);
  const key = keyOf(asked);
  return key === undefined || (selector !== undefined && !/^[a-zA-Z0-9_.-]+$/.test(selector))
    ? undefined
    : { owner: scope, key, asked, selector };
}

export function readReference(scope: Scope, text: string): Reference {
  return findReference(scope, text) ?? fail('ValidationException', NAME_RULES);
}

/** For operations that take a name without a selector. */
export function readPlainReference(scope: Scope, text: string): Reference {
  const reference = readReference(scope, text);
  return reference.selector === undefined ? reference : fail('ValidationException', NAME_RULES);
}

/** What a call is about, for its authorization; a name that names nothing is about everything of the caller's (real-aws-facts W11). */
export function resourceOf(scope: Scope, text: string): string {
  const reference = findReference(scope, text);
  return reference === undefined
    ? `arn:aws:ssm:${scope.region}:${scope.account}:*`
    : parameterArn(reference.owner, reference.key);
}

export interface NewName {
  readonly key: string;
  readonly rooted: boolean;
}

/** The name of a parameter that is about to be written. Throws AWS's sentence for the rule that it breaks. */
export function readNewName(scope: Scope, text: string): NewName {
  const name = text.trim();
  if (isReserved(name)) return refuseReserved(name);
  const key = keyOf(name);
  if (key === undefined) {
    return SEGMENTS.test(name)
      ? fail('ValidationException', 'Parameter name must be a fully qualified name.')
      : fail('ValidationException', NAME_RULES);
  }
  if (key.split('/').length > LEVELS_MAX)
    return fail(
      'HierarchyLevelLimitExceededException',
      `A hierarchy can have a maximum of ${LEVELS_MAX} levels. For more information, see Requirements and constraints for parameter names in the AWS Systems Manager User Guide.`,
    );
  const characters = parameterArn(scope, key).length;
  if (characters > NAME_WITH_ARN_CHARACTERS_MAX)
    return fail(
      'ValidationException',
      `Parameter name: can't be longer than ${NAME_WITH_ARN_CHARACTERS_MAX} characters together with the ARN before it; this one has ${characters}.`,
    );
  return { key, rooted: name.startsWith('/') };
}

function isReserved(name: string): boolean {
  return /^\/?(?:aws|ssm)/i.test(name);
}

function refuseReserved(name: string): never {
  const isPath = name.lastIndexOf('/') > 0;
  if (isPath && /^\/aws/i.test(name)) return fail('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  return fail('ValidationException', isPath ? NAME_RULES : ROOT_RULES);
}

/** The key of a path: empty for the root. `/a/` is `/a`. */
export function readPath(text: string): string {
  const path = text.trim();
  if (path === '/') return '';
  const key = keyOf(path.startsWith('/') && path.endsWith('/') ? path.slice(0, -1) : path);
  if (!path.startsWith('/') || key === undefined || (isReserved(path) && !`${key}/`.startsWith(PUBLIC_PREFIX)))
    return fail('ValidationException', PATH_RULES);
  return key;
}

/** A path as its ARN is spelled, whatever it is: pure, for authorization. `/a/` is `/a`: a policy need not name both. */
export function pathArn(scope: Scope, text: string): string {
  return parameterArn(scope, text.trim().replace(/^\//, '').replace(/\/$/, ''));
}
