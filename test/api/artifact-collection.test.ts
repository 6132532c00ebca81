import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { readdir, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import type { DataSource } from "typeorm";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createServices } from "../../server/application.ts";
import { thumbnailKey } from "../../server/artifacts/artifact.service.ts";
import { FolderStore } from "../../server/artifacts/store.ts";
import { isForeignKeyViolation, isUniqueViolation } from "../../server/database/transaction.ts";
import type { Services } from "../../server/graphql/context.ts";
import { ArtifactKind } from "../../shared/enums.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { plainPng } from "./open-experiment.ts";

let database: TestDatabase;
let db: DataSource;
let folder: string;
let store: FolderStore;
let services: Services;

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 12 });
  db = database.dataSource;
  folder = mkdtempSync(path.join(os.tmpdir(), "gan-rm-artifacts-"));
  store = new FolderStore(folder);
  services = createServices(db, store, { artifactGraceHours: 24 });
});
afterAll(async () => {
  await database?.drop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await db.query("delete from feature_rows");
  await db.query("delete from proxy_sets");
  await db.query("delete from jobs");
  await db.query("update artifacts set uploaded_at = '-infinity'");
  await db.query("update stray_blobs set since = '-infinity'");
  await services.artifactCollector.collect();
});

async function upload(bytes: Buffer, kind = ArtifactKind.EXPORT): Promise<string> {
  return (await services.artifacts.put(Readable.from([bytes]), { kind, fileName: "test" })).sha256;
}
const grow = (sha256: string) =>
  db.query("update artifacts set uploaded_at = now() - interval '25 hours' where sha256 = $1", [sha256]);
/** An upload of 25 hours ago. */
async function oldUpload(bytes: Buffer, kind?: ArtifactKind): Promise<string> {
  const sha256 = await upload(bytes, kind);
  await grow(sha256);
  return sha256;
}
async function proxySet(): Promise<string> {
  return (await db.query("insert into proxy_sets (name) values (uuidv7()) returning id"))[0].id;
}
const refer = (set: string, sha256: string) =>
  db.query("insert into proxy_items (proxy_set_id, artifact_sha256, split) values ($1, $2, 'TRAIN')", [set, sha256]);
const isWhole = async (sha256: string) =>
  [(await services.artifacts.find(sha256)) !== null, await store.has(sha256)].join();
const collect = (dryRun = false) => services.artifactCollector.collect({ dryRun });
const nothing = { artifacts: 0, artifactBytes: 0, unfinishedUploads: 0, unfinishedBytes: 0 };

