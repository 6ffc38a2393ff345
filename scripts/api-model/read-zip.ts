// Reads single entries out of a zip archive: central directory, stored and deflated entries, no zip64. Enough for the one archive
// that the API generator takes its models from; no dependency.
import { inflateRawSync } from 'node:zlib';

const END_OF_CENTRAL_DIRECTORY = 0x06054b50;
const CENTRAL_ENTRY = 0x02014b50;
const LOCAL_ENTRY = 0x04034b50;
const DEFLATED = 8;
/** The end record is 22 bytes plus a comment of at most 65,535. */
const END_RECORD_SEARCH_BYTES = 22 + 65_535;

export interface ZipEntry {
  readonly name: string;
  read(): Buffer;
}

export function zipEntries(archive: Buffer): ZipEntry[] {
  const end = endRecordOffset(archive);
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  const entries: ZipEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    if (archive.readUInt32LE(at) !== CENTRAL_ENTRY) throw new Error(`zip: no central directory entry at ${at}`);
    const method = archive.readUInt16LE(at + 10);
    const packedBytes = archive.readUInt32LE(at + 20);
    const nameBytes = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameBytes);
    const local = archive.readUInt32LE(at + 42);
    entries.push({ name, read: () => readEntry(archive, local, method, packedBytes) });
    at += 46 + nameBytes + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}

function endRecordOffset(archive: Buffer): number {
  const lowest = Math.max(0, archive.length - END_RECORD_SEARCH_BYTES);
  for (let at = archive.length - 22; at >= lowest; at -= 1) if (archive.readUInt32LE(at) === END_OF_CENTRAL_DIRECTORY) return at;
  throw new Error('zip: no end record found: is the archive complete?');
}

function readEntry(archive: Buffer, local: number, method: number, packedBytes: number): Buffer {
  if (archive.readUInt32LE(local) !== LOCAL_ENTRY) throw new Error(`zip: no entry at ${local}`);
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const packed = archive.subarray(start, start + packedBytes);
  return method === DEFLATED ? inflateRawSync(packed) : Buffer.from(packed);
}
