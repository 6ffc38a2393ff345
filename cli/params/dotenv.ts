// Files of NAME=value lines, as a POSIX shell sources them and as dotenv libraries read them. What is written here is read back the same, by us and
// by sh, whatever the value. A value is quoted as little as it needs: bare, else 'literal', else "escaped". Nothing is expanded when read. Pure.
import { UsageError } from '../usage-error.ts';

const BARE = /^[\w@%+=:,./-]+$/;
/** What a backslash takes its meaning from within double quotes. */
const ESCAPED = /[\\"$`]/g;
const NAME = /[A-Za-z_][\w.-]*/y;
const SPACES = /[ \t]*/y;
const UNQUOTED = /[^\r\n]*/y;

export function dotenvLine(variable: string, value: string): string {
  return `${variable}=${quoted(value)}\n`;
}

function quoted(value: string): string {
  if (value === '' || BARE.test(value)) return value;
  if (!value.includes("'")) return `'${value}'`;
  return `"${value.replaceAll(ESCAPED, (character) => `\\${character}`)}"`;
}

/** Names with their values, in their order. Says the line of what it cannot read, never the text: it may be a secret. */
export function readDotenv(text: string, file: string): Map<string, string> {
  const reader = new DotenvReader(text, file);
  const values = new Map<string, string>();
  while (reader.findName()) {
    const name = reader.name();
    if (values.has(name)) reader.refuse(`${name} stands there twice`);
    values.set(name, reader.value());
  }
  return values;
}

class DotenvReader {
  readonly #text: string;
  readonly #file: string;
  #at = 0;

  constructor(text: string, file: string) {
    this.#text = text.startsWith('\uFEFF') ? text.slice(1) : text;
    this.#file = file;
  }

  refuse(why: string): never {
    const line = this.#text.slice(0, this.#at).split('\n').length;
    throw new UsageError(`${this.#file}, line ${line}: ${why}`);
  }

  /** Goes over blank lines and comments. */
  findName(): boolean {
    for (;;) {
      this.#take(/\s*/y);
      if (this.#text[this.#at] !== '#') return this.#at < this.#text.length;
      this.#take(UNQUOTED);
    }
  }

  name(): string {
    this.#take(/export[ \t]+/y);
    const name = this.#take(NAME);
    if (name === '') this.refuse('expected NAME=value');
    this.#take(SPACES);
    if (this.#text[this.#at] !== '=') this.refuse('expected NAME=value');
    this.#at++;
    this.#take(SPACES);
    return name;
  }

  value(): string {
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'" && quote !== '`') return this.#bare();
    this.#at++;
    const value = quote === '"' ? this.#escaped() : this.#literal(quote);
    this.#take(SPACES);
    const rest = this.#take(UNQUOTED);
    if (rest !== '' && !rest.startsWith('#')) this.refuse('there is more behind the closing quote');
    return value;
  }

  #bare(): string {
    const line = this.#take(UNQUOTED);
    return line.startsWith('#') ? '' : line.replace(/\s+#.*$/, '').trimEnd();
  }

  #literal(quote: string): string {
    const end = this.#text.indexOf(quote, this.#at);
    if (end === -1) this.refuse(`the quote ${quote} is not closed`);
    const value = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return value;
  }

  #escaped(): string {
    let end = this.#at;
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === '\\' ? 2 : 1;
    if (end >= this.#text.length) this.refuse('the quote " is not closed');
    const body = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    // As dotenv libraries do; what we write has no such pair without a backslash before it.
    const breaks: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
    return body.replaceAll(/\\([^])/g, (pair, character: string) =>
      /[\\"$`]/.test(character) ? character : (breaks[character] ?? pair),
    );
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }
}
