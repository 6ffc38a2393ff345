// Zip archives for tests, made from the format's definition; each field of an entry can be made to lie.
import { crc32, deflateRawSync } from 'node:zlib';

export interface FixtureEntry {
  readonly name: string;
  readonly text?: string | Buffer;
  readonly method?: 'stored' | 'deflated';
  /** Unix mode with its format bits. Default: a plain file, executable when its text begins with `#!`. */
  readonly mode?: number;
  readonly flags?: number;
  /** What the directory says instead of the truth. */
  readonly lie?: {
    readonly checksum?: number;
    readonly sizeBytes?: number;
    readonly packedBytes?: number;
    readonly offset?: number;
  };
}

export function zipOf(entries: readonly FixtureEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const plain = Buffer.from(entry.text ?? '');
    const method = entry.method === 'stored' ? 0 : 8;
    const packed = method === 0 ? plain : deflateRawSync(plain);
    const name = Buffer.from(entry.name);
    const isFolder = entry.name.endsWith('/');
    const mode = entry.mode ?? (isFolder ? 0o040755 : plain.subarray(0, 2).toString() === '#!' ? 0o100755 : 0o100644);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(entry.flags ?? 0, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(entry.lie?.checksum ?? crc32(plain), 10);
    common.writeUInt32LE(entry.lie?.packedBytes ?? packed.length, 14);
    common.writeUInt32LE(entry.lie?.sizeBytes ?? plain.length, 18);
    common.writeUInt16LE(name.length, 22);
    directory.push(
      Buffer.from('504b0102', 'hex'),
      Buffer.from([20, 3]),
      common,
      centralTail(mode, entry.lie?.offset ?? offset),
      name,
    );
    parts.push(Buffer.from('504b0304', 'hex'), common, name, packed);
    offset += 30 + name.length + packed.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listing, end]);
}

/** Comment length, disk, internal and external attributes, place. */
function centralTail(mode: number, offset: number): Buffer {
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE((mode * 0x10000) >>> 0, 6);
  tail.writeUInt32LE(offset, 10);
  return tail;
}
