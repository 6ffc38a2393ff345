// Users, groups, roles, instance profiles and policies: what they have in common, and how their ARNs are spelled. Pure.
import { administratorPrincipal, uniqueId } from '../../../platform/access/principals.ts';
import type { AccountId, Ids, Region } from '../../../platform/ids.ts';
import { NODE_ROLE } from './roles.ts';
import type { EntityKind, EntityRow } from '../tables.ts';

/** Members without a null in the row, under the names of the program. What a kind has not is undefined. */
export interface Entity {
  readonly kind: EntityKind;
  readonly name: string;
  readonly id: string;
  readonly path: string;
  readonly createdAt: Date;
  readonly boundaryArn?: string | undefined;
  readonly description?: string | undefined;
  readonly trustPolicy?: string | undefined;
  readonly maxSessionSeconds?: number | undefined;
  readonly service?: string | undefined;
  readonly roleId?: string | undefined;
  readonly defaultVersion?: number | undefined;
  readonly lastVersion?: number | undefined;
  readonly updatedAt?: Date | undefined;
  /** There from birth: `MusterNode`, `administrator`. No row; nobody changes it. */
  readonly isBuiltIn: boolean;
}

export function entityArn(account: string, { kind, path, name }: Pick<Entity, 'kind' | 'path' | 'name'>): string {
  return `arn:aws:iam::${account}:${kind}${path}${name}`;
}

/** Names differ by more than case. */
export const nameKey = (name: string): string => name.toLowerCase();

const ID_PREFIXES: Readonly<Record<EntityKind, string>> = {
  user: 'AIDA',
  group: 'AGPA',
  role: 'AROA',
  'instance-profile': 'AIPA',
  policy: 'ANPA',
};
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function newEntityId(kind: EntityKind, ids: Pick<Ids, 'bytes'>): string {
  return ID_PREFIXES[kind] + Array.from(ids.bytes(17), (byte) => ALPHABET[byte % 32]).join('');
}

/** Everything global has this region. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where such a region is made
export const GLOBAL = '-' as Region;

export const ADMINISTRATOR = 'administrator';
/** Built-in things are as old as time. */
const BIRTH = new Date(0);

const NODE_TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ssm.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
/** What AWS takes where nothing is said. */
export const SESSION_SECONDS_DEFAULT = 3_600;

/** What each account has without a row. */
export function builtInEntities(account: AccountId): readonly Entity[] {
  const administrator: Entity = {
    kind: 'user',
    name: ADMINISTRATOR,
    id: administratorPrincipal(account, '').userId,
    path: '/',
    createdAt: BIRTH,
    isBuiltIn: true,
  };
  const nodeRole: Entity = {
    kind: 'role',
    name: NODE_ROLE,
    // As sessions of the role carry it.
    id: uniqueId('AROA', `${account}/role/${NODE_ROLE}`),
    path: '/',
    createdAt: BIRTH,
    description: 'What a managed node may do: AmazonSSMManagedInstanceCore, for the node itself.',
    trustPolicy: NODE_TRUST,
    maxSessionSeconds: SESSION_SECONDS_DEFAULT,
    isBuiltIn: true,
  };
  return [administrator, nodeRole];
}

/** The policies that a built-in thing has from birth and keeps. */
export function builtInAttachments({ isBuiltIn, name }: Pick<Entity, 'isBuiltIn' | 'name'>): readonly string[] {
  if (!isBuiltIn) return [];
  return [
    name === NODE_ROLE ? 'arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore' : 'arn:aws:iam::aws:policy/AdministratorAccess',
  ];
}

export function toEntity(row: EntityRow): Entity {
  return {
    kind: row.kind,
    name: row.name,
    id: row.id,
    path: row.path,
    createdAt: new Date(row.created_at),
    boundaryArn: row.boundary_arn ?? undefined,
    description: row.description ?? undefined,
    trustPolicy: row.trust_policy ?? undefined,
    maxSessionSeconds: row.max_session_seconds ?? undefined,
    service: row.service ?? undefined,
    roleId: row.role_id ?? undefined,
    defaultVersion: row.default_version ?? undefined,
    lastVersion: row.last_version ?? undefined,
    updatedAt: row.updated_at === null ? undefined : new Date(row.updated_at),
    isBuiltIn: false,
  };
}

export function toRow(account: AccountId, entity: Entity): EntityRow {
  return {
    account,
    region: GLOBAL,
    kind: entity.kind,
    name_key: nameKey(entity.name),
    name: entity.name,
    id: entity.id,
    path: entity.path,
    created_at: entity.createdAt.getTime(),
    boundary_arn: entity.boundaryArn ?? null,
    description: entity.description ?? null,
    trust_policy: entity.trustPolicy ?? null,
    max_session_seconds: entity.maxSessionSeconds ?? null,
    service: entity.service ?? null,
    role_id: entity.roleId ?? null,
    default_version: entity.defaultVersion ?? null,
    last_version: entity.lastVersion ?? null,
    updated_at: entity.updatedAt?.getTime() ?? null,
  };
}
