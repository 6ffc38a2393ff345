// What operations of IAM look up and insist on, with AWS's sentences.
import type { RequestContext } from '../../../platform/api/operation.ts';
import type { AccountId } from '../../../platform/ids.ts';
import type { ReadTx, Tx } from '../../../platform/store/index.ts';
import { type Tag, tagsOf } from './belongings-store.ts';
import { findBuiltIn, findEntity, findPolicy, readPolicyArn } from './directory.ts';
import { ADMINISTRATOR, builtInAttachments, type Entity } from './entity.ts';
import { countEntities, insertEntity } from './entity-store.ts';
import { ATTACHED_POLICIES_MAX, QUOTAS, TAGS_MAX } from '../limits.ts';
import type { EntityKind } from '../tables.ts';

/** A call in a read or unit that may fail with these codes. */
export interface Failing<Code extends string> {
  readonly tx: ReadTx;
  readonly account: AccountId;
  readonly ctx: Pick<RequestContext<Code>, 'fail' | 'principal'>;
}

const NOUNS: Readonly<Record<EntityKind, string>> = {
  user: 'user',
  group: 'group',
  role: 'role',
  'instance-profile': 'instance profile',
  policy: 'policy',
};

export async function requireEntity(
  { tx, account, ctx }: Failing<'NoSuchEntity'>,
  kind: Exclude<EntityKind, 'policy'>,
  name: string,
): Promise<Entity> {
  const found = await findEntity(tx, account, kind, name);
  if (found !== undefined) return found;
  return ctx.fail(
    'NoSuchEntity',
    kind === 'instance-profile'
      ? `Instance Profile ${name} cannot be found.`
      : `The ${NOUNS[kind]} with name ${name} cannot be found.`,
  );
}

/** The name that is given, or the caller's own. */
export function userNameOf({ ctx }: Pick<Failing<never>, 'ctx'>, given: string | undefined): string {
  if (given !== undefined) return given;
  if (ctx.principal.kind === 'administrator') return ADMINISTRATOR;
  if (ctx.principal.kind === 'user') return ctx.principal.userName;
  return ctx.fail('ValidationException', 'Must specify userName when calling with non-User credentials');
}

/** Users from birth have no rows to change. Operations on users declare no code for it. */
export async function requireOwnUser(call: Failing<'NoSuchEntity'>, name: string): Promise<Entity> {
  const user = await requireEntity(call, 'user', name);
  if (user.isBuiltIn)
    call.ctx.fail(
      'AccessDeniedException',
      `The user ${user.name} is there from birth and cannot be changed. Make a user of your own instead.`,
    );
  return user;
}

/** A role that may be changed as such. Policies and tags may be put on `MusterNode` too; what it is from birth stays. */
export async function requireOwnRole(call: Failing<'NoSuchEntity' | 'UnmodifiableEntity'>, name: string): Promise<Entity> {
  const role = await requireEntity(call, 'role', name);
  if (role.isBuiltIn)
    call.ctx.fail(
      'UnmodifiableEntity',
      `The role ${role.name} is there from birth and cannot be changed. Make a role of your own instead.`,
    );
  requireUnlinked(call, role);
  return role;
}

export function requireUnlinked({ ctx }: Pick<Failing<'UnmodifiableEntity'>, 'ctx'>, { name, service }: Entity): void {
  if (service !== undefined)
    ctx.fail(
      'UnmodifiableEntity',
      `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`,
    );
}

/** AWS's or the account's own. */
export async function requirePolicyByArn({ tx, account, ctx }: Failing<'NoSuchEntity'>, arn: string): Promise<Entity> {
  requireArn(ctx, arn);
  return (await findPolicy(tx, account, arn)) ?? ctx.fail('NoSuchEntity', `Policy ${arn} was not found.`);
}

/** The account's own: those from birth are the same for everybody. */
export async function requireOwnPolicy(call: Failing<'NoSuchEntity'>, arn: string): Promise<Entity> {
  const policy = await requirePolicyByArn(call, arn);
  if (policy.isBuiltIn)
    call.ctx.fail(
      'AccessDeniedException',
      `Policy ${arn} belongs to AWS and cannot be changed. Make a policy of your own instead.`,
    );
  return policy;
}