describe("an artifact", () => {
  test("that nothing refers to goes after its grace, with its thumbnails; a dry run only counts", async () => {
    const png = await plainPng(7);
    const [old, fresh] = [await oldUpload(png, ArtifactKind.IMAGE), await upload(Buffer.from("fresh"))];
    const due = { ...nothing, artifacts: 1, artifactBytes: png.length };
    expect(await collect(true)).toEqual(due);
    expect([await isWhole(old), await store.has(thumbnailKey(old, 160))]).toEqual(["true,true", true]);
    expect(await collect()).toEqual(due);
    expect([await isWhole(old), await store.has(thumbnailKey(old, 160))]).toEqual(["false,false", false]);
    expect(await isWhole(fresh)).toBe("true,true");
    expect(await collect()).toEqual(nothing);
  });

  test("that is uploaded again has its grace anew", async () => {
    const bytes = Buffer.from("again");
    const sha256 = await oldUpload(bytes);
    await upload(bytes);
    expect(await collect()).toEqual(nothing);
    expect(await isWhole(sha256)).toBe("true,true");
  });

  test("that was collected can be uploaded again", async () => {
    const bytes = Buffer.from("back");
    const sha256 = await oldUpload(bytes);
    await collect();
    expect(await upload(bytes)).toBe(sha256);
    expect(await isWhole(sha256)).toBe("true,true");
  });

  test("stays for the checkpoint of a living job, and goes with the job's end", async () => {
    const sha256 = await oldUpload(Buffer.from("checkpoint"), ArtifactKind.CHECKPOINT);
    await db.query(
      "insert into jobs (kind, natural_key, input, checkpoint) values ('SCORE_SAMPLES', 'x', '{}', jsonb_build_object('sha256', $1::text))",
      [sha256],
    );
    expect(await collect()).toEqual(nothing);
    await db.query("update jobs set state = 'FAILED'");
    expect(await collect()).toMatchObject({ artifacts: 1 });
    // asked for again, it would go on from there
    await db.query(
      "insert into jobs (kind, natural_key, input, checkpoint) select kind, natural_key, input, checkpoint from jobs",
    );
    const rows = await db.query("select checkpoint from jobs where state = 'QUEUED'");
    expect(rows).toEqual([{ checkpoint: null }]);
  });

  test("of features goes when the last image of its matrix does, in the same collection", async () => {
    const [image, other] = [await oldUpload(await plainPng(1)), await oldUpload(await plainPng(2))];
    const matrix = await oldUpload(Buffer.from("matrix"), ArtifactKind.FEATURES);
    await services.features.register({ encoderKey: "a".repeat(64), matrixSha256: matrix, images: [image, other] });
    const set = await proxySet();
    await refer(set, image);
    expect(await collect()).toMatchObject({ artifacts: 1 });
    expect([await isWhole(image), await isWhole(other), await isWhole(matrix)]).toEqual([
      "true,true",
      "false,false",
      "true,true",
    ]);
    await db.query("delete from proxy_sets");
    expect(await collect()).toMatchObject({ artifacts: 2 });
  });

  test("stays for any table with a foreign key, also one that comes later", async () => {
    const sha256 = await oldUpload(Buffer.from("kept"));
    await db.query(`create table "later Table" ("the Bytes" text references artifacts)`);
    try {
      await db.query(`insert into "later Table" values ($1)`, [sha256]);
      expect(await collect()).toEqual(nothing);
    } finally {
      await db.query(`drop table "later Table"`);
    }
    expect(await collect()).toMatchObject({ artifacts: 1 });
  });
});

test("collections begin minutes after the start and come daily, until stopped", async () => {
  const collected: unknown[] = [];
  const onCollected = vi.fn((collection: unknown) => void collected.push(collection));
  const onError = vi.fn();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    services.artifactCollector.watch(onCollected, onError);
    for (const [run, minutes] of [10, 24 * 60].entries()) {
      vi.advanceTimersByTime((minutes - 1) * 60_000);
      expect(onCollected).toHaveBeenCalledTimes(run);
      vi.advanceTimersByTime(60_000);
      await vi.waitFor(() => expect(onCollected).toHaveBeenCalledTimes(run + 1));
    }
    services.artifactCollector.stop();
    vi.advanceTimersByTime(48 * 3600_000);
  } finally {
    vi.useRealTimers();
  }
  expect(await collect()).toEqual(nothing);
  expect([collected, onError.mock.calls]).toEqual([[nothing, nothing], []]);
});

describe("leftovers", () => {
  test("of an upload whose server died between the bytes and their row go after the grace", async () => {
    const bytes = Buffer.from("never recorded");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const file = await store.temporaryPath();
    await writeFile(file, bytes);
    await store.keep(file, sha256);
    await db.query("insert into stray_blobs (sha256, byte_size, since) values ($1, $2, now() - interval '23 hours')", [
      sha256,
      bytes.length,
    ]);
    expect(await collect()).toEqual(nothing);
    await db.query("update stray_blobs set since = now() - interval '25 hours'");
    const due = { ...nothing, unfinishedUploads: 1, unfinishedBytes: bytes.length };
    expect([await collect(true), await collect()]).toEqual([due, due]);
    expect(await isWhole(sha256)).toBe("false,false");
  });

  test("of an upload that broke off in the middle go after the grace", async () => {
    const [old, fresh] = [await store.temporaryPath(), await store.temporaryPath()];
    await writeFile(old, "half");
    await writeFile(fresh, "half");
    await utimes(old, 0, 0);
    expect(await collect()).toEqual({ ...nothing, unfinishedUploads: 1, unfinishedBytes: 4 });
    expect(await readdir(path.join(folder, "incoming"))).toEqual([path.basename(fresh)]);
  });

  test("are none after uploads that went well or were refused", async () => {
    await upload(Buffer.from("fine"));
    await expect(upload(Buffer.from("no image"), ArtifactKind.IMAGE)).rejects.toMatchObject({ code: "IMAGE_REFUSED" });
    expect(await db.query("select * from stray_blobs")).toEqual([]);
  });
});

