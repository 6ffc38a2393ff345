// Which package a name and a version mean, asked of the server as the stock agent does: GetManifest first, and when there is no such package
// in AWS's own store, the document of that name with its attachments. The server's answers are outside data: everything is checked.
import { ApiError } from '../access/ssm-client.ts';
import type { NodeApi } from '../access/node-api.ts';
import type { PackageMachine } from './machine.ts';
import { chooseFile, PackageError, parseManifest } from './manifest.ts';
import type { PackageFile } from './manifest.ts';

export interface AvailablePackage {
  readonly version: string;
  readonly fileName: string;
  readonly url: string;
  readonly sha256: string;
}

/** `version` empty or `latest`: the newest there is. Throws PackageError, or what the call threw. */
export async function findPackage(
  api: NodeApi,
  name: string,
  version: string,
  machine: PackageMachine,
): Promise<AvailablePackage> {
  const manifest = await storeManifest(api, name, version);
  if (manifest !== undefined) {
    const parsed = parseManifest(manifest);
    const file = chooseFile(parsed, machine);
    return available(parsed.version, file, file.downloadLocation, undefined);
  }
  return await documentPackage(api, name, version, machine);
}

export function isLatest(version: string): boolean {
  return version === '' || version === 'latest';
}

/** Undefined: the package is a document. */
async function storeManifest(api: NodeApi, name: string, version: string): Promise<string | undefined> {
  const asked = isLatest(version) ? 'latest' : version;
  if (/^arn:[^/]*:document\//.test(name) || !/^[A-Za-z0-9.]+$/.test(asked)) return undefined;
  try {
    const { Manifest } = await api.call('GetManifest', { PackageName: name, PackageVersion: asked });
    return typeof Manifest === 'string' && Manifest !== '' ? Manifest : undefined;
  } catch (error) {
    if (error instanceof ApiError && error.message.includes('ResourceNotFoundException')) return undefined;
    throw error;
  }
}

async function documentPackage(api: NodeApi, name: string, version: string, machine: PackageMachine): Promise<AvailablePackage> {
  const input = { Name: name, ...(isLatest(version) ? {} : { VersionName: version }) };
  const described = (await api.call('DescribeDocument', input))['Document'];
  requireActive(name, asRecord(described)['Status']);
  const document = await api.call('GetDocument', input);
  requireActive(name, document['Status']);
  const content = document['Content'];
  if (typeof content !== 'string') throw new PackageError(`the answer holds no content of document ${name}`);
  const manifest = parseManifest(content);
  const file = chooseFile(manifest, machine);
  const attachments = Array.isArray(document['AttachmentsContent']) ? document['AttachmentsContent'].map(asRecord) : [];
  const attachment = attachments.find((one) => one['Name'] === file.name);
  if (attachment === undefined) throw new PackageError(`the document ${name} has no attachment ${file.name}`);
  const isSha256 = (text(attachment['HashType']) ?? 'Sha256').toLowerCase() === 'sha256';
  return available(manifest.version, file, text(attachment['Url']), isSha256 ? text(attachment['Hash']) : undefined);
}

function requireActive(name: string, status: unknown): void {
  if (status === undefined || status === 'Active') return;
  throw new PackageError(
    `the document ${name} is ${text(status) ?? 'in no state'}, not Active: try again when its attachments are processed`,
  );
}

/** The manifest's checksum counts; the attachment's must not say otherwise. Without any, nothing is installed. */
function available(
  version: string,
  file: PackageFile,
  url: string | undefined,
  attachmentHash: string | undefined,
): AvailablePackage {
  const sha256 = file.sha256 ?? attachmentHash;
  if (url === undefined) throw new PackageError(`the server gives no address for ${file.name}`);
  if (sha256 === undefined || !/^[0-9a-fA-F]{64}$/.test(sha256)) {
    throw new PackageError(`the manifest has no SHA-256 of ${file.name}: it is not installed`);
  }
  if (attachmentHash !== undefined && attachmentHash.toLowerCase() !== sha256.toLowerCase()) {
    throw new PackageError(`the manifest and the attachment say different SHA-256 of ${file.name}: it is not installed`);
  }
  return { version, fileName: file.name, url, sha256: sha256.toLowerCase() };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
