// docs/built-in-documents.md: what follows its marker is made from the documents themselves. `npx -c "node scripts/built-in-page.ts"` writes it again; the test
// beside this file says when that is due.
import { readFileSync, writeFileSync } from 'node:fs';
import { loadBuiltIns } from '@muster/server/documents/built-in.ts';
import type { BuiltInDocument } from '@muster/server/documents/built-in.ts';
import { unavailableBuiltIns } from '@muster/server/documents/built-in-unavailable.ts';
import { toValue } from '@muster/server/documents/content.ts';

const PAGE = new URL('../docs/built-in-documents.md', import.meta.url);
const MARKER = '<!-- From here on written by scripts/built-in-page.ts. -->\n';

interface Parameter {
  readonly type: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly allowedValues?: readonly unknown[];
}

/** What must follow the marker. */
export function generatedPart(): string {
  const builtIns = [...loadBuiltIns().values()];
  const missing = [...unavailableBuiltIns].map(([name, reason]) => `- \`${name}\`: ${reason}.\n`).join('');
  const parts = [`## Not available\n\n${missing}`];
  for (const type of ['Command', 'Session']) {
    const sections = builtIns.filter(({ head }) => head.documentType === type).map(section);
    if (sections.length > 0) parts.push(`## ${type} documents\n`, ...sections);
  }
  return `\n${parts.join('\n')}`;
}

function section({ head, version }: BuiltInDocument): string {
  const content = toValue(version.content, version.format) as { parameters?: Record<string, Parameter> };
  const parameters = Object.entries(content.parameters ?? {}).map(([name, parameter]) => line(name, parameter));
  const list = parameters.length === 0 ? '' : `\n${parameters.join('')}`;
  return `### ${head.name}\n\n${version.description}\n\nSchema ${version.schemaVersion}; ${version.platformTypes.join(', ')}.\n${list}`;
}

function line(name: string, { type, description = '', default: value, allowedValues }: Parameter): string {
  const facts = [
    type,
    ...(allowedValues === undefined ? [] : [`one of ${allowedValues.map(shown).join(', ')}`]),
    ...(value === undefined ? [] : [`default ${shown(value)}`]),
  ];
  return `- \`${name}\` (${facts.join('; ')}): ${description.replace(/^\((?:Required|Optional)\) /, '')}\n`;
}

function shown(value: unknown): string {
  return value === '' ? 'empty' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/** The page as it is, in two parts. */
export function readPage(): readonly [string, string] {
  const text = readFileSync(PAGE, 'utf8');
  const end = text.indexOf(MARKER) + MARKER.length;
  if (end < MARKER.length) throw new Error(`docs/built-in-documents.md has lost its marker: ${MARKER}`);
  return [text.slice(0, end), text.slice(end)];
}

if (process.argv[1] === import.meta.filename) writeFileSync(PAGE, readPage()[0] + generatedPart());
