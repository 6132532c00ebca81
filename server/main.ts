import "reflect-metadata";
import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { RequestHandler } from "express";
import { type Logger, pino } from "pino";
import { migrations } from "../migrations/index.ts";
import { Role } from "../shared/enums.ts";
import { createServices } from "./application.ts";
import { S3Store } from "./artifacts/s3-store.ts";
import { FolderStore } from "./artifacts/store.ts";
import { type Config, readConfig } from "./config.ts";
import { createDataSource } from "./database/data-source.ts";
import { startEmbeddedPostgres } from "./database/embedded-postgres.ts";
import { migrate } from "./database/migrate.ts";
import { entities } from "./entities.ts";
import type { Services } from "./graphql/context.ts";
import { createHttpServer } from "./http.ts";
import { createSchema } from "./schema.ts";

const RESTART_WORKER_AFTER_MS = 2_000;

/** The admin token of this installation: the operator's, or one made at the first start and kept in a 0600 file. */
async function adminToken(config: Config, services: Services): Promise<string> {
  const file = path.join(config.dataDirectory, "admin-token");
  if (!config.adminToken && !existsSync(file))
    writeFileSync(file, `ganrm_${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
  const token = config.adminToken ?? readFileSync(file, "utf8").trim();
  await services.auth.ensureToken(token, "admin", Role.ADMIN);
  return token;
}

/** Keeps `count` worker processes running until stopped. Their token lives as long as this process. */
async function startWorkers(
  count: number,
  apiUrl: string,
  services: Services,
  log: Logger,
): Promise<() => Promise<void>> {
  if (count === 0) return async () => undefined;
  const { token, secret } = await services.auth.createToken({
    name: "local worker",
    role: Role.WORKER,
    expiresInDays: 365,
  });
  const children = new Set<ChildProcess>();
  let stopping = false;
  const start = (index: number): void => {
    const env = {
      ...process.env,
      GANRM_API_URL: apiUrl,
      GANRM_WORKER_TOKEN: secret,
      GANRM_WORKER_NAME: `local-${index}`,
    };
    const child = fork(new URL("./worker/main.ts", import.meta.url), { env, execArgv: ["--import", "tsx"] });
    children.add(child);
    child.once("exit", (code, signal) => {
      children.delete(child);
      if (stopping) return;
      log.warn({ code, signal }, "a worker ended; starting another");
      setTimeout(() => !stopping && start(index), RESTART_WORKER_AFTER_MS);
    });
  };
  for (let index = 1; index <= count; index++) start(index);
  return async () => {
    stopping = true;
    const ended = [...children].map((child) => new Promise((resolve) => child.once("exit", resolve)));
    for (const child of children) child.kill("SIGTERM");
    await Promise.all(ended);
    await services.auth.revokeToken(token.id);
  };
}

/**
 * The dashboard, built by `tools/build-web.ts` beforehand. Next would hear upgrades of the server that it first sees a
 * request of, and close those at the address of a page, which /graphql is; the server that it gets here never listens.
 */
async function webHandler(): Promise<RequestHandler> {
  const { default: next } = await import("next");
  const app = next({ dev: false, dir: path.resolve(import.meta.dirname, "../web"), httpServer: createServer() });
  await app.prepare();
  const handle = app.getRequestHandler();
  return (request, response) => void handle(request, response);
}

async function main(): Promise<void> {
  const config = readConfig();
  const log = pino({ level: config.logLevel, redact: ["req.headers.authorization", "req.headers.cookie"] });
  mkdirSync(config.dataDirectory, { recursive: true });
  const cleanUp: (() => Promise<void> | void)[] = [];
  const stop = async (code: number): Promise<void> => {
    while (cleanUp.length > 0)
      await Promise.resolve(cleanUp.pop()?.()).catch((error: unknown) => log.error({ err: error }, "while stopping"));
    process.exit(code);
  };
  try {
    const embedded = config.databaseUrl
      ? null
      : await startEmbeddedPostgres({ dataDirectory: config.dataDirectory, log: (m) => log.info(m) });
    if (embedded) cleanUp.push(embedded.stop);
    const db = createDataSource({ url: embedded?.url ?? config.databaseUrl ?? "", entities, migrations });
    await db.initialize();
    cleanUp.push(() => db.destroy());
    for (const name of await migrate(db)) log.info({ migration: name }, "schema migrated");
    const folder = path.join(config.dataDirectory, "artifacts");
    const store = config.s3 ? new S3Store(config.s3, path.join(folder, "incoming")) : new FolderStore(folder);
    const services = createServices(db, store, {
      artifactGraceHours: config.artifactGraceHours,
      leaseSeconds: config.leaseSeconds,
      onError: (error) => log.error({ err: error }, "the job queue"),
    });
    await services.jobs.watch();
    cleanUp.push(() => services.jobs.stop());
    services.artifactCollector.watch(
      (collection) => log.info(collection, "artifacts collected"),
      (error) => log.error({ err: error }, "collecting artifacts"),
    );
    cleanUp.push(() => services.artifactCollector.stop());
    const token = await adminToken(config, services);
    if (config.workerToken) await services.auth.ensureToken(config.workerToken, "workers", Role.WORKER);
    const web = config.web ? await webHandler() : undefined;
    const http = await createHttpServer({ schema: createSchema(), services, db, log, https: config.https, web });
    await new Promise<void>((resolve, reject) =>
      http.server.once("error", reject).listen(config.port, config.host, resolve),
    );
    cleanUp.push(http.stop);
    const { port } = http.server.address() as AddressInfo;
    const url = `http://${config.host === "0.0.0.0" || config.host === "::" ? "127.0.0.1" : config.host}:${port}`;
    cleanUp.push(await startWorkers(config.workers, url, services, log));
    log.info({ url }, "serving");
    writeFileSync(path.join(config.dataDirectory, "url"), url);
    process.stdout.write(`\n  GAN-RM Lab is serving at ${url}\n  Sign in:  ${url}/sign-in#token=${token}\n\n`);
    process.send?.({ url, token });
  } catch (error) {
    const busy = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    process.stderr.write(
      busy ? `Port ${config.port} is taken; choose another with GANRM_PORT.\n` : `${(error as Error).stack ?? error}\n`,
    );
    await stop(1);
  }
  let signals = 0;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      signals++;
      if (signals === 1) void stop(0);
    });
  process.on("disconnect", () => void stop(0));
}

await main();
