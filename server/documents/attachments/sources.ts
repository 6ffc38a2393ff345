// From the `Attachments` of a call to what is attached. What lies elsewhere is fetched before the unit of work and becomes an upload;
// inside the unit only rows are read. Invariant: a version's rows name stored blobs only.
import type { AttachmentsSource } from '../../platform/api/models/ssm.types.gen.ts';
import { fail, ApiError } from '../../platform/api/errors.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { Tx } from '../../platform/store/index.ts';
import { ATTACHMENT_BYTES_MAX, ATTACHMENTS_MAX, duplicateName, readSources, UPLOAD_KEPT_MS } from './attachment.ts';
import type { Attachment, Source, Upload } from './attachment.ts';
import * as store from './attachment-store.ts';
import { toValue } from '../content.ts';
import type { ContentFormat } from '../content.ts';
import { documentArn } from '../document.ts';
import { getVersion } from '../domain.ts';
import type { Documents } from '../domain.ts';
import { packageRefusal } from './package-manifest.ts';
import type { SourceFile } from './ports.ts';

type Local = Exclude<Source, { kind: 'external' }>;
type Context = Pick<RequestContext<'InvalidDocumentContent'>, 'account' | 'region' | 'now' | 'fail' | 'authorize'>;

export const TRY_AGAIN = 'The same bytes are being removed at this moment. Try again in a few seconds.';

/** Before the unit of work. */
export async function fetchSources(
  domain: Documents,
  ctx: RequestContext,
  given: readonly AttachmentsSource[],
): Promise<readonly Local[]> {
  const refuse = (message: string): never => ctx.fail('ValidationException', message);
  const found: Local[] = [];
  for (const source of readSources(given, domain.attachments.publicUrl, refuse))
    found.push(...(source.kind === 'external' ? await fetchExternal(domain, ctx, source) : [source]));
  if (found.length > ATTACHMENTS_MAX)
    refuse(`A document version can have at most ${ATTACHMENTS_MAX} attachments; these would be ${found.length}.`);
  return found;
}

async function fetchExternal(
  domain: Documents,
  ctx: RequestContext,
  { url, folder, name }: Extract<Source, { kind: 'external' }>,
): Promise<readonly Local[]> {
  const { sources } = domain.attachments;
  if (sources === undefined)
    return ctx.fail(
      'ValidationException',
      'Attachments from S3 are not supported by this server yet: it has no object store. Upload the file with CreateAttachmentUpload and name its AttachmentUrl.',
    );
  const files = await sources.find(ctx, url, folder);
  if (files.length === 0) return ctx.fail('ValidationException', `There is nothing at ${url} that could be attached.`);
  if (files.length > ATTACHMENTS_MAX)
    return ctx.fail(
      'ValidationException',
      `A document version can have at most ${ATTACHMENTS_MAX} attachments; ${url} holds more.`,
    );
  const kept: Local[] = [];
  for (const file of files) {
    const uploadId = await keep(domain, ctx, file);
    kept.push({ kind: 'upload', name: folder ? file.name : (name ?? file.name), uploadId });
  }
  return kept;
}

/** Bytes whose digest is not known before they are there: first the blob, then the row that holds it, then a look whether both are. */
async function keep(domain: Documents, ctx: RequestContext, file: SourceFile): Promise<string> {
  const { blobs } = domain.attachments;
  const facts = await blobs.put(file.open(), { sizeBytesMax: ATTACHMENT_BYTES_MAX });
  const upload: Upload = {
    scope: { account: ctx.account, region: ctx.region },
    id: domain.ids.uuid(),
    ...facts,
    stored: true,
    keptUntil: new Date(ctx.now.getTime() + UPLOAD_KEPT_MS),
  };
  const kept = await domain.database.write('documents.keep', (tx) => store.insertUpload(tx, upload));
  if (!kept) return ctx.fail('ServiceUnavailable', TRY_AGAIN, { httpStatus: 503 });
  if (!(await blobs.has(facts.sha256)))
    await blobs.put(file.open(), { sizeBytesMax: ATTACHMENT_BYTES_MAX, sha256: facts.sha256 });
  return upload.id;
}

/** Which version the attachments belong to. */
export interface AttachedTo {
  readonly name: string;
  readonly version: number;
  readonly documentType: string;
  readonly format: ContentFormat;
  readonly content: string;
}

/** Inside the unit that stores the version. Answers what was attached. */
export async function attach(
  domain: Documents,
  tx: Tx,
  ctx: Context,
  to: AttachedTo,
  sources: readonly Local[],
): Promise<readonly Attachment[]> {
  const attachments: Attachment[] = [];
  for (const source of sources)
    attachments.push(source.kind === 'upload' ? await fromUpload(tx, ctx, source) : await fromReference(domain, tx, ctx, source));
  const twice = duplicateName(attachments);
  if (twice !== undefined)
    ctx.fail('ValidationException', `Two attachments have the name ${twice}: names are unique in a version.`);
  if (to.documentType === 'Package') {
    const refusal = packageRefusal(toValue(to.content, to.format), attachments);
    if (refusal !== undefined) ctx.fail('InvalidDocumentContent', refusal);
  }
  await store.insertAttachments(tx, ctx, to.name, to.version, attachments);
  return attachments;
}

async function fromUpload(tx: Tx, ctx: Context, { name, uploadId }: Extract<Local, { kind: 'upload' }>): Promise<Attachment> {
  const upload = await store.findUpload(tx, ctx, uploadId);
  if (upload === undefined)
    return ctx.fail(
      'ValidationException',
      `The upload of ${name} does not exist or was forgotten: make one with CreateAttachmentUpload.`,
    );
  if (!upload.stored)
    return ctx.fail('ValidationException', `The bytes of ${name} have not come yet: PUT them to its UploadUrl first.`);
  return { name, sha256: upload.sha256, sizeBytes: upload.sizeBytes };
}

/** Whoever may read the other document's version may attach what it has. */
async function fromReference(
  domain: Documents,
  tx: Tx,
  ctx: Context,
  source: Extract<Local, { kind: 'reference' }>,
): Promise<Attachment> {
  const { document, file } = source;
  await ctx.authorize('ssm:GetDocument', documentArn(ctx, document), { tx });
  const { head, version, owner } = await referred(domain, tx, ctx, source);
  const found = await store.findAttachment(tx, owner, head.name, version.version, file);
  if (found === undefined)
    return ctx.fail('ValidationException', `Version ${version.version} of document ${document} has no attachment ${file}.`);
  return { ...found, name: source.name };
}

async function referred(domain: Documents, tx: Tx, ctx: Context, source: Extract<Local, { kind: 'reference' }>) {
  try {
    return await getVersion(domain, tx, ctx, { Name: source.document, DocumentVersion: source.version }, { fail });
  } catch (cause) {
    // The operations that attach declare neither of its codes.
    if (!(cause instanceof ApiError)) throw cause;
    return ctx.fail('ValidationException', `AttachmentReference ${source.document}/${source.version}: ${cause.message}`, {
      cause,
    });
  }
}
