// Statements about single parameters: the newest version, the versions before it, labels. What changes a parameter names the version that it has
// seen, so that of two replicas one learns that it came too late.
import type { Kysely } from 'kysely';
import type { ParameterType } from '../platform/api/models/ssm.types.gen.ts';
import type { Scope } from '../platform/ids.ts';
import { prepare, tables } from '../platform/store/index.ts';
import type { Param, ReadTx, Tx } from '../platform/store/index.ts';
import { parentOf } from './name.ts';
import { nextDue } from './policies/parameter-policies.ts';
import type { StoredPolicy } from './policies/parameter-policies.ts';
import type { Parameter, ParameterVersion, ShownParameter, Tier } from './parameter.ts';
import type { OldVersionRow, ParameterRow, ParameterTables } from './tables.ts';

type At = { readonly account: string; readonly region: string; readonly key: string };

/** What a version is made of, without what finds it. */
const VERSION_MADE_OF = [
  'key',
  'version',
  'type',
  'value',
  'key_id',
  'description',
  'allowed_pattern',
  'tier',
  'data_type',
  'policies',
  'modified_at',
  'modified_by',
] as const;
const PARAMETER_MADE_OF = [...VERSION_MADE_OF, 'rooted', 'oldest_version'] as const;
/** Each column costs something, and this is the look-up of each read. */
const SHOWN = ['key', 'version', 'type', 'value', 'data_type', 'modified_at', 'rooted'] as const;
const VERSION_COLUMNS = ['account', 'region', ...VERSION_MADE_OF] as const;

type VersionPart = Pick<OldVersionRow, (typeof VERSION_MADE_OF)[number]>;
type ParameterPart = Pick<ParameterRow, (typeof PARAMETER_MADE_OF)[number]>;
type ShownPart = Pick<ParameterRow, (typeof SHOWN)[number]>;

const selectNewest = <Column extends keyof ParameterRow>(columns: readonly Column[]) =>
  prepare<ParameterTables, At, Pick<ParameterRow, Column>>((db, param) =>
    db
      .selectFrom('parameters_parameter')
      .select(columns)
      .where('account', '=', param('account'))
      .where('region', '=', param('region'))
      .where('key', '=', param('key')),
  );
const selectParameter = selectNewest(PARAMETER_MADE_OF);
const selectShown = selectNewest(SHOWN);

export function findParameter(tx: ReadTx, { account, region }: Scope, key: string): Promise<Parameter | undefined> {
  return selectParameter.first(tx, { account, region, key }, toParameter);
}

/** Of the newest version what a read shows of it. */
export function findShown(tx: ReadTx, { account, region }: Scope, key: string): Promise<ShownParameter | undefined> {
  return selectShown.first(tx, { account, region, key }, toShown);
}

const selectNumbered = prepare<ParameterTables, At & { readonly version: number }, VersionPart>((db, param) => {
  const of = (table: 'parameters_version' | 'parameters_parameter') =>
    db
      .selectFrom(table)
      .select(VERSION_MADE_OF)
      .where('account', '=', param('account'))
      .where('region', '=', param('region'))
      .where('key', '=', param('key'))
      .where('version', '=', param('version'));
  return of('parameters_version').unionAll(of('parameters_parameter'));
});

/** The newest or one before. In one statement: between two a put may make the newest an old one. */
export function findNumbered(
  tx: ReadTx,
  { account, region }: Scope,
  key: string,
  version: number,
): Promise<ParameterVersion | undefined> {
  return selectNumbered.first(tx, { account, region, key, version }, toVersion);
}

/** With the newest, oldest first, from `after` on; also in one statement. */
export async function listVersions(
  tx: ReadTx,
  { account, region }: Scope,
  key: string,
  after: number,
  limit: number,
): Promise<ParameterVersion[]> {
  const of = (table: 'parameters_version' | 'parameters_parameter') =>
    tables<ParameterTables>(tx)
      .selectFrom(table)
      .select(VERSION_COLUMNS)
      .where('account', '=', account)
      .where('region', '=', region)
      .where('key', '=', key)
      .where('version', '>', after);
  const every = of('parameters_version').unionAll(of('parameters_parameter'));
  const rows = await every.orderBy('version').limit(limit).execute();
  return rows.map(toVersion);
}

