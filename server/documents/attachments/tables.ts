// Row types of attachments, uploads, and blobs on their way out.

export interface AttachmentRow {
  account: string;
  region: string;
  /** The document's. */
  name: string;
  version: number;
  attachment: string;
  sha256: string;
  size_bytes: number;
}

export interface UploadRow {
  account: string;
  region: string;
  upload_id: string;
  sha256: string;
  size_bytes: number;
  /** 1 when its blob is there. */
  stored: number;
  kept_until: number;
}

/** Blobs belong to nobody: account and region are `-`. */
export interface LooseBlobRow {
  account: string;
  region: string;
  sha256: string;
  due_at: number;
  /** 1 from the moment when nobody may refer to it any more until it is gone. */
  removing: number;
}

export interface AttachmentTables {
  documents_attachment: AttachmentRow;
  documents_upload: UploadRow;
  documents_loose_blob: LooseBlobRow;
}
