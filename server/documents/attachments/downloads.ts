// What stands behind the reserved path /downloads/: attachments to fetch and uploads to fill, each by a capability in the URL. Knows no
// HTTP: answers a refusal as a status and a sentence. Nothing is looked up, and no byte is read, before the capability was checked.
import type { Readable } from 'node:stream';
import { BlobMismatchError, BlobMissingError, BlobTooLargeError } from '../../platform/blobs/blobs.ts';
import type { Blobs } from '../../platform/blobs/blobs.ts';
import type { AccountId, Region, Scope } from '../../platform/ids.ts';
import { uploadPath } from './attachment.ts';
import type { Attachment, Upload } from './attachment.ts';
import * as store from './attachment-store.ts';
import type { Documents } from '../domain.ts';

export interface Refusal {
  readonly status: number;
  readonly sentence: string;
}

export interface Download {
  readonly attachment: Attachment;
  /** A refusal when the bytes have gone meanwhile. */
  open(): Promise<Readable | Refusal>;
}

export interface ReadyUpload {
  readonly sizeBytes: number;
  /** True when its bytes are here: whoever sends them again need not. */
  readonly stored: boolean;
  /** Takes the body as it comes; a refusal when it was not what had been announced. Throws what the body throws. */
  store(body: AsyncIterable<Uint8Array>): Promise<Refusal | undefined>;
}

/** `path` is as it came, undecoded. */
export interface AttachmentDownloads {
  findDownload(path: string, query: URLSearchParams): Promise<Download | Refusal>;
  findUpload(path: string, query: URLSearchParams): Promise<ReadyUpload | Refusal>;
}

const FORGED: Refusal = {
  status: 403,
  sentence: 'This URL is not valid: use the one that GetDocument or CreateAttachmentUpload answered, as it is.',
};
const EXPIRED: Refusal = { status: 403, sentence: 'This URL has expired: ask for a new one.' };
const GONE: Refusal = { status: 404, sentence: 'There is nothing here any more.' };

/** `attachmentPath`'s segments. */
const ATTACHMENT = /^\/downloads\/attachments\/([^/]+)\/([^/]+)\/([^/]+)\/([1-9][0-9]{0,8})\/([^/]+)$/;
const UPLOAD = /^\/downloads\/uploads\/([^/]+)$/;

export function createAttachmentDownloads(domain: Documents): AttachmentDownloads {
  const { database, clock } = domain;
  const { capabilities, blobs } = domain.attachments;

  return {
    async findDownload(path, query) {
      const facts = capabilities.check('GET', path, query, ['sha256'], clock.now());
      if (typeof facts === 'string') return refusalOf(facts);
      const [, account = '', region = '', document = '', version = '', name = ''] = ATTACHMENT.exec(path) ?? [];
      const owner = scopeFrom(account, region);
      const attachment = await database.read((tx) => store.findAttachment(tx, owner, document, Number(version), name));
      // A document of the same name that was made since is another one.
      if (attachment?.sha256 !== facts.sha256) return GONE;
      return { attachment, open: () => openBlob(blobs, attachment.sha256) };
    },

    async findUpload(path, query) {
      const facts = capabilities.check('PUT', path, query, ['account', 'region'], clock.now());
      if (typeof facts === 'string') return refusalOf(facts);
      const [, uploadId = ''] = UPLOAD.exec(path) ?? [];
      const upload = await database.read((tx) => store.findUpload(tx, scopeFrom(facts.account, facts.region), uploadId));
      if (upload === undefined) return GONE;
      const { sizeBytes, stored } = upload;
      return { sizeBytes, stored, store: (body) => storeBody(domain, upload, body) };
    },
  };
}

async function openBlob(blobs: Blobs, sha256: string): Promise<Readable | Refusal> {
  try {
    return await blobs.open(sha256);
  } catch (cause) {
    if (cause instanceof BlobMissingError) return GONE;
    throw cause;
  }
}

/** The URL that takes the upload's bytes; the one to attach them by has no capability, so that it may be written down. */
export function uploadUrls(domain: Documents, upload: Upload, expiresAt: Date): { UploadUrl: string; AttachmentUrl: string } {
  const { capabilities, publicUrl } = domain.attachments;
  const path = uploadPath(upload.id);
  const { account, region } = upload.scope;
  return { UploadUrl: capabilities.sign('PUT', path, { account, region }, expiresAt), AttachmentUrl: publicUrl + path };
}

/** The row was there before the first byte, so nobody removes the blob between the two. */
async function storeBody(
  { database, attachments: { blobs } }: Documents,
  upload: Upload,
  body: AsyncIterable<Uint8Array>,
): Promise<Refusal | undefined> {
  try {
    // A body in chunks has no length to be compared before. What is kept of a refused one goes with the upload.
    const { sizeBytes } = await blobs.put(body, { sizeBytesMax: upload.sizeBytes, sha256: upload.sha256 });
    if (sizeBytes !== upload.sizeBytes)
      return { status: 400, sentence: `The upload was announced with ${upload.sizeBytes} bytes; ${sizeBytes} came.` };
  } catch (cause) {
    if (cause instanceof BlobTooLargeError)
      return { status: 413, sentence: `The upload was announced with ${upload.sizeBytes} bytes; more came.` };
    if (cause instanceof BlobMismatchError)
      return { status: 400, sentence: `The bytes that came do not have the announced SHA-256 ${upload.sha256}.` };
    throw cause;
  }
  const known = await database.write('documents.upload-stored', (tx) => store.markStored(tx, upload));
  return known ? undefined : GONE;
}

function refusalOf(verdict: 'forged' | 'expired'): Refusal {
  return verdict === 'expired' ? EXPIRED : FORGED;
}

/** Of signed text only. */
function scopeFrom(account: string, region: string): Scope {
  return { account: account as AccountId, region: region as Region };
}
