// Attachments of document versions, and what a caller may write to name one. Pure.
//
//   CreateAttachmentUpload ──> upload (waiting) ──PUT, same size and SHA-256──> upload (stored) ──CreateDocument names it──> attachment
//                                   └───────────────── a day later, attached or not ─────────────────> the upload is forgotten
//
// An attachment is a name and the SHA-256 of its bytes: it changes as little as the version that it belongs to. Bytes lie in blobs.
import type { AttachmentsSource } from '../../platform/api/models/ssm.types.gen.ts';
import type { Scope } from '../../platform/ids.ts';

export interface Attachment {
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface Upload {
  readonly scope: Scope;
  readonly id: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly stored: boolean;
  readonly keptUntil: Date;
}

/** What one entry of `Attachments` means. */
export type Source =
  | { readonly kind: 'upload'; readonly name: string; readonly uploadId: string }
  | {
      readonly kind: 'reference';
      readonly name: string;
      readonly document: string;
      readonly version: string;
      readonly file: string;
    }
  | { readonly kind: 'external'; readonly name: string | undefined; readonly folder: boolean; readonly url: string };

/** AWS's quota. */
export const ATTACHMENTS_MAX = 20;
/** What CreateAttachmentUpload's model takes; as AWS's packages. */
export const ATTACHMENT_BYTES_MAX = 1024 ** 3;
/** How long an UploadUrl takes bytes: time enough to send them, too short to be worth keeping. */
export const UPLOAD_URL_MS = 3_600_000;
/** How long stored bytes wait for a document that names them. */
export const UPLOAD_KEPT_MS = 24 * 3_600_000;
/** Uploads that wait, for each account and region: fifty whole packages at once; bounds rows. */
export const UPLOADS_MAX = 1000;
/** Of all that wait, announced or stored: five of the largest packages (20 files of 1 GiB) a day. Bounds the disk that a caller takes before anything is attached. */
export const UPLOADS_BYTES_MAX = 100 * ATTACHMENT_BYTES_MAX;
/** Why a blob that lost its last reference stays a while: a unit of work that saw the reference may still be on its way to its commit. */
export const LOOSE_MS = 3_600_000;

const FILE_NAME = /^[a-zA-Z0-9_\-.]{3,128}$/;
const UPLOAD_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** `<name or ARN>/<version>/<file>`; an ARN holds a slash of its own. */
const REFERENCE = /^(.+)\/([^/]+)\/([^/]+)$/;
const VERSION = /^(?:\$LATEST|\$DEFAULT|[1-9][0-9]{0,8})$/;

export function uploadPath(uploadId: string): string {
  return `/downloads/uploads/${uploadId}`;
}

/** Throws what `refuse` throws, for an entry that means nothing. `publicUrl`: what our own URLs begin with. */
export function readSources(
  given: readonly AttachmentsSource[],
  publicUrl: string,
  refuse: (message: string) => never,
): readonly Source[] {
  if (given.length > ATTACHMENTS_MAX)
    refuse(`A document version can have at most ${ATTACHMENTS_MAX} attachments; ${given.length} were given.`);
  return given.map((source, index) => readSource(source, `Attachments[${index}]`, publicUrl, refuse));
}

function readSource(source: AttachmentsSource, where: string, publicUrl: string, refuse: (message: string) => never): Source {
  const [value = ''] = source.Values ?? [];
  if (source.Key === undefined) return refuse(`${where}.Key is missing: SourceUrl, S3FileUrl or AttachmentReference.`);
  if (value === '') return refuse(`${where}.Values is missing: it holds one text, where the attachment is.`);
  if (source.Key === 'AttachmentReference') return readReference(value, source.Name, where, refuse);
  const uploads = publicUrl + uploadPath('');
  if (value.startsWith(uploads)) {
    if (source.Key === 'SourceUrl')
      return refuse(`${where}: SourceUrl names a folder. For a file that was uploaded to this server use S3FileUrl.`);
    const uploadId = value.slice(uploads.length);
    if (!UPLOAD_ID.test(uploadId))
      return refuse(`${where}.Values: use the AttachmentUrl that CreateAttachmentUpload answered, as it is.`);
    if (source.Name === undefined) return refuse(`${where}.Name is missing: an uploaded file has no other name.`);
    return { kind: 'upload', name: source.Name, uploadId };
  }
  if (!/^(s3|https):\/\/[^/]/.test(value))
    return refuse(`${where}.Values: use s3://BUCKET/KEY, https://…, or the AttachmentUrl that CreateAttachmentUpload answered.`);
  return { kind: 'external', name: source.Name, folder: source.Key === 'SourceUrl', url: value };
}

function readReference(value: string, name: string | undefined, where: string, refuse: (message: string) => never): Source {
  const [, document = '', version = '', file = ''] = REFERENCE.exec(value) ?? [];
  if (document === '' || !VERSION.test(version) || !FILE_NAME.test(file))
    return refuse(`${where}.Values: use DOCUMENT/VERSION/ATTACHMENT, where DOCUMENT is a name or an ARN.`);
  return { kind: 'reference', name: name ?? file, document, version, file };
}

/** The name that stands twice in the list. */
export function duplicateName(attachments: readonly Attachment[]): string | undefined {
  const seen = new Set<string>();
  return attachments.find(({ name }) => seen.size === seen.add(name).size)?.name;
}
