// Attachments as GetDocument answers them: where to fetch the bytes, for an hour, without a signature, and what they must be.
import type { AttachmentContentList, AttachmentInformationList } from '../../platform/api/models/ssm.types.gen.ts';
import type { Scope } from '../../platform/ids.ts';
import type { Attachment } from './attachment.ts';
import type { Capabilities } from './capability.ts';

/** A node fetches within seconds of being told; a person or a slow mirror needs longer. */
const DOWNLOAD_URL_MS = 3_600_000;

/** Names of documents and attachments hold nothing that would have to be escaped. */
export function attachmentPath(owner: Scope, document: string, version: number, attachment: string): string {
  return ['/downloads/attachments', owner.account, owner.region, document, version, attachment].join('/');
}

export function attachmentsInformation(attachments: readonly Attachment[]): AttachmentInformationList | undefined {
  return attachments.length === 0 ? undefined : attachments.map(({ name }) => ({ Name: name }));
}

export function attachmentsContent(
  capabilities: Capabilities,
  owner: Scope,
  document: string,
  version: number,
  attachments: readonly Attachment[],
  now: Date,
): AttachmentContentList | undefined {
  if (attachments.length === 0) return undefined;
  const expiresAt = new Date(now.getTime() + DOWNLOAD_URL_MS);
  return attachments.map(({ name, sha256, sizeBytes }) => ({
    Name: name,
    Size: sizeBytes,
    Hash: sha256,
    HashType: 'Sha256',
    Url: capabilities.sign('GET', attachmentPath(owner, document, version, name), { sha256 }, expiresAt),
  }));
}