export async function requireAttachable({ tx, account, ctx }: Failing<'NoSuchEntity'>, arn: string): Promise<Entity> {
  requireArn(ctx, arn);
  const policy = await findPolicy(tx, account, arn);
  return policy ?? ctx.fail('NoSuchEntity', `Policy ${arn} does not exist or is not attachable.`);
}

function requireArn(ctx: Pick<RequestContext, 'fail'>, arn: string): void {
  if (!arn.startsWith('arn:')) ctx.fail('ValidationException', 'Invalid ARN:  Could not be parsed!');
  if (readPolicyArn(arn) === undefined) ctx.fail('ValidationException', `ARN ${arn} is not valid.`);
}

/** Adds a new entity. Built-in names are taken as well. */
export async function addEntity(
  { tx, account, ctx }: Failing<'EntityAlreadyExists' | 'LimitExceeded'> & { readonly tx: Tx },
  entity: Entity,
): Promise<void> {
  const { kind, name } = entity;
  if (findBuiltIn(account, kind, name) !== undefined) refuseTaken(ctx, kind, name);
  if ((await countEntities(tx, account, kind)) >= QUOTAS[kind])
    ctx.fail('LimitExceeded', `Cannot exceed quota for ${QUOTA_NAMES[kind]}: ${QUOTAS[kind]}`);
  if (!(await insertEntity(tx, account, entity))) refuseTaken(ctx, kind, name);
}

const QUOTA_NAMES: Readonly<Record<EntityKind, string>> = {
  user: 'UsersPerAccount',
  group: 'GroupsPerAccount',
  role: 'RolesPerAccount',
  'instance-profile': 'InstanceProfilesPerAccount',
  policy: 'PoliciesPerAccount',
};

export function refuseTaken(ctx: Pick<RequestContext<'EntityAlreadyExists'>, 'fail'>, kind: EntityKind, name: string): never {
  if (kind === 'policy')
    return ctx.fail('EntityAlreadyExists', `A policy called ${name} already exists. Duplicate names are not allowed.`);
  if (kind === 'instance-profile') return ctx.fail('EntityAlreadyExists', `Instance Profile ${name} already exists.`);
  const noun = NOUNS[kind];
  return ctx.fail('EntityAlreadyExists', `${noun[0]?.toUpperCase()}${noun.slice(1)} with name ${name} already exists.`);
}

/** Attachments that an entity may have, those from birth included. */
export function requireRoomForPolicy(
  ctx: Pick<RequestContext<'LimitExceeded'>, 'fail'>,
  entity: Entity,
  attached: readonly string[],
): void {
  if (attached.length + builtInAttachments(entity).length < ATTACHED_POLICIES_MAX) return;
  const noun = entity.kind === 'user' ? 'User' : entity.kind === 'group' ? 'Group' : 'Role';
  ctx.fail('LimitExceeded', `Cannot exceed quota for PoliciesPer${noun}: ${ATTACHED_POLICIES_MAX}`);
}

const RESERVED = /^aws:/i;

/** New tags of what exists: keys that differ by case only are the same key. */
export async function requireTags(
  { tx, account, ctx }: Failing<'InvalidInput' | 'LimitExceeded'>,
  entityId: string,
  tags: readonly Tag[],
): Promise<void> {
  const keys = new Set(tags.map(({ Key }) => Key.toLowerCase()));
  if (keys.size < tags.length)
    ctx.fail('InvalidInput', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  if (tags.some(({ Key }) => RESERVED.test(Key)))
    ctx.fail('InvalidInput', 'Tag keys that begin with aws: belong to AWS. Choose another key.');
  for (const { Key } of await tagsOf(tx, account, entityId)) keys.add(Key.toLowerCase());
  if (keys.size > TAGS_MAX) ctx.fail('LimitExceeded', `Cannot exceed quota for TagsPerResource: ${TAGS_MAX}`);
}
