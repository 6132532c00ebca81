import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { crc32, createGzip, deflateRawSync } from "node:zlib";
import tar from "tar-stream";

/** A file for a test's archive; the other fields make it a malicious one. */
export interface FixtureFile {
  name: string;
  bytes?: Buffer | string;
  /** Points there instead of holding bytes. */
  linkTo?: string;
  /** Zip only: the size that the directory claims. */
  claimedSize?: number;
}

export async function writeTar(path: string, files: FixtureFile[]): Promise<void> {
  const pack = tar.pack();
  for (const { name, bytes = "", linkTo } of files)
    if (linkTo) pack.entry({ name, type: "symlink", linkname: linkTo });
    else pack.entry({ name }, Buffer.from(bytes));
  pack.finalize();
  if (path.endsWith("gz")) await pipeline(pack, createGzip(), createWriteStream(path));
  else await pipeline(pack, createWriteStream(path));
}

/** Zip by hand (APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.16): libraries refuse to write what these tests need. */
export async function writeZip(path: string, files: FixtureFile[]): Promise<void> {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes = "", linkTo, claimedSize } of files) {
    const body = Buffer.from(linkTo ?? bytes);
    const packed = deflateRawSync(body);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(body), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(claimedSize ?? body.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((linkTo ? 0o120777 : 0o100644) << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name), packed]);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x03"), common, tail, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  await writeFile(path, Buffer.concat([...parts, listed, end]));
}
