import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { DataSource } from "typeorm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDataSource } from "../../server/database/data-source.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../server/database/embedded-postgres.ts";
import { inTransaction } from "../../server/database/transaction.ts";

let folder: string;
let postgres: EmbeddedPostgres;
let dataSource: DataSource;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gan-rm-lab-restart-"));
  chmodSync(folder, 0o711);
  postgres = await startEmbeddedPostgres({ dataDirectory: folder });
  dataSource = await createDataSource({ url: postgres.url, entities: [], migrations: [], poolSize: 8 }).initialize();
  await dataSource.query("create table entries (writer int, n int, primary key (writer, n))");
});

afterAll(async () => {
  await dataSource?.destroy();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it("eight writers while Postgres is killed twice: every acknowledged row is there, and the same pool goes on", async () => {
  const acknowledged: string[] = [];
  let failures = 0;
  let done = false;
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; !done; n++) {
      const insert = inTransaction(dataSource, (tx) => tx.query("insert into entries values ($1, $2)", [writer, n]));
      await insert.then(
        () => acknowledged.push(`${writer}/${n}`),
        () => {
          failures++;
          return sleep(20);
        },
      );
    }
  };
  const writers = Array.from({ length: 8 }, (_, writer) => write(writer));
  for (let kill = 0; kill < 2; kill++) {
    await sleep(500);
    const { pid } = postgres;
    process.kill(pid, "SIGKILL");
    for (let i = 0; i < 400 && postgres.pid === pid; i++) await sleep(25);
    expect(postgres.pid).not.toBe(pid);
  }
  const beforeLast = acknowledged.length;
  await sleep(500);
  done = true;
  await Promise.all(writers);

  const rows: { key: string }[] = await dataSource.query("select writer || '/' || n as key from entries");
  const stored = new Set(rows.map((row) => row.key));
  expect(acknowledged.filter((key) => !stored.has(key))).toEqual([]);
  expect(failures).toBeGreaterThan(0);
  expect(acknowledged.length).toBeGreaterThan(beforeLast);
});
