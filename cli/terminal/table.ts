// Rows under headings, in columns as wide as the first page needs: later pages are printed as they come and keep those widths where
// they can, so that a long list starts at once.

/** Beyond this a cell no longer widens its column. */
const COLUMN_CHARS_MAX = 48;
const GAP = '  ';

export class Table {
  readonly #headings: readonly string[];
  #widths: readonly number[] | undefined;

  constructor(headings: readonly string[]) {
    this.#headings = headings;
  }

  /** Lines of a page; the first one has the headings. Cells are plain text. `paint` colours a cell after it was padded. */
  page(rows: readonly (readonly string[])[], paint: (cell: string, column: number) => string = (cell) => cell): string[] {
    const isFirst = this.#widths === undefined;
    const widths = (this.#widths ??= this.#headings.map((heading, column) =>
      Math.max(heading.length, ...rows.map((row) => Math.min((row[column] ?? '').length, COLUMN_CHARS_MAX))),
    ));
    const line = (row: readonly string[], painted: boolean): string =>
      row
        .map((cell, column) => {
          const padding = column === row.length - 1 ? '' : ' '.repeat(Math.max(0, (widths[column] ?? 0) - cell.length));
          return (painted ? paint(cell, column) : cell) + padding;
        })
        .join(GAP)
        .trimEnd();
    const lines = rows.map((row) => line(row, true));
    return isFirst ? [line(this.#headings, false), ...lines] : lines;
  }
}
