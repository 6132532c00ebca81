/** The folder of the artifacts has no room left: what an upload is told, what is kept of it, and how it goes on. */
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../support/server.ts";

const FOLDER_BYTES = 4 << 20;

/** A file system of its own of 4 MiB; null where we may not mount one (it takes root). */
function mountSmall(): string | null {
  const folder = mkdtempSync(path.join(os.tmpdir(), "gan-rm-small-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${FOLDER_BYTES}`, "tmpfs", folder], { stdio: "ignore" });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
}

const small = mountSmall();
if (!small) process.stderr.write("full-disk.test.ts is skipped: mounting a small file system takes root on Linux.\n");

let server: TestServer;
beforeAll(async () => {
  if (small) server = await startTestServer({ artifacts: small });
});
afterEach(() => small && rmSync(ballast(small), { force: true }));
afterAll(async () => {
  await server?.stop();
  if (!small) return;
  execFileSync("umount", [small]);
  rmSync(small, { recursive: true });
});

const ballast = (folder: string) => path.join(folder, "ballast");

/** Leaves about so much room. */
function fill(folder: string, room: number): void {
  let written = 0;
  try {
    for (const block = Buffer.alloc(4096, 1); ; written += block.length)
      writeFileSync(ballast(folder), block, { flag: "a" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
  truncateSync(ballast(folder), Math.max(0, written - room));
}

const asExport = (name: string) => ({ "x-artifact-kind": "EXPORT", "x-file-name": name });
const recorded = async (): Promise<string[]> =>
  (await server.db.query("select sha256 from artifacts order by 1")).map((row: { sha256: string }) => row.sha256);

/** Files of the store whose names are hashes, checked against their bytes; and temporary files. */
async function kept(folder: string): Promise<{ whole: string[]; broken: string[]; temporary: string[] }> {
  const found = { whole: [] as string[], broken: [] as string[], temporary: [] as string[] };
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === "ballast") continue;
    const bytes = await readFile(path.join(entry.parentPath, entry.name));
    if (entry.parentPath.endsWith("incoming")) found.temporary.push(entry.name);
    else if (entry.parentPath.includes("thumbnails")) await sharp(bytes).toBuffer();
    else
      (createHash("sha256").update(bytes).digest("hex") === entry.name ? found.whole : found.broken).push(entry.name);
  }
  return found;
}

const noise = (side: number) =>
  sharp(randomBytes(side * side * 3), { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();

test.skipIf(!small)(
  "an upload too large for the room left is answered with STORAGE_FULL, and a smaller one goes in",
  async () => {
    const folder = small ?? "";
    const before = await recorded();
    const large = await server.upload(randomBytes(FOLDER_BYTES + 100_000), asExport("large.bin"));
    expect([large.status, large.body.error?.code]).toEqual([507, "STORAGE_FULL"]);
    expect(large.body.error?.message).toContain("large.bin");
    expect(await recorded()).toEqual(before);
    expect((await server.upload(randomBytes(1 << 20), asExport("small.bin"))).status).toBe(201);
    expect(await kept(folder)).toMatchObject({ broken: [], temporary: [] });
  },
);

test.skipIf(!small)(
  "an image whose thumbnails no longer fit is not recorded; once there is room it goes in whole",
  async () => {
    const folder = small ?? "";
    const png = await noise(200);
    fill(folder, png.length + 8192);
    const refused = await server.upload(png, { "x-file-name": "picture.png" });
    expect([refused.status, refused.body.error?.code]).toEqual([507, "STORAGE_FULL"]);
    const sha256 = createHash("sha256").update(png).digest("hex");
    expect(await recorded()).not.toContain(sha256);
    const viewer = { headers: { authorization: `Bearer ${server.tokens.VIEWER}` } };
    expect((await fetch(`${server.url}/artifacts/${sha256}`, viewer)).status).toBe(404);
    expect(await kept(folder)).toMatchObject({ broken: [], temporary: [] });

    rmSync(ballast(folder));
    expect((await server.upload(png, { "x-file-name": "picture.png" })).status).toBe(201);
    const download = await fetch(`${server.url}/artifacts/${sha256}`, viewer);
    expect(Buffer.from(await download.arrayBuffer()).equals(png)).toBe(true);
    for (const size of [160, 640])
      expect((await fetch(`${server.url}/artifacts/${sha256}/thumbnail/${size}`, viewer)).status).toBe(200);
  },
);

test.skipIf(!small)(
  "twenty uploads at once into too little room: each is whole or refused, and the service goes on",
  async () => {
    const folder = small ?? "";
    fill(folder, 600_000);
    const files = Array.from({ length: 20 }, () => randomBytes(100_000));
    const answers = await Promise.all(files.map((file, i) => server.upload(file, asExport(`${i}.bin`))));
    const codes = answers.map(({ status, body }) => (status === 201 ? "kept" : body.error?.code));
    expect(new Set(codes)).toEqual(new Set(["kept", "STORAGE_FULL"]));
    const present = await kept(folder);
    expect(present).toMatchObject({ broken: [], temporary: [] });
    expect((await recorded()).toSorted()).toEqual(present.whole.toSorted());
    expect((await server.ask("{ viewer { name } }")).errors).toBeUndefined();
    rmSync(ballast(folder));
    for (const file of files) expect((await server.upload(file, asExport("again.bin"))).status).toBe(201);
  },
);
