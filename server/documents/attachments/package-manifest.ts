// The manifest of a Distributor package against what is attached: whoever installs the package must find every file that the manifest
// promises, with the bytes that it promises. Pure.
import type { Attachment } from './attachment.ts';

/** Why the manifest does not fit; undefined when it does, and for what is no manifest at all, which the checks of content refuse. */
export function packageRefusal(manifest: unknown, attachments: readonly Attachment[]): string | undefined {
  for (const [name, facts] of Object.entries(record(record(manifest)?.['files']) ?? {})) {
    const refusal = fileRefusal(
      name,
      record(facts),
      attachments.find((one) => one.name === name),
    );
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function fileRefusal(name: string, facts: Fields | undefined, attached: Attachment | undefined): string | undefined {
  if (attached === undefined)
    return `The file ${name} of the manifest is not attached. Attach it, or copy it from an earlier version with an AttachmentReference.`;
  const sha256 = record(facts?.['checksums'])?.['sha256'];
  if (typeof sha256 !== 'string') return `The manifest has no checksums.sha256 for the file ${name}.`;
  if (sha256.toLowerCase() !== attached.sha256)
    return `The checksum of the file ${name} does not match: the manifest says sha256 ${sha256.slice(0, 64)}, the attachment has ${attached.sha256}.`;
  const size = facts?.['size'];
  if (size !== undefined && Number(size) !== attached.sizeBytes)
    return `The size of the file ${name} does not match: the manifest says ${JSON.stringify(size).slice(0, 20)}, the attachment has ${attached.sizeBytes} bytes.`;
  return undefined;
}

type Fields = Readonly<Record<string, unknown>>;

function record(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