describe("beside other work", () => {
  test("a reference that is being written counts", async () => {
    const sha256 = await oldUpload(Buffer.from("in use soon"));
    const set = await proxySet();
    const runner = db.createQueryRunner();
    await runner.startTransaction();
    await runner.query("insert into proxy_items (proxy_set_id, artifact_sha256, split) values ($1, $2, 'TRAIN')", [
      set,
      sha256,
    ]);
    expect(await collect()).toEqual(nothing);
    await runner.commitTransaction();
    await runner.release();
    expect(await collect()).toEqual(nothing);
    expect(await isWhole(sha256)).toBe("true,true");
  });

  test("a reference that comes too late is refused, and names what is missing", async () => {
    const sha256 = await oldUpload(Buffer.from("too late"));
    const set = await proxySet();
    await collect();
    await expect(refer(set, sha256)).rejects.toMatchObject({ driverError: { code: "23503" } });
  });

  test("uploads, references and two collectors at once: whatever is referred to has its bytes", async () => {
    const files = Array.from({ length: 12 }, (_, i) => Buffer.concat([Buffer.from([i]), randomBytes(20_000)]));
    const set = await proxySet();
    const outcomes = { referred: 0, refused: 0 };
    /** Sends bytes that may be there, lets them grow old, and refers to them: as a slow client would. */
    const client = async (turn: number): Promise<void> => {
      for (let i = 0; i < 40; i++) {
        const sha256 = await upload(files[(i * 7 + turn) % files.length] ?? Buffer.alloc(1));
        await grow(sha256);
        if (i % 3 !== 0) continue;
        try {
          await refer(set, sha256);
          outcomes.referred++;
          // either the bytes are there, or there is no reference
          expect(await isWhole(sha256)).toBe("true,true");
          if (i % 2 === 0) await db.query("delete from proxy_items where artifact_sha256 = $1", [sha256]);
        } catch (error) {
          if (isForeignKeyViolation(error)) outcomes.refused++;
          else if (!isUniqueViolation(error)) throw error;
        }
      }
    };
    let working = true;
    let collected = 0;
    const collector = async (): Promise<void> => {
      while (working) collected += (await collect()).artifacts;
    };
    const collectors = [collector(), collector()];
    await Promise.all([client(0), client(3), client(5)]).finally(() => {
      working = false;
    });
    await Promise.all(collectors);
    expect(collected).toBeGreaterThan(0);
    expect(outcomes.referred).toBeGreaterThan(0);
    const rows: { sha256: string }[] = await db.query("select sha256 from artifacts");
    for (const { sha256 } of rows) expect(await store.has(sha256)).toBe(true);
    await db.query("delete from proxy_sets");
    await db.query("update artifacts set uploaded_at = '-infinity'");
    await db.query("update stray_blobs set since = '-infinity'");
    await collect();
    expect(await db.query("select count(*)::int as n from artifacts")).toEqual([{ n: 0 }]);
    expect(await db.query("select count(*)::int as n from stray_blobs")).toEqual([{ n: 0 }]);
    const left = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    expect(left.filter((entry) => !entry.parentPath.endsWith("incoming"))).toEqual([]);
  }, 60_000);
});
