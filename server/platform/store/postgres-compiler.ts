// Lets one migration serve both databases: the column types of SQLite become those of PostgreSQL that hold and order the same
// values. `integer` is 64 bits wide, `blob` is `bytea`, and text sorts by its bytes, as in SQLite, so that pages follow the
// same order everywhere and an index serves prefixes.
import { PostgresQueryCompiler } from 'kysely';
import type { ColumnDefinitionNode, DataTypeNode } from 'kysely';

const COLUMN_TYPES: Readonly<Record<string, string>> = { integer: 'bigint', blob: 'bytea', text: 'text collate "C"' };

export class PortablePostgresCompiler extends PostgresQueryCompiler {
  #inColumn = false;

  protected override visitColumnDefinition(node: ColumnDefinitionNode): void {
    this.#inColumn = true;
    super.visitColumnDefinition(node);
    this.#inColumn = false;
  }

  protected override visitDataType(node: DataTypeNode): void {
    const type = this.#inColumn ? COLUMN_TYPES[node.dataType] : undefined;
    // Only the column's own type: a cast inside its default or check is left alone.
    this.#inColumn = false;
    this.append(type ?? node.dataType);
  }
}
