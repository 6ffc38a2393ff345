// What a program says of its command line, as data: the launcher makes the page of `muster COMMAND --help` of it. The options are the very
// table that the program's parser takes, so that a page can neither lack an option nor name one that is gone. Types only.

interface OptionOfAnyType {
  readonly short?: string;
  /** One line, without a full stop. */
  readonly meaning: string;
  /** The heading that it stands under; `Options` where there is none. */
  readonly group?: string;
}

/** Names and shapes as `parseArgs` takes them, which leaves alone what it does not know. */
export type OptionRow = OptionOfAnyType &
  (
    | { readonly type: 'boolean' }
    | {
        readonly type: 'string';
        readonly multiple?: true;
        /** The form of the value, such as HOST:PORT. */
        readonly value: string;
        /** What is read where it is not given; what cannot be said as a value stands in the meaning. */
        readonly otherwise?: string;
        /** Of a whole number: the least and the greatest. */
        readonly range?: readonly [least: number, greatest: number];
        readonly required?: true;
      }
  );

export type OptionTable = Readonly<Record<string, OptionRow>>;

/** A line to type, a variable or a code, and what it is. */
export type Explained = readonly [what: string, meaning: string];

export interface CommandPage {
  readonly command: string;
  readonly what: string;
  readonly forms: readonly Explained[];
  readonly examples: readonly Explained[];
  readonly options: OptionTable;
  readonly environment: readonly Explained[];
  readonly exits: readonly Explained[];
  readonly notes?: readonly string[];
}
