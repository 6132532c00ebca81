import { type ChildProcess, fork, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { type BrowserServer, chromium } from "playwright-core";
import type { TestProject } from "vitest/node";
import { ApiClient } from "../../shared/api-client.ts";
import { Role } from "../../shared/enums.ts";
import { chromiumPath } from "./chromium.ts";
import { type Seed, seed } from "./seed.ts";

declare module "vitest" {
  export interface ProvidedContext {
    dashboardBroker: string;
  }
}

/** The dashboard that all browser tests share. */
export interface Dashboard {
  url: string;
  /** Where Playwright connects to the one Chromium. */
  browser: string;
  tokens: Record<Role, string>;
  seed: Seed;
}

const root = path.resolve(import.meta.dirname, "../..");
const DATABASE = "dashboard";

/**
 * One Chromium and one real server with the built dashboard on a seeded database, started when the first browser test
 * asks for them over a loopback address: other test runs pay nothing.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { postgresBroker } = project.getProvidedContext();
  const cleanUp: (() => unknown)[] = [];
  let starting: Promise<Dashboard> | undefined;
  const broker = createServer((_request, response) => {
    starting ??= start(postgresBroker, cleanUp);
    starting.then(
      (dashboard) => response.end(JSON.stringify(dashboard)),
      (error: Error) => response.writeHead(500).end(error.stack),
    );
  });
  await new Promise<void>((resolve) => broker.listen(0, "127.0.0.1", resolve));
  project.provide("dashboardBroker", `http://127.0.0.1:${(broker.address() as AddressInfo).port}`);
  return async () => {
    broker.closeAllConnections();
    broker.close();
    await starting?.catch(() => undefined);
    while (cleanUp.length > 0) await cleanUp.pop()?.();
  };
}

async function start(postgresBroker: string, cleanUp: (() => unknown)[]): Promise<Dashboard> {
  const [databaseUrl, browser] = await Promise.all([
    createDatabase(postgresBroker, cleanUp),
    startBrowser(cleanUp),
    buildWeb(),
  ]);
  const admin = `ganrm_${randomBytes(32).toString("base64url")}`;
  const { url, stop } = await startServer(databaseUrl, admin);
  cleanUp.push(stop);
  const tokens = await createTokens(url, admin);
  const seeded = await seed(url, tokens);
  cleanUp.push(seeded.stop);
  return { url, browser: browser.wsEndpoint(), tokens, seed: seeded.seed };
}

/** As `npm start` does; nothing happens when the sources are those of the last build. */
async function buildWeb(): Promise<void> {
  const build = spawn(process.execPath, ["--import", "tsx", "tools/build-web.ts"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = (await once(build, "exit")) as [number | null];
  if (code !== 0) throw new Error(`tools/build-web.ts ended with ${code}`);
}

async function startBrowser(cleanUp: (() => unknown)[]): Promise<BrowserServer> {
  const executablePath = chromiumPath();
  if (!executablePath) throw new Error("There is no Chromium; set CHROMIUM_PATH.");
  const browser = await chromium.launchServer({ executablePath, args: ["--no-sandbox"] });
  cleanUp.push(() => browser.close());
  return browser;
}

/** An empty database on the test run's Postgres; the server migrates it at its start. */
async function createDatabase(postgresBroker: string, cleanUp: (() => unknown)[]): Promise<string> {
  const response = await fetch(postgresBroker);
  const server = await response.text();
  if (!response.ok) throw new Error(server);
  const administer = async (statement: string) => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await administer(`create database ${DATABASE}`);
  cleanUp.push(() => administer(`drop database ${DATABASE} with (force)`));
  const url = new URL(server);
  url.pathname = DATABASE;
  return url.href;
}

async function startServer(databaseUrl: string, adminToken: string): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(path.join(tmpdir(), "gan-rm-dashboard-"));
  const server: ChildProcess = fork(path.join(root, "server/main.ts"), {
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: {
      ...process.env,
      NODE_ENV: "production",
      DATABASE_URL: databaseUrl,
      GANRM_DATA_DIR: folder,
      GANRM_PORT: "0",
      GANRM_WORKERS: "0",
      GANRM_ADMIN_TOKEN: adminToken,
      LOG_LEVEL: "error",
    },
  });
  const ended = once(server, "exit");
  const url = await Promise.race([
    once(server, "message").then(([message]) => (message as { url: string }).url),
    ended.then(([code]) => Promise.reject(new Error(`the server ended with ${code} while starting`))),
  ]);
  const stop = async () => {
    server.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, stop };
}

async function createTokens(url: string, admin: string): Promise<Record<Role, string>> {
  const client = new ApiClient({ url, token: admin });
  const create = async (role: Role) => {
    const { createToken } = await client.ask<{ createToken: { secret: string } }>(
      "mutation ($input: CreateTokenInput!) { createToken(input: $input) { secret } }",
      { input: { name: `e2e ${role.toLowerCase()}`, role } },
    );
    return [role, createToken.secret] as const;
  };
  return Object.fromEntries(await Promise.all(Object.values(Role).map(create))) as Record<Role, string>;
}
