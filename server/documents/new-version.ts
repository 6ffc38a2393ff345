// From a caller's content to a version that may be stored: the checks that CreateDocument and UpdateDocument share.
import type { DocumentRequires, DocumentType } from '../platform/api/models/ssm.types.gen.ts';
import type { RequestContext } from '../platform/api/operation.ts';
import { ContentError, hashContent, readContent, statusInformationOf, toValue } from './content.ts';
import type { CheckedContent, ContentFormat } from './content.ts';
import type { DocumentVersion } from './document.ts';
import { kindOf } from './kinds/index.ts';
import { versionNameWarning } from './kinds/package.ts';

interface GivenContent {
  readonly Content: string;
  readonly DocumentFormat?: ContentFormat | undefined;
  readonly VersionName?: string | undefined;
  readonly Requires?: readonly DocumentRequires[] | undefined;
}

type Context = Pick<
  RequestContext<'InvalidDocumentContent' | 'InvalidDocumentSchemaVersion' | 'MaxDocumentSizeExceeded'>,
  'fail' | 'now' | 'principal'
>;

export interface NewVersion {
  readonly version: DocumentVersion;
  readonly checked: CheckedContent;
}

export function newVersion(type: DocumentType, given: GivenContent, number: number, ctx: Context): NewVersion {
  const { Content: content, VersionName: versionName } = given;
  const format = requireFormat(type, given.DocumentFormat ?? 'JSON', ctx);
  const checked = read(type, content, format, ctx);
  const named = type === 'Package' ? versionNameWarning(toValue(content, format), versionName) : [];
  return {
    checked,
    version: {
      version: number,
      versionName,
      format,
      schemaVersion: checked.schemaVersion,
      description: checked.description,
      platformTypes: checked.platformTypes,
      statusInformation: statusInformationOf([...checked.warnings, ...named], content, format),
      hash: hashContent(content),
      author: ctx.principal.arn,
      requires: given.Requires ?? [],
      // A change template is not used before somebody approves it; the others are not looked at unless somebody asks.
      reviewStatus: type === 'Automation.ChangeTemplate' ? 'NOT_REVIEWED' : undefined,
      createdAt: ctx.now,
      content,
    },
  };
}

function requireFormat(type: DocumentType, format: ContentFormat, ctx: Context): ContentFormat {
  const { formats } = kindOf(type);
  if (formats.includes(format)) return format;
  return ctx.fail('ValidationException', `Documents of type ${type} have the format ${formats.join(' or ')}, not ${format}.`);
}

function read(type: DocumentType, content: string, format: ContentFormat, ctx: Context): CheckedContent {
  try {
    return readContent(type, content, format);
  } catch (error) {
    if (error instanceof ContentError) return ctx.fail(error.code, error.message);
    throw error;
  }
}
