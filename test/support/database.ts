import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import pg from "pg";
import type { DataSource } from "typeorm";
import { inject } from "vitest";
import { createDataSource, type DatabaseOptions } from "../../server/database/data-source.ts";
import { migrate } from "../../server/database/migrate.ts";
import { Job } from "../../server/jobs/job.entity.ts";
import { JobQueue } from "../../server/jobs/job-queue.ts";

export interface TestDatabase {
  url: string;
  /** Connected. */
  dataSource: DataSource;
  /** Disconnects and removes the database; call it in afterAll. */
  drop(): Promise<void>;
}

export type Schema = Pick<DatabaseOptions, "entities" | "migrations">;

/**
 * A database of its own for the calling test file: a copy of a template that was migrated once in this test run.
 * @param schema default: the product's entities and migrations
 */
export async function createTestDatabase(schema?: Partial<Schema> & { poolSize?: number }): Promise<TestDatabase> {
  const product = schema?.entities && schema.migrations ? undefined : await productSchema();
  const wanted: Schema = {
    entities: schema?.entities ?? product?.entities ?? [],
    migrations: schema?.migrations ?? product?.migrations ?? [],
  };
  const server = await postgresUrl();
  const template = await ensureTemplate(server, wanted);
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await administer(server, (client) => client.query(`create database ${name} template ${template}`));
  const url = withDatabase(server, name);
  const dataSource = await createDataSource({ url, ...wanted, poolSize: schema?.poolSize ?? 5 }).initialize();
  return {
    url,
    dataSource,
    async drop() {
      if (dataSource.isInitialized) await dataSource.destroy();
      await administer(server, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

/** An empty database, without any table, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const server = await postgresUrl();
  const name = `empty_${randomUUID().replaceAll("-", "")}`;
  await administer(server, (client) => client.query(`create database ${name}`));
  return {
    url: withDatabase(server, name),
    drop: async () => {
      await administer(server, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

/** The product's tables as `server/entities.ts` and `migrations/index.ts` list them. */
export async function productSchema(): Promise<Schema> {
  const load = async (path: string): Promise<Record<string, unknown>> => {
    const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
    return existsSync(file) ? await import(/* @vite-ignore */ pathToFileURL(file).href) : {};
  };
  const { entities = [] } = await load("server/entities.ts");
  const { migrations = [] } = await load("migrations/index.ts");
  return { entities, migrations } as Schema;
}

let urlOfServer: Promise<string> | undefined;

function postgresUrl(): Promise<string> {
  urlOfServer ??= fetch(inject("postgresBroker")).then(async (response) => {
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text;
  });
  return urlOfServer;
}

/** One template for each list of migrations; the first test that asks makes it, the others wait for it. */
async function ensureTemplate(server: string, schema: Schema): Promise<string> {
  const names = Object.values(schema.migrations).map((migration) =>
    typeof migration === "string" ? migration : migration.name,
  );
  const template = `template_${createHash("sha256").update(names.join()).digest("hex").slice(0, 16)}`;
  await administer(server, async (client) => {
    await client.query("select pg_advisory_lock(1)");
    const known = await client.query("select 1 from pg_database where datname = $1", [template]);
    if (known.rowCount) return;
    const draft = `${template}_draft`;
    await client.query(`drop database if exists ${draft} with (force)`);
    await client.query(`create database ${draft}`);
    const dataSource = await createDataSource({
      url: withDatabase(server, draft),
      ...schema,
      poolSize: 2,
    }).initialize();
    try {
      await migrate(dataSource);
      if (dataSource.hasMetadata(Job)) await installQueue(dataSource);
    } finally {
      await dataSource.destroy();
    }
    await client.query(`alter database ${draft} rename to ${template}`);
  });
  return template;
}

/** pg-boss's tables, which a server installs when it starts. */
async function installQueue(dataSource: DataSource): Promise<void> {
  const queue = new JobQueue(dataSource, [], 20, (error) => {
    throw error;
  });
  await queue.start();
  await queue.stop();
}

async function administer(server: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
