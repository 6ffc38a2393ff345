// Service `muster`, documents: how a file comes into the server that a document can name as an attachment. AWS takes attachments from S3
// only; this works without an object store. Documented in server/documents/README.md.
import type { ServiceModel } from '../service-model.ts';

export const musterDocumentsModel: Pick<ServiceModel, 'operations' | 'shapes'> = {
  operations: {
    CreateAttachmentUpload: {
      method: 'POST',
      uri: '/',
      input: 'CreateAttachmentUploadRequest',
      output: 'CreateAttachmentUploadResult',
      errors: [],
    },
  },
  shapes: {
    AttachmentSha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
    AttachmentBytes: { type: 'long', min: 1, max: 1_073_741_824 },
    AttachmentUrl: { type: 'string', max: 2048 },
    AttachmentUploadExpiry: { type: 'timestamp' },
    CreateAttachmentUploadRequest: {
      type: 'structure',
      required: ['Sha256', 'SizeBytes'],
      members: { Sha256: { shape: 'AttachmentSha256' }, SizeBytes: { shape: 'AttachmentBytes' } },
    },
    /** PUT the bytes to UploadUrl before it expires; then name AttachmentUrl in CreateDocument: `Key=S3FileUrl,Values=…,Name=…`. */
    CreateAttachmentUploadResult: {
      type: 'structure',
      required: ['UploadUrl', 'AttachmentUrl', 'ExpiresAt'],
      members: {
        UploadUrl: { shape: 'AttachmentUrl', sensitive: true },
        AttachmentUrl: { shape: 'AttachmentUrl' },
        ExpiresAt: { shape: 'AttachmentUploadExpiry' },
      },
    },
  },
};