const insertRow = prepare<ParameterTables, Record<keyof ParameterRow, string | number | null>>((db, param) =>
  db
    .insertInto('parameters_parameter')
    .values({
      account: param('account'),
      region: param('region'),
      key: param('key'),
      version: param('version'),
      type: param('type'),
      value: param('value'),
      key_id: param('key_id'),
      description: param('description'),
      allowed_pattern: param('allowed_pattern'),
      tier: param('tier'),
      data_type: param('data_type'),
      policies: param('policies'),
      modified_at: param('modified_at'),
      modified_by: param('modified_by'),
      parent: param('parent'),
      rooted: param('rooted'),
      oldest_version: param('oldest_version'),
      due_at: param('due_at'),
      // Parameters of any column's type.
    } as never)
    .onConflict((conflict) => conflict.doNothing()),
);

/** False when somebody else made it meanwhile. */
export async function insertParameter(tx: Tx, scope: Scope, parameter: Parameter): Promise<boolean> {
  return (await insertRow.changes(tx, rowOf(scope, parameter))) === 1;
}

const keepOld = prepare<ParameterTables, At & { readonly version: number }>((db, param) =>
  db
    .insertInto('parameters_version')
    .columns(VERSION_COLUMNS)
    .expression(
      db
        .selectFrom('parameters_parameter')
        .select(VERSION_COLUMNS)
        .where('account', '=', param('account'))
        .where('region', '=', param('region'))
        .where('key', '=', param('key'))
        .where('version', '=', param('version')),
    ),
);

type PutParams = Record<keyof ParameterRow | 'seen', string | number | null>;

/** SQLite writes every index of a column that a statement sets, changed or not: those are set only where one differs. */
const INDEXED = ['type', 'key_id', 'tier', 'data_type', 'due_at'] as const;
const UNINDEXED = [
  'version',
  'value',
  'description',
  'allowed_pattern',
  'policies',
  'modified_at',
  'modified_by',
  'rooted',
  'oldest_version',
] as const;

function putQuery(db: Kysely<ParameterTables>, param: Param<PutParams>, columns: readonly (keyof ParameterRow)[]) {
  // Parameters of any column's type.
  const of = (name: keyof PutParams) => param(name) as never;
  return db
    .updateTable('parameters_parameter')
    .set(Object.fromEntries(columns.map((column) => [column, of(column)])))
    .where('account', '=', of('account'))
    .where('region', '=', of('region'))
    .where('key', '=', of('key'))
    .where('version', '=', of('seen'));
}

const putOver = prepare<ParameterTables, PutParams>((db, param) => putQuery(db, param, [...UNINDEXED, ...INDEXED]));
const putOverAlike = prepare<ParameterTables, PutParams>((db, param) => {
  let query = putQuery(db, param, UNINDEXED);
  for (const column of INDEXED) query = query.where(column, 'is not distinct from', param(column) as never);
  return query;
});

/** Puts `next` over the version before it, which is kept. False when that is not the newest any more. */
export async function replaceParameter(tx: Tx, scope: Scope, next: Parameter): Promise<boolean> {
  const { account, region } = scope;
  const seen = next.version - 1;
  if ((await keepOld.changes(tx, { account, region, key: next.key, version: seen })) !== 1) return false;
  const row = { ...rowOf(scope, next), seen };
  return (await putOverAlike.changes(tx, row)) === 1 || (await putOver.changes(tx, row)) === 1;
}

/** False when it has changed meanwhile. */
export async function updatePolicies(
  tx: Tx,
  scope: Scope,
  { key, version }: Parameter,
  policies: readonly StoredPolicy[],
): Promise<boolean> {
  const result = await tables<ParameterTables>(tx)
    .updateTable('parameters_parameter')
    .set({ policies: JSON.stringify(policies), due_at: nextDue(policies) ?? null })
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('key', '=', key)
    .where('version', '=', version)
    .executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}

const removeOldVersion = prepare<ParameterTables, At & { readonly version: number }>((db, param) =>
  db
    .deleteFrom('parameters_version')
    .where('account', '=', param('account'))
    .where('region', '=', param('region'))
    .where('key', '=', param('key'))
    .where('version', '=', param('version')),
);

export async function deleteOldVersion(tx: Tx, { account, region }: Scope, key: string, version: number): Promise<void> {
  await removeOldVersion.changes(tx, { account, region, key, version });
}

/** With all that belongs to it. False when there is none. */
export async function deleteParameter(tx: Tx, scope: Scope, key: string): Promise<boolean> {
  const remove = async (table: keyof ParameterTables): Promise<number> => {
    const result = await tables<ParameterTables>(tx)
      .deleteFrom(table)
      .where('account', '=', scope.account)
      .where('region', '=', scope.region)
      .where('key', '=', key)
      .executeTakeFirst();
    return Number(result.numDeletedRows);
  };
  if ((await remove('parameters_parameter')) === 0) return false;
  await remove('parameters_version');
  await remove('parameters_label');
  await remove('parameters_resource_policy');
  await remove('parameters_grantee');
  return true;
}

