// What attachments need from others; the composition root fills it.
import type { RequestContext } from '../../platform/api/operation.ts';

/** Where S3 URLs lead. Filled where there is an object store. */
export interface AttachmentSources {
  /** The object, or with `folder` every object directly below it; empty when there is none. With the rights of the caller. */
  find(ctx: RequestContext, url: string, folder: boolean): Promise<readonly SourceFile[]>;
}

export interface SourceFile {
  /** The last part of its key. */
  readonly name: string;
  open(): AsyncIterable<Uint8Array>;
}
