import { crc32 } from "node:zlib";

/** What zip's old fields can hold; more goes into the fields of Zip64. */
const MAX_32 = 0xffff_ffff;
const MAX_16 = 0xffff;
const VERSION = 45;
/** 1980-01-01 00:00, the first moment that zip knows, so that the same files give the same bytes. */
const DOS_DATE = 0x21;
const NAMES_ARE_UTF8 = 0x800;
const SIZES_FOLLOW = 0x8;
const PLAIN_FILE = 0o100644;

interface Entry {
  name: Buffer;
  flags: number;
  crc: number;
  size: number;
}

/**
 * A zip archive that is written while it is sent: files are stored as they are (images don't get smaller), only their
 * directory is kept in memory. Source: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3 (Zip64).
 */
export class ZipStream {
  private readonly directory: Buffer[] = [];
  private offset = 0;

  /** A file whose bytes are there. */
  *file(name: string, bytes: Uint8Array): Generator<Uint8Array> {
    const entry = { name: Buffer.from(name), flags: NAMES_ARE_UTF8, crc: crc32(bytes), size: bytes.length };
    const header = localHeader(entry);
    yield header;
    yield bytes;
    this.add(entry, header.length + bytes.length);
  }

  /** A file that is made while it is sent: its size and checksum follow it. @throws RangeError past 4 GiB */
  async *streamedFile(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const flags = NAMES_ARE_UTF8 | SIZES_FOLLOW;
    const entry: Entry = { name: Buffer.from(name), flags, crc: 0, size: 0 };
    const header = localHeader(entry);
    yield header;
    for await (const chunk of chunks) {
      entry.crc = crc32(chunk, entry.crc);
      entry.size += chunk.length;
      if (entry.size >= MAX_32) throw new RangeError(`${name} is too large for its place in a zip archive.`);
      yield chunk;
    }
    const descriptor = Buffer.alloc(16);
    descriptor.write("PK\x07\x08", "latin1");
    descriptor.writeUInt32LE(entry.crc, 4);
    descriptor.writeUInt32LE(entry.size, 8);
    descriptor.writeUInt32LE(entry.size, 12);
    yield descriptor;
    this.add(entry, header.length + entry.size + descriptor.length);
  }

  /** The directory. Nothing may follow it. */
  *end(): Generator<Uint8Array> {
    const start = this.offset;
    for (const record of this.directory) {
      this.offset += record.length;
      yield record;
    }
    const end = { entries: this.directory.length, start, size: this.offset - start };
    if (end.entries >= MAX_16 || start >= MAX_32 || end.size >= MAX_32) yield endOfZip64(end);
    yield endOfDirectory(end);
  }

  private add(entry: Entry, length: number): void {
    this.directory.push(directoryRecord(entry, this.offset));
    this.offset += length;
  }
}

/** From the version needed to the length of the name: the same in both headers of a file. */
function commonFields({ name, flags, crc, size }: Entry): Buffer {
  const fields = Buffer.alloc(24);
  fields.writeUInt16LE(VERSION, 0);
  fields.writeUInt16LE(flags, 2);
  fields.writeUInt16LE(DOS_DATE, 8);
  fields.writeUInt32LE(crc, 10);
  fields.writeUInt32LE(size, 14);
  fields.writeUInt32LE(size, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function localHeader(entry: Entry): Buffer {
  return Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), commonFields(entry), Buffer.alloc(2), entry.name]);
}

function directoryRecord(entry: Entry, offset: number): Buffer {
  const isFar = offset >= MAX_32;
  const extra = Buffer.alloc(isFar ? 12 : 0);
  if (isFar) {
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(8, 2);
    extra.writeBigUInt64LE(BigInt(offset), 4);
  }
  const rest = Buffer.alloc(16);
  rest.writeUInt16LE(extra.length, 0);
  rest.writeUInt32LE((PLAIN_FILE << 16) >>> 0, 8);
  rest.writeUInt32LE(isFar ? MAX_32 : offset, 12);
  const madeByUnix = Buffer.from([VERSION, 3]);
  const signature = Buffer.from("PK\x01\x02", "latin1");
  return Buffer.concat([signature, madeByUnix, commonFields(entry), rest, entry.name, extra]);
}

interface Directory {
  entries: number;
  start: number;
  size: number;
}

/** The end of the directory in 64 bits, and where it is found. */
function endOfZip64({ entries, start, size }: Directory): Buffer {
  const end = Buffer.alloc(56 + 20);
  end.write("PK\x06\x06", "latin1");
  end.writeBigUInt64LE(44n, 4);
  end.writeUInt16LE(VERSION, 12);
  end.writeUInt16LE(VERSION, 14);
  end.writeBigUInt64LE(BigInt(entries), 24);
  end.writeBigUInt64LE(BigInt(entries), 32);
  end.writeBigUInt64LE(BigInt(size), 40);
  end.writeBigUInt64LE(BigInt(start), 48);
  end.write("PK\x06\x07", 56, "latin1");
  end.writeBigUInt64LE(BigInt(start + size), 64);
  end.writeUInt32LE(1, 72);
  return end;
}

function endOfDirectory({ entries, start, size }: Directory): Buffer {
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(Math.min(entries, MAX_16), 8);
  end.writeUInt16LE(Math.min(entries, MAX_16), 10);
  end.writeUInt32LE(Math.min(size, MAX_32), 12);
  end.writeUInt32LE(Math.min(start, MAX_32), 16);
  return end;
}
