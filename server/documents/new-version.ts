// From a caller's content to a version that may be stored: the checks that CreateDocument and UpdateDocument share.
import type { SsmDocument } from '@muster/protocol/document.ts';
import type { RequestContext } from '../platform/api/operation.ts';
import { ContentError, hashContent, readContent } from './content.ts';
import type { ContentFormat } from './content.ts';
import { platformsOf } from './document.ts';
import type { DocumentVersion } from './document.ts';

interface GivenContent {
  readonly Content: string;
  readonly DocumentFormat?: string | undefined;
  readonly VersionName?: string | undefined;
  readonly Attachments?: readonly unknown[] | undefined;
  readonly Requires?: readonly unknown[] | undefined;
}

type Context = Pick<
  RequestContext<'InvalidDocumentContent' | 'InvalidDocumentSchemaVersion' | 'MaxDocumentSizeExceeded'>,
  'fail' | 'now'
>;

/** AWS's bound is nowhere told; a document has few surprises worth reading. */
const STATUS_INFORMATION_CHARACTERS_MAX = 1000;

export function newVersion(
  given: GivenContent,
  number: number,
  ctx: Context,
): { version: DocumentVersion; document: SsmDocument } {
  if ((given.Attachments ?? []).length > 0) ctx.fail('ValidationException', 'Attachments are not supported by this server yet.');
  if ((given.Requires ?? []).length > 0) ctx.fail('ValidationException', 'Requires is not supported by this server yet.');
  const format = formatOf(given.DocumentFormat, ctx);
  const document = read(given.Content, format, ctx);
  return {
    document,
    version: {
      version: number,
      versionName: given.VersionName,
      format,
      schemaVersion: document.schemaVersion,
      description: document.description,
      platformTypes: platformsOf(document),
      statusInformation: document.warnings.join(' ').slice(0, STATUS_INFORMATION_CHARACTERS_MAX),
      hash: hashContent(given.Content),
      createdAt: ctx.now,
      content: given.Content,
    },
  };
}

function formatOf(format: string | undefined, ctx: Context): ContentFormat {
  if (format === undefined || format === 'JSON') return 'JSON';
  return format === 'YAML' ? 'YAML' : ctx.fail('ValidationException', 'Documents of type Command have the format JSON or YAML.');
}

function read(content: string, format: ContentFormat, ctx: Context): SsmDocument {
  try {
    return readContent(content, format);
  } catch (error) {
    if (error instanceof ContentError) return ctx.fail(error.code, error.message);
    throw error;
  }
}
