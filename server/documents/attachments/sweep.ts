// The reconciler that forgets uploads after a day and removes blobs that nobody refers to any more. Keys are `upload <account> <region> <id>`
// and `blob <sha256>`. It may stop between any two steps: rows say what is left to do.
import type { AccountId, Region } from '../../platform/ids.ts';
import type { Reconciler } from '../../platform/reconcile/reconciler.ts';
import * as store from './attachment-store.ts';
import type { Documents } from '../domain.ts';

/** An hour or a day does not need to be kept to the second. */
const PERIOD_MS = 5 * 60_000;

export function createAttachmentSweep(domain: Documents): Reconciler {
  const { database } = domain;
  const { blobs } = domain.attachments;

  return {
    name: 'documents.attachments',
    periodMs: PERIOD_MS,
    due: (now, limit) =>
      database.read(async (tx) => {
        const uploads = await store.findOverdueUploads(tx, now, limit);
        const loose = await store.findLooseBlobs(tx, now, limit - uploads.length);
        return [
          ...uploads.map(({ scope, id }) => `upload ${scope.account} ${scope.region} ${id}`),
          ...loose.map((sha256) => `blob ${sha256}`),
        ];
      }),
    async reconcile(key, now) {
      const [kind, first = '', region = '', id = ''] = key.split(' ');
      if (kind === 'blob') await removeBlob(first);
      else await forgetUpload(first, region, id, now);
      return undefined;
    },
  };

  async function forgetUpload(account: string, region: string, id: string, now: Date): Promise<void> {
    const scope = { account: account as AccountId, region: region as Region };
    await database.write('documents.forget-upload', async (tx) => {
      const upload = await store.findUpload(tx, scope, id);
      if (upload !== undefined && upload.keptUntil <= now) await store.deleteUpload(tx, scope, id, upload.sha256, now);
    });
  }

  async function removeBlob(sha256: string): Promise<void> {
    if (!(await database.write('documents.begin-removal', (tx) => store.beginRemoval(tx, sha256)))) return;
    await blobs.remove(sha256);
    await database.write('documents.end-removal', (tx) => store.endRemoval(tx, sha256));
  }
}
