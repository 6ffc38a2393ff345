// Hot statements: built and compiled once for each database, then only bound. Building a query with Kysely costs more than
// SQLite needs to answer it. The texts of prepared queries are constant, so the connections' statement caches hold them.
import { sql } from 'kysely';
import type { Compilable, Expression, Kysely } from 'kysely';
import type { BoundValue, Dialect, ReadTx, Step, Tx } from './database.ts';
import type { StatementResult } from './statement.ts';
import { queries, tables } from './transaction.ts';
import type { Transaction } from './transaction.ts';

export interface PreparedQuery<Params, Row> {
  /** The rows: of a select, or of `returning`. */
  (tx: Tx | ReadTx, params: Params): Promise<Row[]>;
  /** The first row, as what `make` makes of it. */
  first<Item>(tx: Tx | ReadTx, params: Params, make: (row: Row) => Item): Promise<Item | undefined>;
  /** How many rows were inserted, updated or deleted. */
  changes(tx: Tx, params: Params): Promise<number>;
  /** For `writeApart`: run once with each of `list`. */
  step(dialect: Dialect, list: readonly Params[]): Step;
}

export type Param<Params> = <Name extends keyof Params & string>(name: Name) => Expression<Params[Name]>;

/** Stands in for a value while the query is compiled. */
class Placeholder {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

interface Compiled {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/**
 * `prepare<NodeTables, { id: NodeId }, NodeRow>((db, param) => db.selectFrom('node').selectAll().where('id', '=', param('id')))`.
 * `build` runs once per dialect: everything that varies is a `param`.
 */
export function prepare<Tables, Params extends { readonly [name in keyof Params]: BoundValue }, Row = unknown>(
  build: (db: Kysely<Tables>, param: Param<Params>) => Compilable<Row>,
): PreparedQuery<Params, Row> {
  const compiled = new Map<Dialect, Compiled>();

  const compile = (dialect: Dialect): Compiled => {
    const query = build(queries<Tables>({ dialect }), (name) => sql`${new Placeholder(name)}`).compile();
    compiled.set(dialect, query);
    return query;
  };

  const compiledFor = (dialect: Dialect): Compiled => compiled.get(dialect) ?? compile(dialect);

  /** One promise, whatever the database: an answer that is there at once is not waited for. */
  const ask = <Given, Answer>(
    tx: Tx | ReadTx,
    params: Params,
    of: (result: StatementResult, given: Given) => Answer,
    given: Given,
  ): Promise<Answer> => {
    const transaction = tx as unknown as Transaction;
    try {
      const query = compiledFor(transaction.dialect);
      const result = transaction.run(query.sql, bind(query.parameters, params));
      return result instanceof Promise ? result.then((later) => of(later, given)) : Promise.resolve(of(result, given));
    } catch (error) {
      return Promise.reject(error);
    }
  };

  const rows = (tx: Tx | ReadTx, params: Params): Promise<Row[]> => ask(tx, params, rowsOf<Row>, undefined);
  return Object.assign(rows, {
    first: <Item>(tx: Tx | ReadTx, params: Params, make: (row: Row) => Item) => ask(tx, params, firstOf<Item>, make),
    changes: (tx: Tx, params: Params) => ask(tx, params, changesOf, undefined),
    step: (dialect: Dialect, list: readonly Params[]) => {
      const query = compiledFor(dialect);
      return { sql: query.sql, values: list.map((params) => bind(query.parameters, params)) };
    },
  });
}

const rowsOf = <Row>({ rows }: StatementResult): Row[] => rows as Row[];
const changesOf = ({ rows, changes }: StatementResult): number => changes ?? rows.length;

function firstOf<Item>({ rows }: StatementResult, make: (row: never) => Item): Item | undefined {
  return rows.length === 0 ? undefined : make(rows[0] as never);
}

/** Below PostgreSQL's 65,535 values of a statement, and SQLite's 32,766. */
const VALUES_MAX = 30_000;

/**
 * Inserts whole rows. On SQLite one prepared statement a row: compiling a statement of many rows costs more than running it. On PostgreSQL as few
 * statements as can be, since each is a round trip.
 */
export function prepareInsert<Tables, Table extends keyof Tables & string>(
  table: Table,
  columns: readonly (keyof Tables[Table] & string)[],
): (tx: Tx, rows: readonly Tables[Table][]) => Promise<void> {
  type Row = Record<keyof Tables[Table] & string, BoundValue>;
  const insertOne = prepare<Tables, Row>((db, param) => {
    const row = Object.fromEntries(columns.map((column) => [column, param(column)]));
    // Of the table's own columns; their types are the rows'.
    return db.insertInto(table).values(row as never);
  });
  const rowsMax = Math.floor(VALUES_MAX / columns.length);
  return async (tx, rows) => {
    const { dialect } = tx as unknown as Transaction;
    if (dialect === 'sqlite' || rows.length === 1) {
      for (const row of rows) await insertOne.changes(tx, row as unknown as Row);
      return;
    }
    for (let from = 0; from < rows.length; from += rowsMax)
      await tables<Tables>(tx)
        .insertInto(table)
        .values(rows.slice(from, from + rowsMax) as never)
        .execute();
  };
}

/** A copy has room for all at once, which a list that grows has not. */
function bind(parameters: readonly unknown[], params: object): BoundValue[] {
  const values = parameters.slice();
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    if (value instanceof Placeholder) values[index] = params[value.name as keyof typeof params];
  }
  return values as BoundValue[];
}
