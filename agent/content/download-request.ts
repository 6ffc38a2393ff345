// What the agent asks its download program for: a file in the step's directory, JSON.
import type { ContentSource } from './source.ts';

export interface DownloadRequest {
  /** A document was fetched by the agent, which has the credentials for it. */
  readonly source:
    | Exclude<ContentSource, { kind: 'document' }>
    | { readonly kind: 'text'; readonly fileName: string; readonly text: string };
  readonly destination: string;
  readonly ca: string | undefined;
}
