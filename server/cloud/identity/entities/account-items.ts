// Everything of an account that rights hang on, in one order: users, groups, roles, AWS's policies, its own; by name within each.
import { MANAGED_POLICIES } from '../policies/managed-policies.ts';
import type { Reading } from '../iam-operation.ts';
import { listEntities } from './directory.ts';
import { type Entity, nameKey } from './entity.ts';

/** As AWS's filter calls them. */
const KINDS = ['User', 'Group', 'Role', 'AWSManagedPolicy', 'LocalManagedPolicy'] as const;
type Kind = (typeof KINDS)[number];

export interface Item {
  readonly kind: Kind;
  readonly entity: Entity;
}

export const positionOf = ({ kind, entity }: Item): string => `${KINDS.indexOf(kind)}/${entity.name}`;

/** No filter wants everything. */
export function isWanted(filter: readonly string[] | undefined): (kind: Kind) => boolean {
  return (kind) => filter === undefined || filter.length === 0 || filter.includes(kind);
}

export async function accountItems(
  call: Reading,
  wanted: (kind: Kind) => boolean,
  after: string | undefined,
  limit: number,
): Promise<readonly Item[]> {
  const [, rank = '0', name] = /^(\d)\/(.*)$/.exec(after ?? '') ?? [];
  const found: Item[] = [];
  for (const [at, kind] of KINDS.entries()) {
    if (at < Number(rank) || !wanted(kind) || found.length >= limit) continue;
    const behind = at === Number(rank) ? name : undefined;
    const entities = await entitiesOf(call, kind, behind, limit - found.length);
    found.push(...entities.map((entity) => ({ kind, entity })));
  }
  return found;
}

async function entitiesOf(
  { tx, account }: Reading,
  kind: Kind,
  after: string | undefined,
  limit: number,
): Promise<readonly Entity[]> {
  if (kind === 'AWSManagedPolicy')
    return MANAGED_POLICIES.filter(({ name }) => after === undefined || nameKey(name) > nameKey(after))
      .toSorted((a, b) => (nameKey(a.name) < nameKey(b.name) ? -1 : 1))
      .slice(0, limit);
  const kinds = { User: 'user', Group: 'group', Role: 'role', LocalManagedPolicy: 'policy' } as const;
  return listEntities(tx, account, kinds[kind], { after, limit, pathPrefix: undefined });
}
