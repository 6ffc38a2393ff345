// Muster.CreateAttachmentUpload: announces a file by its digest and size, and answers where to PUT its bytes and how to name it in
// CreateDocument. The row is the reference that keeps the blob: it is there before the first byte.
import type { MusterDocumentsApi } from '../../platform/api/models/muster/documents.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { UPLOAD_KEPT_MS, UPLOAD_URL_MS, UPLOADS_BYTES_MAX, UPLOADS_MAX } from '../attachments/attachment.ts';
import type { Upload } from '../attachments/attachment.ts';
import { uploadUrls } from '../attachments/downloads.ts';
import { TRY_AGAIN } from '../attachments/sources.ts';
import * as store from '../attachments/attachment-store.ts';
import type { Documents } from '../domain.ts';

export default operation<MusterDocumentsApi, Documents>()('muster', 'CreateAttachmentUpload', {
  action: 'muster:CreateAttachmentUpload',
  audit: 'write',
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    const upload: Upload = {
      scope: { account: ctx.account, region: ctx.region },
      id: domain.ids.uuid(),
      sha256: input.Sha256,
      sizeBytes: input.SizeBytes,
      stored: false,
      keptUntil: new Date(ctx.now.getTime() + UPLOAD_KEPT_MS),
    };
    await domain.database.write('documents.create-upload', async (tx) => {
      const { count, bytes } = await store.countUploads(tx, ctx);
      if (bytes + upload.sizeBytes > UPLOADS_BYTES_MAX)
        ctx.fail(
          'ThrottlingException',
          `The uploads that wait have ${bytes} bytes together; with this one they would have more than ${UPLOADS_BYTES_MAX}. They are forgotten a day after they were made.`,
        );
      if (count >= UPLOADS_MAX)
        ctx.fail('ThrottlingException', `${UPLOADS_MAX} uploads wait already. They are forgotten a day after they were made.`);
      if (!(await store.insertUpload(tx, upload))) ctx.fail('ServiceUnavailable', TRY_AGAIN, { httpStatus: 503 });
      await ctx.journal(tx, []);
    });
    const expiresAt = new Date(ctx.now.getTime() + UPLOAD_URL_MS);
    return { ...uploadUrls(domain, upload, expiresAt), ExpiresAt: expiresAt };
  },
});