/** Of one tier, counted up to `limit`: asked only where there is a limit. */
export async function countParameters(tx: ReadTx, scope: Scope, tier: Tier, limit: number): Promise<number> {
  const db = tables<ParameterTables>(tx);
  const some = db
    .selectFrom('parameters_parameter')
    .select('key')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('tier', '=', tier)
    .limit(limit);
  const { count } = await db
    .selectFrom(some.as('some'))
    .select((e) => e.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** Label -> version, of one parameter. */
export async function listLabels(tx: ReadTx, scope: Scope, key: string): Promise<ReadonlyMap<string, number>> {
  const rows = await labels(tx, scope, key).select(['label', 'version']).orderBy('label').execute();
  return new Map(rows.map(({ label, version }) => [label, version]));
}

const selectLabelled = prepare<ParameterTables, At & { readonly label: string }, { version: number }>((db, param) =>
  db
    .selectFrom('parameters_label')
    .select('version')
    .where('account', '=', param('account'))
    .where('region', '=', param('region'))
    .where('key', '=', param('key'))
    .where('label', '=', param('label')),
);

export async function findLabel(tx: ReadTx, { account, region }: Scope, key: string, label: string): Promise<number | undefined> {
  const [row] = await selectLabelled(tx, { account, region, key, label });
  return row?.version;
}

const selectLabelOf = prepare<ParameterTables, At & { readonly version: number }, { label: string }>((db, param) =>
  db
    .selectFrom('parameters_label')
    .select('label')
    .where('account', '=', param('account'))
    .where('region', '=', param('region'))
    .where('key', '=', param('key'))
    .where('version', '=', param('version'))
    .limit(1),
);

export async function hasLabel(tx: ReadTx, { account, region }: Scope, key: string, version: number): Promise<boolean> {
  return (await selectLabelOf(tx, { account, region, key, version })).length > 0;
}

/** Adds labels or moves them to the version. */
export async function putLabels(tx: Tx, scope: Scope, key: string, version: number, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await tables<ParameterTables>(tx)
    .insertInto('parameters_label')
    .values(names.map((label) => ({ account: scope.account, region: scope.region, key, label, version })))
    .onConflict((conflict) => conflict.columns(['account', 'region', 'key', 'label']).doUpdateSet({ version }))
    .execute();
}

export async function deleteLabels(tx: Tx, scope: Scope, key: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await tables<ParameterTables>(tx)
    .deleteFrom('parameters_label')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('key', '=', key)
    .where('label', 'in', names)
    .execute();
}

function labels(tx: ReadTx, scope: Scope, key: string) {
  return tables<ParameterTables>(tx)
    .selectFrom('parameters_label')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('key', '=', key);
}

function rowOf({ account, region }: Scope, parameter: Parameter): ParameterRow {
  return {
    account,
    region,
    key: parameter.key,
    version: parameter.version,
    type: parameter.type,
    value: parameter.value,
    key_id: parameter.keyId ?? null,
    description: parameter.description ?? null,
    allowed_pattern: parameter.allowedPattern ?? null,
    tier: parameter.tier,
    data_type: parameter.dataType,
    policies: JSON.stringify(parameter.policies),
    modified_at: parameter.modifiedAt.getTime(),
    modified_by: parameter.modifiedBy,
    parent: parentOf(parameter.key),
    rooted: parameter.rooted ? 1 : 0,
    oldest_version: parameter.oldestVersion,
    due_at: nextDue(parameter.policies) ?? null,
  };
}

export function toParameter(row: ParameterPart): Parameter {
  return { ...toVersion(row), rooted: row.rooted === 1, oldestVersion: row.oldest_version };
}

function toShown(row: ShownPart): ShownParameter {
  return {
    key: row.key,
    version: row.version,
    type: row.type as ParameterType,
    value: row.value,
    dataType: row.data_type,
    modifiedAt: new Date(row.modified_at),
    rooted: row.rooted === 1,
  };
}

export function toVersion(row: VersionPart): ParameterVersion {
  return {
    key: row.key,
    version: row.version,
    // Only what the model names is written.
    type: row.type as ParameterType,
    value: row.value,
    keyId: row.key_id ?? undefined,
    description: row.description ?? undefined,
    allowedPattern: row.allowed_pattern ?? undefined,
    tier: row.tier as Tier,
    dataType: row.data_type,
    policies: row.policies === '[]' ? [] : (JSON.parse(row.policies) as StoredPolicy[]),
    modifiedAt: new Date(row.modified_at),
    modifiedBy: row.modified_by,
  };
}
