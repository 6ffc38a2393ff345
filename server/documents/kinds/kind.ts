// What the server asks of content, and learns from it, by document type. A kind's `check` is pure, takes any value, and ends in what
// it found or in a DocumentError that names rule and place.
import type { DocumentWarning } from '@muster/protocol/document-error.ts';
import type { ParameterType, ParameterValue, SsmDocument } from '@muster/protocol/document.ts';

export type ContentFormat = 'JSON' | 'YAML' | 'TEXT';

export type DocumentPlatform = 'Windows' | 'Linux' | 'MacOS';

export const ALL_PLATFORMS: readonly DocumentPlatform[] = ['Windows', 'Linux', 'MacOS'];

/** A parameter as DescribeDocument tells it: runbooks have types that commands do not know. */
export interface DescribedParameter {
  readonly name: string;
  readonly type: ParameterType | (string & {});
  readonly description: string | undefined;
  readonly default: ParameterValue | undefined;
}

export interface CheckedContent {
  /** Empty where the type has none. */
  readonly schemaVersion: string;
  readonly description: string;
  readonly parameters: readonly DescribedParameter[];
  readonly platformTypes: readonly DocumentPlatform[];
  readonly warnings: readonly DocumentWarning[];
  /** What an agent can run: of Command and Policy alone. */
  readonly runnable?: SsmDocument;
}

export interface DocumentKind {
  readonly formats: readonly ContentFormat[];
  /** `content` is the value that JSON or YAML text means, and the text itself where the format is TEXT. */
  check(content: unknown, format: ContentFormat): CheckedContent;
}
