// From what a caller names to a version: own parameters, public ones, other accounts' that are shared, and references to secrets, which have no
// home here. Reading one is one look-up by its key.
import { accessDenied } from '../../platform/api/access-denied.ts';
import { ApiError, fail } from '../../platform/api/errors.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import type { Parameters } from '../domain.ts';
import { nameOf, parameterArn, PUBLIC_PREFIX, SECRET_PREFIX } from '../name.ts';
import type { Reference } from '../name.ts';
import { missingVersion } from '../parameter.ts';
import type { Parameter, ParameterVersion } from '../parameter.ts';
import { findResourcePolicy } from '../sharing/sharing-store.ts';
import * as store from '../store.ts';

export interface Found {
  readonly reference: Reference;
  readonly parameter: Parameter;
  readonly version: ParameterVersion;
}

type Caller = Pick<RequestContext, 'account' | 'region' | 'principal' | 'allowed'>;

/** Throws ParameterNotFound without a message, as AWS (real-aws-facts F1), and ParameterVersionNotFound. */
export async function getVersion(
  domain: Parameters,
  tx: ReadTx,
  ctx: Caller,
  action: string,
  reference: Reference,
  withDecryption: boolean,
): Promise<Found> {
  if (reference.key.startsWith(SECRET_PREFIX)) return refuseSecret(reference, withDecryption);
  const { key, asked, selector } = reference;
  const parameter = await getParameter(domain, tx, ctx, action, reference);
  if (selector === undefined) return { reference, parameter, version: parameter };
  const version = await selectVersion(tx, reference, selector, parameter);
  if (version === undefined)
    return fail('ParameterVersionNotFound', missingVersion(asked ?? nameOf(key, parameter.rooted), selector));
  return { reference, parameter, version };
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

export async function getParameter(
  domain: Parameters,
  tx: ReadTx,
  ctx: Caller,
  action: string,
  { owner, key }: Reference,
): Promise<Parameter> {
  if (key.startsWith(PUBLIC_PREFIX)) return domain.publicParameters.find(key) ?? fail('ParameterNotFound', '');
  if (owner.region !== ctx.region) return fail('ParameterNotFound', '');
  if (owner.account !== ctx.account) await requireShared(tx, ctx, action, owner, key);
  return (await store.findParameter(tx, owner, key)) ?? fail('ParameterNotFound', '');
}

/** What is not shared is as good as missing: both get the same sentence. */
async function requireShared(tx: ReadTx, ctx: Caller, action: string, owner: Reference['owner'], key: string): Promise<void> {
  const arn = parameterArn(owner, key);
  const policy = await findResourcePolicy(tx, owner, key);
  const [allowed] =
    policy === undefined
      ? [false]
      : await ctx.allowed(action, [arn], { tx, resourcePolicy: { text: policy.text, mustAllow: true } });
  if (allowed !== true)
    throw accessDenied(ctx.principal, action, arn, `because no resource-based policy allows the ${action} action`);
}

async function selectVersion(
  tx: ReadTx,
  { owner, key }: Reference,
  selector: string,
  parameter: Parameter,
): Promise<ParameterVersion | undefined> {
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
