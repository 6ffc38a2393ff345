// Where content says `{{ something }}`: every reference in a value, with its place. Pure; the value has bounded depth and size.
import { below } from '@muster/protocol/document-error.ts';
import type { Place } from '@muster/protocol/document-error.ts';

export interface Reference {
  /** What stands between the braces, without the spaces. */
  readonly name: string;
  /** The string is this reference and nothing else. */
  readonly whole: boolean;
}

export interface PlacedReference extends Reference {
  readonly place: Place;
  /** The member of the value that was walked in which it stands: `runCommand` of a step's inputs. */
  readonly key: string;
}

/** Names as agents replace them. Text between other braces (`{{ssm:name}}`, a template's own) is no reference to a parameter. */
const PARAMETER = /\{\{\s*([A-Za-z0-9]+)\s*\}\}/g;

export function referencesIn(text: string, pattern: RegExp = PARAMETER): Reference[] {
  return [...text.matchAll(pattern)].map(([all, name = '']) => ({ name, whole: all === text.trim() }));
}

export function referencesTo(value: unknown, place: Place, pattern: RegExp = PARAMETER): PlacedReference[] {
  const found: PlacedReference[] = [];
  const visit = (item: unknown, at: Place, key: string): void => {
    if (typeof item === 'string') {
      for (const reference of referencesIn(item, pattern)) found.push({ ...reference, place: at, key });
    } else if (Array.isArray(item)) {
      for (const [index, inner] of item.entries()) visit(inner, below(at, index), key);
    } else if (typeof item === 'object' && item !== null) {
      for (const [name, inner] of Object.entries(item)) visit(inner, below(at, name), key === '' ? name : key);
    }
  };
  visit(value, place, '');
  return found;
}
