import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { pino } from "pino";
import type { DataSource } from "typeorm";
import { createServices } from "../../server/application.ts";
import { FolderStore } from "../../server/artifacts/store.ts";
import { createDataSource } from "../../server/database/data-source.ts";
import type { Services } from "../../server/graphql/context.ts";
import { createHttpServer, type HttpParts } from "../../server/http.ts";
import { createSchema } from "../../server/schema.ts";
import { Role } from "../../shared/enums.ts";
import { createTestDatabase, productSchema } from "./database.ts";

export interface GraphQLAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  data: any;
  errors?: { message: string; extensions: { code: string; field: string | null } }[];
}

/** The API as a test asks it: one request, one answer, nothing tried again. */
export interface TestClient {
  ask(query: string, variables?: Record<string, unknown>, role?: Role | null): Promise<GraphQLAnswer>;
  upload(
    bytes: Buffer,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: { sha256: string; error?: { code: string; message: string } } }>;
}

export interface TestServer extends TestClient {
  url: string;
  db: DataSource;
  services: Services;
  tokens: Record<Role, string>;
  stop(): Promise<void>;
}

/** A client of the server at `url`, which may be another process. */
export function testClient(url: string, tokens: Record<Role, string>): TestClient {
  return {
    async ask(query, variables = {}, role = Role.ADMIN) {
      const headers: Record<string, string> = { "content-type": "application/json" };
      if (role) headers.authorization = `Bearer ${tokens[role]}`;
      const response = await fetch(`${url}/graphql`, {
        method: "POST",
        headers,
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()) as GraphQLAnswer;
    },
    async upload(bytes, headers = {}) {
      const response = await fetch(`${url}/artifacts`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${tokens.MEMBER}`,
          "x-artifact-kind": "IMAGE",
          "content-type": "application/octet-stream",
          ...headers,
        },
        body: new Uint8Array(bytes),
      });
      return { status: response.status, body: (await response.json()) as never };
    },
  };
}

/**
 * The real server on a real database and a real folder, on a free port.
 * @param beside another server whose database and tokens this one shares: a lab that has grown
 * @param artifacts folder for artifacts, which outlives the server; one of its own by default
 */
export async function startTestServer({
  beside,
  artifacts,
  ...options
}: { beside?: TestServer; artifacts?: string } & Partial<
  Pick<HttpParts, "https" | "names">
> = {}): Promise<TestServer> {
  const { db, drop } = beside ? await sharedDatabase(beside) : await ownDatabase();
  const folder = mkdtempSync(path.join(os.tmpdir(), "gan-rm-artifacts-"));
  const services = createServices(db, new FolderStore(artifacts ?? folder));
  const log = pino({ level: "silent" });
  const http = await createHttpServer({ schema: createSchema(), services, db, log, https: false, ...options });
  await new Promise<void>((resolve) => http.server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(http.server.address() as AddressInfo).port}`;
  const tokens = beside?.tokens ?? (await createTokens(services));
  return {
    ...testClient(url, tokens),
    url,
    db,
    services,
    tokens,
    async stop() {
      await http.stop();
      await services.jobs.stop();
      await drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Database {
  db: DataSource;
  drop(): Promise<void>;
}

async function ownDatabase(): Promise<Database> {
  const { dataSource, drop } = await createTestDatabase();
  return { db: dataSource, drop };
}

async function sharedDatabase(beside: TestServer): Promise<Database> {
  const { url } = beside.db.options as { url: string };
  const db = await createDataSource({ url, ...(await productSchema()), poolSize: 3 }).initialize();
  return { db, drop: () => db.destroy() };
}

async function createTokens(services: Services): Promise<Record<Role, string>> {
  const create = async (role: Role) => [role, (await services.auth.createToken({ name: role, role })).secret] as const;
  return Object.fromEntries(await Promise.all(Object.values(Role).map(create))) as Record<Role, string>;
}
