// aws:runDocument: another document's steps inside this step. The document is read once and kept in the step's directory, so that an agent
// that comes back runs the same steps, whatever the source says by then.
import { mkdirSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { DocumentError } from '@muster/protocol/document-error.ts';
import type { SsmDocument } from '@muster/protocol/document.ts';
import { parseDocument } from '@muster/protocol/document-parse.ts';
import { parseDocumentReference } from '../content/content-access.ts';
import { failure } from '../documents/result.ts';
import { findText, readHead, writeDurably } from '../machine/files.ts';
import { describeError } from '../machine/log.ts';
import type { Plugin, PluginContext } from './plugin.ts';

/** As the stock agent. */
const DEPTH_MAX = 3;
/** AWS's limit for a document. */
const DOCUMENT_BYTES_MAX = 64 * 1024;

/** What is wrong, for people. */
class RefusedDocument extends Error {}

const runDocument: Plugin = {
  action: 'aws:runDocument',
  platforms: ['Linux', 'MacOS', 'Windows'],
  variableSyntax: 'shell',
  async run(inputs, context) {
    const depth = context.depth + 1;
    if (depth > DEPTH_MAX) {
      return failure(
        `Maximum depth for document execution exceeded. Maximum depth permitted - ${DEPTH_MAX} and current depth - ${depth}`,
      );
    }
    try {
      const parameters = parseParameters(inputs['documentParameters']);
      const document = await takeDocument(inputs, context);
      return await context.runInner(nameOf(inputs), document, parameters);
    } catch (error) {
      if (error instanceof RefusedDocument) return failure(error.message);
      throw error;
    }
  },
};

/** As the node asks for it; a file has none. */
function nameOf({ documentType, documentPath }: Readonly<Record<string, unknown>>): string | undefined {
  return documentType === 'SSMDocument' && typeof documentPath === 'string'
    ? parseDocumentReference(documentPath)?.name
    : undefined;
}

async function takeDocument(inputs: Readonly<Record<string, unknown>>, context: PluginContext): Promise<SsmDocument> {
  const kept = join(context.directory, 'document.json');
  const known = findText(kept);
  if (known !== undefined) return parse(known);
  const text = await readDocument(inputs, context);
  const document = parse(text);
  mkdirSync(context.directory, { recursive: true, mode: 0o700 });
  writeDurably(kept, text);
  return document;
}

async function readDocument(inputs: Readonly<Record<string, unknown>>, context: PluginContext): Promise<string> {
  const { documentType, documentPath } = inputs;
  if (typeof documentType !== 'string' || documentType === '') {
    throw new RefusedDocument('invalid input: Document Type must be specified to either by SSMDocument or LocalPath.');
  }
  if (documentType !== 'SSMDocument' && documentType !== 'LocalPath') {
    throw new RefusedDocument(`invalid input: Document type specified in invalid: ${documentType}`);
  }
  if (typeof documentPath !== 'string' || documentPath === '') {
    throw new RefusedDocument('invalid input: Document Path must be provided');
  }
  return documentType === 'LocalPath' ? readLocal(documentPath, context) : await fetchDocument(documentPath, context);
}

function readLocal(documentPath: string, context: PluginContext): string {
  const given = isAbsolute(documentPath) ? documentPath : join(context.downloadsDirectory, documentPath);
  // From where the slashes begin: from each of them, a long path of slashes would take minutes.
  const path = given.replace(/(?<![/\\])[/\\]+$/, '');
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw new RefusedDocument(`There was an error while preparing documents - no such file: ${path}`);
  if (size > DOCUMENT_BYTES_MAX) {
    throw new RefusedDocument(
      `There was an error while preparing documents - ${path} is larger than ${DOCUMENT_BYTES_MAX} bytes`,
    );
  }
  try {
    return readHead(path, DOCUMENT_BYTES_MAX);
  } catch (error) {
    throw new RefusedDocument(`There was an error while preparing documents - ${describeError(error)}`);
  }
}

async function fetchDocument(documentPath: string, context: PluginContext): Promise<string> {
  const reference = parseDocumentReference(documentPath);
  if (reference === undefined) throw new RefusedDocument(`documentPath names no SSM document: ${documentPath}`);
  try {
    return await context.content.getDocument(reference.name, reference.version);
  } catch (error) {
    throw new RefusedDocument(`Unable to get ssm document ${reference.name}: ${describeError(error)}`);
  }
}

function parse(text: string): SsmDocument {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new RefusedDocument(
      'There was an error while preparing documents - the document is no JSON. This agent reads no YAML from files: convert it, or store it as an SSM document.',
    );
  }
  try {
    return parseDocument(content);
  } catch (error) {
    if (error instanceof DocumentError)
      throw new RefusedDocument(`There was an error while preparing documents - ${error.message}`);
    throw error;
  }
}

/** A map, or its JSON text. */
function parseParameters(given: unknown): Readonly<Record<string, unknown>> {
  let value: unknown = given ?? {};
  if (typeof value === 'string') {
    try {
      value = value.trim() === '' ? {} : JSON.parse(value);
    } catch {
      throw new RefusedDocument('documentParameters must be a JSON object');
    }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RefusedDocument('parameter type specified to run document is unknown: documentParameters must be a JSON object');
  }
  return value as Readonly<Record<string, unknown>>;
}

export default runDocument;
