// Files that parameters come from: our export, what the AWS CLI prints of an account (one answer or many, one behind the other), names with values as
// `chamber export` prints them, and NAME=value lines. Invariant: what is refused is named by its place and its name; a value is never repeated.
import { extname, basename } from 'node:path';
import { plainName } from '../terminal/untrusted-text.ts';
import { UsageError } from '../usage-error.ts';
import { readDotenv } from './dotenv.ts';
import type { WrittenParameter } from './parameter.ts';
import { isFields, readParameterEntry } from './parameter-entry.ts';

export const FORMATS = ['json', 'yaml', 'dotenv'] as const;
export type Format = (typeof FORMATS)[number];

export function readFormat(given: string | undefined): Format | undefined {
  const format = FORMATS.find((one) => one === given);
  if (given === undefined || format !== undefined) return format;
  throw new UsageError(`--format ${JSON.stringify(given)} is none of ${FORMATS.join(', ')}`);
}

/** By a file's name; undefined: the name does not say it. */
export function formatOf(file: string): Format | undefined {
  if (/^\.env(?:\.|$)/.test(basename(file))) return 'dotenv';
  switch (extname(file).toLowerCase()) {
    case '.json':
      return 'json';
    case '.yaml':
    case '.yml':
      return 'yaml';
    case '.env':
      return 'dotenv';
    default:
      return undefined;
  }
}

/** `file` is for what is said of it. Without a format: JSON where it begins as JSON does. */
export async function readParameterFile(text: string, file: string, format: Format | undefined): Promise<WrittenParameter[]> {
  switch (format ?? (/^\s*[[{]/.test(text) ? 'json' : undefined)) {
    case 'json':
      return jsonDocuments(text, file).flatMap((document) => parametersOf(document, file));
    case 'yaml':
      return (await yamlDocuments(text, file)).flatMap((document) => parametersOf(document, file));
    case 'dotenv':
      return [...readDotenv(text, file)].map(([name, value]) => ({ name, value, relative: true }));
    case undefined:
      throw new UsageError(`what is ${file}? Say --format json, yaml or dotenv`);
  }
}

/** Documents one behind the other, as pages of answers are when they are appended to a file. */
function jsonDocuments(text: string, file: string): unknown[] {
  const documents: unknown[] = [];
  for (let at = skipSpaces(text, 0); at < text.length;) {
    const end = endOfDocument(text, at);
    try {
      documents.push(JSON.parse(text.slice(at, end)));
    } catch {
      // Its message may have a part of a value in it.
      throw new UsageError(`${file}: what begins in line ${text.slice(0, at).split('\n').length} is not JSON`);
    }
    at = skipSpaces(text, end);
  }
  return documents;
}

function skipSpaces(text: string, from: number): number {
  let at = from;
  while (at < text.length && /[\s,\uFEFF]/.test(text[at] ?? '')) at++;
  return at;
}

/** Of an object or a list: behind its last bracket. */
function endOfDocument(text: string, from: number): number {
  const tokens = /"(?:[^"\\]|\\.)*"|[[\]{}]/gs;
  tokens.lastIndex = from;
  let depth = 0;
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    if (/^[[{]/.test(token[0])) depth++;
    else if (/^[\]}]/.test(token[0]) && --depth <= 0) return tokens.lastIndex;
  }
  return text.length;
}

async function yamlDocuments(text: string, file: string): Promise<unknown[]> {
  const { parseAllDocuments } = await import('yaml');
  // Every scalar is a text as it stands there: 0123 and yes are no numbers and no booleans.
  const documents = parseAllDocuments(text, { schema: 'failsafe', prettyErrors: false });
  return [...documents].map((document) => {
    const [error] = document.errors;
    if (error !== undefined)
      throw new UsageError(`${file}, line ${text.slice(0, error.pos[0]).split('\n').length}: not YAML (${error.code})`);
    return document.toJS() as unknown;
  });
}

function parametersOf(document: unknown, file: string): WrittenParameter[] {
  if (Array.isArray(document)) return document.map((entry) => readParameterEntry(entry, file));
  if (isFields(document)) {
    const { Parameters: list, Parameter: one } = document;
    if (Array.isArray(list)) return list.map((entry) => readParameterEntry(entry, file));
    if (isFields(one)) return [readParameterEntry(one, file)];
    return Object.entries(document).map(([name, value]) => {
      if (typeof value === 'string') return { name, value, relative: true };
      throw new UsageError(
        `${file}: ${plainName(name)} is no text; expected {"Parameters":[…]} as aws ssm get-parameters-by-path prints it, or names with texts`,
      );
    });
  }
  if (document === null || document === '') return [];
  throw new UsageError(`${file}: neither parameters nor names with values`);
}

/** What several files say of one parameter, such as its value and its description. A value that is there twice is refused. */
export function mergeParameters(files: readonly (readonly WrittenParameter[])[]): {
  readonly parameters: readonly WrittenParameter[];
  /** Described, without a value anywhere. */
  readonly valueless: number;
} {
  const merged = new Map<string, WrittenParameter>();
  for (const parameter of files.flat()) {
    const known = merged.get(parameter.name);
    if (known?.value !== undefined && parameter.value !== undefined)
      throw new UsageError(`${plainName(parameter.name)} has a value twice; which is meant?`);
    merged.set(parameter.name, known === undefined ? parameter : joined(known, parameter));
  }
  const parameters = [...merged.values()].filter(({ value }) => value !== undefined);
  return { parameters, valueless: merged.size - parameters.length };
}

function joined(a: WrittenParameter, b: WrittenParameter): WrittenParameter {
  const said = Object.fromEntries(Object.entries(b).filter(([, value]) => value !== undefined));
  return { ...a, ...said, relative: a.relative && b.relative };
}
