// The workspace's source files with their imports, as the architecture test looks at them. Read as text: imports are found by their
// shape, which the formatter keeps the same everywhere.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { WORKSPACE } from '../test-files.ts';

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Path in the workspace, or undefined for a package or a builtin. */
  readonly file: string | undefined;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

export interface SourceFile {
  /** Relative to the workspace, with `/`. */
  readonly path: string;
  readonly text: string;
  /** Without comments. */
  readonly code: string;
  readonly imports: readonly Import[];
  /** Tests and what only tests load. */
  readonly isTest: boolean;
  readonly isGenerated: boolean;
}

const STATIC = /^(?:import|export)\s+(type\s+)?(?:([\w*${}\s,]*?)\s*\bfrom\s+)?'([^'\n]+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^'\n]+)'\s*\)/g;

export function readSourceFiles(): SourceFile[] {
  const names = globSync('**/*.{ts,mjs}', { cwd: WORKSPACE, exclude: (name) => name === 'node_modules' || name.startsWith('.') });
  return names.toSorted().map((name) => readSourceFile(name.replaceAll('\\', '/')));
}

function readSourceFile(path: string): SourceFile {
  const text = readFileSync(join(WORKSPACE, path), 'utf8');
  const code = withoutComments(text);
  return {
    path,
    text,
    code,
    imports: [...staticImports(path, code), ...dynamicImports(path, code)],
    isTest: /\.(test|fixture)\.ts$/.test(path) || path.startsWith('testkit/') || path.startsWith('agent/testing/'),
    isGenerated: path.includes('.gen.'),
  };
}

function staticImports(path: string, code: string): Import[] {
  return [...code.matchAll(STATIC)].map(([, type, names, specifier]) => ({
    specifier: specifier ?? '',
    file: resolveImport(path, specifier ?? ''),
    typeOnly: type !== undefined || isListOfTypes(names ?? ''),
    dynamic: false,
  }));
}

function dynamicImports(path: string, code: string): Import[] {
  return [...code.matchAll(DYNAMIC)].map(([, specifier]) => ({
    specifier: specifier ?? '',
    file: resolveImport(path, specifier ?? ''),
    typeOnly: false,
    dynamic: true,
  }));
}

/** `{ type A, type B }`. */
function isListOfTypes(names: string): boolean {
  const list = /^\{([^}]*)\}$/.exec(names.trim())?.[1];
  const entries = (list ?? '').split(',').filter((entry) => entry.trim() !== '');
  return entries.length > 0 && entries.every((entry) => entry.trim().startsWith('type '));
}

function resolveImport(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.normalize(posix.join(dirname(from), specifier));
  return specifier.startsWith('@muster/') ? specifier.slice('@muster/'.length) : undefined;
}

/** Whole-line comments and block comments; enough, since the formatter puts comments on lines of their own or after code with ` // `. */
function withoutComments(text: string): string {
  return text
    .replace(/^\s*\/\*[\s\S]*?\*\//gm, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/\s\/\/ .*$/gm, '');
}
