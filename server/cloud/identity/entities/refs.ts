// What an operation of IAM is about: entities by name, or whole ARNs. A name does not tell the path that stands in the ARN, so a call is
// authorized first for the name alone, and where the entity has a path, for its full ARN as well. Both must be allowed.
import type { RequestContext } from '../../../platform/api/operation.ts';
import type { AccountId } from '../../../platform/ids.ts';
import type { Database } from '../../../platform/store/index.ts';
import { findEntity } from './directory.ts';
import { entityArn } from './entity.ts';
import type { EntityKind } from '../tables.ts';

export interface NamedRef {
  readonly kind: EntityKind;
  readonly name: string;
  /** Of what is about to be made. */
  readonly path?: string | undefined;
}

/** `*`: the action has no resource type, or the input does not say. */
export type Ref = NamedRef | { readonly arn: string } | '*';

const ARN = /^arn:aws:iam::(?:\d{12}|aws):[a-z-]+\/.+$/;

/** Undefined names stand for the caller, whom a pure function does not know. */
export function named(kind: EntityKind, name: string | undefined): Ref {
  return name === undefined ? '*' : { kind, name };
}

/** What is about to be made, or to be moved to: its path stands in the input. */
export function made(kind: EntityKind, name: string, path: string | undefined): Ref {
  return { kind, name, path: /^\/(.*\/)?$/.test(path ?? '') ? path : '/' };
}

/** All of a kind below a path. */
export function listed(kind: EntityKind, pathPrefix: string | undefined): Ref {
  return { kind, name: '', path: `/${pathPrefix?.replace(/^\//, '') ?? ''}` };
}

export function refArn(account: AccountId, ref: Ref): string {
  if (ref === '*') return '*';
  // What is no ARN is refused by the handler; until then it is nothing that a policy could name.
  if ('arn' in ref) return ARN.test(ref.arn) ? ref.arn : '*';
  return entityArn(account, { kind: ref.kind, path: ref.path ?? '/', name: ref.name });
}

/** The ARNs with their paths; throws AccessDenied for those that the caller's policies forbid. */
export async function authorizePaths(
  database: Database,
  ctx: RequestContext,
  action: string,
  refs: readonly Ref[],
): Promise<readonly string[]> {
  const full = await database.read(async (tx) => {
    const arns: string[] = [];
    for (const ref of refs) {
      const entity =
        ref === '*' || 'arn' in ref || ref.path !== undefined ? undefined : await findEntity(tx, ctx.account, ref.kind, ref.name);
      arns.push(entity === undefined ? refArn(ctx.account, ref) : entityArn(ctx.account, entity));
    }
    return arns;
  });
  const further = full.filter((arn, at) => arn !== refArn(ctx.account, refs[at]!));
  if (further.length > 0) await ctx.authorize(action, further);
  return full.filter((arn) => arn !== '*');
}
