// Request URIs of REST operations: `/groups/{Name}/items/{Path+}?fixed=value` against an undecoded path. Segments are compared before
// decoding, so that `%2F` inside a label stays inside it. Pure.
import { fail } from '../errors.ts';

interface Template {
  readonly segments: readonly { readonly label: string | undefined; readonly greedy: boolean; readonly text: string }[];
  readonly query: ReadonlyMap<string, string>;
  /** Literal segments, then labels: what beats what when two templates match. */
  readonly weight: number;
}

const templates = new Map<string, Template>();

/** Labels by name, decoded; undefined where the template does not match. */
export function matchUri(uri: string, rawPath: string, rawQuery: string): Map<string, string> | undefined {
  const template = templateOf(uri);
  const parts = splitPath(rawPath);
  const labels = new Map<string, string>();
  for (const [index, segment] of template.segments.entries()) {
    const part = segment.greedy ? parts.slice(index).join('/') : parts[index];
    if (part === undefined || part === '') return undefined;
    if (segment.label === undefined) {
      if (part !== segment.text) return undefined;
    } else labels.set(segment.label, decodeLabel(part));
  }
  const greedy = template.segments.at(-1)?.greedy === true;
  if (!greedy && parts.length !== template.segments.length) return undefined;
  return queryMatches(template, rawQuery) ? labels : undefined;
}

export function uriWeight(uri: string): number {
  return templateOf(uri).weight;
}

function templateOf(uri: string): Template {
  const known = templates.get(uri);
  if (known !== undefined) return known;
  const [pathText = '', queryText = ''] = uri.split('?');
  const segments = splitPath(pathText).map((text) => {
    const label = /^\{([^}+]+)(\+?)\}$/.exec(text);
    return { text, label: label?.[1], greedy: label?.[2] === '+' };
  });
  const query = new Map(new URLSearchParams(queryText));
  const weight = segments.reduce(
    (sum, { label, greedy }) => sum + (label === undefined ? 100 : greedy ? 1 : 10),
    query.size * 1000,
  );
  const template = { segments, query, weight };
  // The key is a model's text, never a caller's: the map is as large as the models.
  templates.set(uri, template);
  return template;
}

/** A trailing slash is no segment. */
function splitPath(rawPath: string): string[] {
  const parts = rawPath.split('/');
  parts.shift();
  if (parts.at(-1) === '') parts.pop();
  return parts;
}

function queryMatches(template: Template, rawQuery: string): boolean {
  if (template.query.size === 0) return true;
  const given = new URLSearchParams(rawQuery);
  return [...template.query].every(([name, value]) => given.get(name) === value);
}

export function decodeLabel(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return fail('SerializationException', 'The path is not valid percent-encoded UTF-8.');
  }
}
