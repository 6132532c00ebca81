import "./production.ts";
import "reflect-metadata";
import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import type { RequestHandler } from "express";
import { type Logger, pino } from "pino";
import { migrations } from "../migrations/index.ts";
import { Role } from "../shared/enums.ts";
import { createServices } from "./application.ts";
import { S3Store } from "./artifacts/s3-store.ts";
import { FolderStore } from "./artifacts/store.ts";
import { chosenToken, installationToken } from "./auth/installation-token.ts";
import { type Config, readConfig } from "./config.ts";
import { createDataSource } from "./database/data-source.ts";
import { startEmbeddedPostgres } from "./database/embedded-postgres.ts";
import { migrate } from "./database/migrate.ts";
import { entities } from "./entities.ts";
import type { Services } from "./graphql/context.ts";
import { createHttpServer } from "./http.ts";
import { createSchema } from "./schema.ts";

const RESTART_WORKER_AFTER_MS = 2_000;

/** The admin token: the operator's, or the installation's own. */
function adminToken({ adminToken: secret, dataDirectory }: Config, { auth }: Services): Promise<string> {
  const token = { name: "admin", role: Role.ADMIN };
  return secret
    ? chosenToken(auth, { variable: "GANRM_ADMIN_TOKEN", secret, ...token })
    : installationToken(auth, { file: path.join(dataDirectory, "admin-token"), ...token });
}

/** The token of the local workers: the operator's for workers, or the installation's own, of which there is one at a time. */
async function workerToken({ workerToken: secret, dataDirectory }: Config, { auth }: Services): Promise<string> {
  if (secret) return chosenToken(auth, { variable: "GANRM_WORKER_TOKEN", secret, name: "workers", role: Role.WORKER });
  const token = { name: `local worker of ${os.hostname()}:${dataDirectory}`, role: Role.WORKER };
  const own = await installationToken(auth, { file: path.join(dataDirectory, "worker-token"), ...token });
  await auth.revokeOthers(own, token.name, token.role);
  return own;
}

/** What a worker must not know: it reaches database and artifacts through the API alone. */
const SERVER_SECRETS = ["DATABASE_URL", "GANRM_ADMIN_TOKEN", "GANRM_S3_ACCESS_KEY", "GANRM_S3_SECRET_KEY"];

/** Keeps `count` worker processes running until stopped. */
function startWorkers(count: number, apiUrl: string, token: string, log: Logger): () => Promise<void> {
  const children = new Set<ChildProcess>();
  let stopping = false;
  const start = (index: number): void => {
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      GANRM_API_URL: apiUrl,
      GANRM_WORKER_TOKEN: token,
      GANRM_WORKER_NAME: `local-${index}`,
    };
    for (const name of SERVER_SECRETS) delete env[name];
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

/** What the operator can act upon; LOG_LEVEL=debug shows where it came from. */
function startFailure(error: unknown, port: number): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return `Port ${port} is taken; choose another with GANRM_PORT.`;
  if (code === "EACCES" && (error as NodeJS.ErrnoException).syscall === "listen")
    return `Port ${port} is not for this user; choose one from 1024 on with GANRM_PORT.`;
  // A connection refused on every address of a host has its reasons in a list, and no message.
  return message || String((error as AggregateError).errors?.[0] ?? error);
}

async function main(config: Config): Promise<void> {
  const log = pino({ level: config.logLevel, redact: ["req.headers.authorization", "req.headers.cookie"] });
  const cleanUp: (() => Promise<void> | void)[] = [];
  const stop = async (code: number): Promise<void> => {
    while (cleanUp.length > 0)
      await Promise.resolve(cleanUp.pop()?.()).catch((error: unknown) => log.error({ err: error }, "while stopping"));
    process.exit(code);
  };
  let signals = 0;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      signals++;
      if (signals === 1) void stop(0);
    });
  process.on("disconnect", () => void stop(0));
  try {
    mkdirSync(config.dataDirectory, { recursive: true });
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
      trainingRunDays: config.trainingRunDays,
      leaseSeconds: config.leaseSeconds,
      onError: (error) => log.error({ err: error }, "the job queue"),
    });
    await services.jobs.watch();
    cleanUp.push(() => services.jobs.stop());
    services.runs.watch();
    cleanUp.push(() => services.runs.stop());
    services.artifactCollector.watch(
      (collection) => log.info(collection, "artifacts collected"),
      (error) => log.error({ err: error }, "collecting artifacts"),
    );
    cleanUp.push(() => services.artifactCollector.stop());
    const token = await adminToken(config, services);
    const forWorkers = config.workers > 0 || config.workerToken ? await workerToken(config, services) : null;
    const web = config.web ? await webHandler() : undefined;
    const http = await createHttpServer({
      schema: createSchema(),
      services,
      db,
      log,
      https: config.https,
      names: config.names,
      web,
    });
    cleanUp.push(http.stop);
    await new Promise<void>((resolve, reject) =>
      http.server.once("error", reject).listen(config.port, config.host, resolve),
    );
    const { port } = http.server.address() as AddressInfo;
    const url = `http://${config.host === "0.0.0.0" || config.host === "::" ? "127.0.0.1" : config.host}:${port}`;
    if (forWorkers) cleanUp.push(startWorkers(config.workers, url, forWorkers, log));
    log.info({ url }, "serving");
    writeFileSync(path.join(config.dataDirectory, "url"), url);
    // A token that the operator chose is theirs to keep: standard output often ends up in a log.
    const signIn = config.adminToken ? `${url}/sign-in  (with GANRM_ADMIN_TOKEN)` : `${url}/sign-in#token=${token}`;
    process.stdout.write(`\n  GAN-RM Lab is serving at ${url}\n  Sign in:  ${signIn}\n\n`);
    process.send?.({ url, token, signIn });
  } catch (error) {
    // Asked to stop in mid-start: what the start was building on is going away under it.
    if (signals > 0) return;
    log.debug({ err: error }, "the start failed");
    process.stderr.write(`${startFailure(error, config.port)}\n`);
    await stop(1);
  }
}

function configOrExit(): Config {
  try {
    return readConfig(process.env, process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  }
}

await main(configOrExit());
