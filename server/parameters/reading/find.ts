// From what a caller names to a version: own parameters, public ones, other accounts' that are shared, and references to secrets, which have no
// home here. Reading one is one look-up by its key.
import type { NowOrLater } from '../../platform/access/authenticator.ts';
import { accessDenied } from '../../platform/api/access-denied.ts';
import { ApiError, fail } from '../../platform/api/errors.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { Scope } from '../../platform/ids.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import type { Parameters } from '../domain.ts';
import { nameOf, parameterArn, PUBLIC_PREFIX, SECRET_PREFIX } from '../name.ts';
import type { Reference } from '../name.ts';
import { missingVersion } from '../parameter.ts';
import type { Parameter, ParameterVersion, ShownParameter } from '../parameter.ts';
import { findResourcePolicy } from '../sharing/sharing-store.ts';
import * as store from '../store.ts';

/** `Newest`: as much of the newest version as was asked for. */
export interface Found<Newest extends ShownParameter = ShownParameter> {
  readonly reference: Reference;
  readonly parameter: Newest;
  readonly version: Newest | ParameterVersion;
}

type Caller = Pick<RequestContext, 'account' | 'region' | 'principal' | 'allowed'>;

/** What is shown of a version. Throws ParameterNotFound without a message, as AWS (real-aws-facts F1), and ParameterVersionNotFound. */
export async function getVersion(
  domain: Parameters,
  tx: ReadTx,
  ctx: Caller,
  action: string,
  reference: Reference,
  withDecryption: boolean,
): Promise<Found> {
  if (reference.key.startsWith(SECRET_PREFIX)) return refuseSecret(reference, withDecryption);
  const parameter = (await findReadable(domain, tx, ctx, action, reference, store.findShown)) ?? fail('ParameterNotFound', '');
  if (reference.selector === undefined) return { reference, parameter, version: parameter };
  return getSelected(tx, reference, parameter, reference.selector);
}

/** The same for lists, where what cannot be found is told apart. */
export async function findVersion(
  domain: Parameters,
  tx: ReadTx,
  ctx: Caller,
  action: string,
  reference: Reference,
): Promise<Found | undefined> {
  try {
    return await getVersion(domain, tx, ctx, action, reference, true);
  } catch (error) {
    if (error instanceof ApiError && /^Parameter(?:Version)?NotFound$/.test(error.code)) return undefined;
    throw error;
  }
}

/** All of it. Throws as `getVersion`. */
export async function getParameter(
  domain: Parameters,
  tx: ReadTx,
  ctx: Caller,
  action: string,
  reference: Reference,
): Promise<Parameter> {
  return (await findReadable(domain, tx, ctx, action, reference, store.findParameter)) ?? fail('ParameterNotFound', '');
}

type FindNewest<Newest> = (tx: ReadTx, owner: Scope, key: string) => Promise<Newest | undefined>;

/** A public one at once, the caller's own by its key alone, another account's if it is shared. */
function findReadable<Newest>(
  { publicParameters }: Parameters,
  tx: ReadTx,
  ctx: Caller,
  action: string,
  { owner, key }: Reference,
  findNewest: FindNewest<Newest>,
): NowOrLater<Newest | Parameter | undefined> {
  if (key.startsWith(PUBLIC_PREFIX)) return publicParameters.find(key);
  if (owner.region !== ctx.region) return undefined;
  if (owner.account === ctx.account) return findNewest(tx, owner, key);
  return findShared(tx, ctx, action, owner, key, findNewest);
}

/** What is not shared is as good as missing: both get the same sentence. */
async function findShared<Newest>(
  tx: ReadTx,
  ctx: Caller,
  action: string,
  owner: Scope,
  key: string,
  findNewest: FindNewest<Newest>,
): Promise<Newest | undefined> {
  const arn = parameterArn(owner, key);
  const policy = await findResourcePolicy(tx, owner, key);
  const [allowed] =
    policy === undefined
      ? [false]
      : await ctx.allowed(action, [arn], { tx, resourcePolicy: { text: policy.text, mustAllow: true } });
  if (allowed !== true)
    throw accessDenied(ctx.principal, action, arn, `because no resource-based policy allows the ${action} action`);
  return findNewest(tx, owner, key);
}

/** The version of `parameter` that `selector` names. */
export async function getSelected<Newest extends ShownParameter>(
  tx: ReadTx,
  reference: Reference,
  parameter: Newest,
  selector: string,
): Promise<Found<Newest>> {
  const version = await findSelected(tx, reference, parameter, selector);
  if (version !== undefined) return { reference, parameter, version };
  const name = reference.asked ?? nameOf(parameter.key, parameter.rooted);
  return fail('ParameterVersionNotFound', missingVersion(name, selector));
}

async function findSelected<Newest extends ShownParameter>(
  tx: ReadTx,
  { owner, key }: Reference,
  parameter: Newest,
  selector: string,
): Promise<Newest | ParameterVersion | undefined> {
  const isNumber = /^[0-9]+$/.test(selector);
  const number = isNumber ? Number(selector) : await store.findLabel(tx, owner, key, selector);
  // A number beyond all versions may be beyond what a database compares, too. A label may be on a version that was put since `parameter` was read.
  if (number === undefined || (isNumber && number > parameter.version)) return undefined;
  return number === parameter.version ? parameter : store.findNumbered(tx, owner, key, number);
}

function refuseSecret({ key }: Reference, withDecryption: boolean): never {
  if (!withDecryption)
    return fail('ValidationException', 'WithDecryption flag must be True for retrieving a Secret Manager secret.');
  return fail(
    'ParameterNotFound',
    `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret /${key} not found. This server has no Secrets Manager: keep the secret as a SecureString.`,
  );
}
