import { rm } from "node:fs/promises";
import type { DataSource, EntityManager } from "typeorm";
import { inTransaction } from "../database/transaction.ts";
import { thumbnailKey } from "./artifact.service.ts";
import { THUMBNAIL_SIZES } from "./image-inspection.ts";
import type { ArtifactStore } from "./store.ts";

declare module "../graphql/context.ts" {
  interface Services {
    artifactCollector: ArtifactCollector;
  }
}

/** What a collection removed or, in a dry run, would remove. */
export interface Collection {
  /** Artifacts that nothing referred to, and their bytes (thumbnails not counted). */
  artifacts: number;
  artifactBytes: number;
  /** What uploads left behind that never ended: temporary files, and bytes that were kept but not recorded. */
  unfinishedUploads: number;
  unfinishedBytes: number;
}

interface Tally {
  n: number;
  bytes: number;
}

const BATCH = 500;
const DAY_MS = 24 * 3600_000;
const FIRST_RUN_AFTER_MS = 10 * 60_000;

/**
 * Columns whose foreign keys keep an artifact alive: those that refuse its deletion. Asked of Postgres itself, so that
 * a new table can't be forgotten here.
 */
const REFERENCES = `
select c.conrelid::regclass::text as "table", quote_ident(a.attname) as "column"
from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
where c.contype = 'f' and c.confrelid = 'artifacts'::regclass and c.confdeltype in ('a', 'r')`;

/**
 * Removes artifacts that nothing refers to. Safe beside uploads and new references:
 * - an artifact's row is locked before its references are counted, so a reference that is being written either counts or
 *   comes too late and is refused for want of the artifact;
 * - its bytes are removed under the lock of their row in `stray_blobs`, which every upload of the same bytes writes to
 *   before it looks for them in the store.
 */
export class ArtifactCollector {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly db: DataSource,
    private readonly store: ArtifactStore,
    /** An artifact may be without references for so long after its upload, hours. */
    private readonly graceHours: number,
    /** Before a collection: takes away references whose time is over. */
    private readonly letGo: () => Promise<unknown> = async () => undefined,
  ) {}

  /** Collects once a day, the first time some minutes from now; until `stop`. */
  watch(onCollected: (collection: Collection) => void, onError: (error: unknown) => void): void {
    const run = (): void => {
      this.timer = setTimeout(run, DAY_MS).unref();
      this.collect().then(onCollected, onError);
    };
    this.timer = setTimeout(run, FIRST_RUN_AFTER_MS).unref();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  /** Removes what is due; what is left when it fails is removed by the next run. */
  async collect({ dryRun = false }: { dryRun?: boolean } = {}): Promise<Collection> {
    const before = new Date(Date.now() - this.graceHours * 3600_000);
    if (!dryRun) await this.letGo();
    const unreferenced = await this.unreferenced();
    const files = await this.abandonedFiles(before, dryRun);
    const strays = dryRun ? await this.countStrays(before) : await this.removeStrays(before);
    const artifacts = dryRun
      ? await this.countArtifacts(before, unreferenced)
      : await this.removeArtifacts(before, unreferenced);
    return {
      artifacts: artifacts.n,
      artifactBytes: artifacts.bytes,
      unfinishedUploads: files.n + strays.n,
      unfinishedBytes: files.bytes + strays.bytes,
    };
  }

  /** SQL: no row refers to artifact `a`. */
  private async unreferenced(): Promise<string> {
    const columns: { table: string; column: string }[] = await this.db.query(REFERENCES);
    if (columns.length === 0) throw new Error("No foreign key to artifacts was found; nothing is collected.");
    return columns
      .map(({ table, column }) => `not exists (select 1 from ${table} r where r.${column} = a.sha256)`)
      .join(" and ");
  }

  private async abandonedFiles(before: Date, dryRun: boolean): Promise<Tally> {
    const files = await this.store.abandonedFiles(before);
    if (!dryRun) for (const { path } of files) await rm(path, { force: true });
    return { n: files.length, bytes: files.reduce((sum, { byteSize }) => sum + byteSize, 0) };
  }

  private async countStrays(before: Date): Promise<Tally> {
    const [row] = await this.db.query(
      "select count(*)::int as n, coalesce(sum(byte_size), 0) as bytes from stray_blobs where since < $1",
      [before],
    );
    return { n: row.n, bytes: Number(row.bytes) };
  }

  private async countArtifacts(before: Date, unreferenced: string): Promise<Tally> {
    const [row] = await this.db.query(
      `select count(*)::int as n, coalesce(sum(byte_size), 0) as bytes from artifacts a where uploaded_at < $1 and ${unreferenced}`,
      [before],
    );
    return { n: row.n, bytes: Number(row.bytes) };
  }

  /** Until none is left: a feature matrix is unreferenced only once its images are gone. */
  private async removeArtifacts(before: Date, unreferenced: string): Promise<Tally> {
    const total: Tally = { n: 0, bytes: 0 };
    for (;;) {
      const candidates: { sha256: string }[] = await this.db.query(
        `select sha256 from artifacts a where uploaded_at < $1 and ${unreferenced} limit ${BATCH}`,
        [before],
      );
      const hashes = candidates.map(({ sha256 }) => sha256);
      const sizes = await inTransaction(this.db, (tx) => this.removeRows(tx, hashes, unreferenced));
      if (sizes.length === 0) return total;
      total.n += sizes.length;
      for (const bytes of sizes) total.bytes += bytes;
      await this.removeStrays(before);
    }
  }

  /** Artifacts that somebody else is working on are left for another day. @returns the sizes of those removed */
  private async removeRows(tx: EntityManager, hashes: string[], unreferenced: string): Promise<number[]> {
    const locked: { sha256: string }[] = await tx.query(
      "select sha256 from artifacts where sha256 = any($1) order by sha256 for update skip locked",
      [hashes],
    );
    // A statement of its own, so that it sees every reference that was committed before the locks were had.
    const removed: { bytes: number }[] = await tx.query(
      `with gone as (
         delete from artifacts a where a.sha256 = any($1) and ${unreferenced} returning a.sha256, a.byte_size),
       stray as (
         insert into stray_blobs (sha256, byte_size, since) select sha256, byte_size, '-infinity' from gone
         on conflict (sha256) do nothing)
       select byte_size as bytes from gone`,
      [locked.map(({ sha256 }) => sha256)],
    );
    return removed.map(({ bytes }) => bytes);
  }

  /** Bytes without an artifact, one transaction each: an upload of the same bytes waits for no more than that. */
  private async removeStrays(before: Date): Promise<Tally> {
    const strays: { sha256: string; bytes: number }[] = await this.db.query(
      "select sha256, byte_size as bytes from stray_blobs where since < $1",
      [before],
    );
    const total: Tally = { n: 0, bytes: 0 };
    for (const { sha256, bytes } of strays)
      if (await inTransaction(this.db, (tx) => this.removeStray(tx, sha256, before))) {
        total.n += 1;
        total.bytes += bytes;
      }
    return total;
  }

  private async removeStray(tx: EntityManager, sha256: string, before: Date): Promise<boolean> {
    const [stray] = await tx.query(
      "select 1 from stray_blobs where sha256 = $1 and since < $2 for update skip locked",
      [sha256, before],
    );
    if (!stray) return false;
    await tx.query("delete from stray_blobs where sha256 = $1", [sha256]);
    const [recorded] = await tx.query("select 1 from artifacts where sha256 = $1", [sha256]);
    if (recorded) return false;
    await this.store.remove(sha256);
    for (const size of THUMBNAIL_SIZES) await this.store.remove(thumbnailKey(sha256, size));
    return true;
  }
}
