/** The server that the benchmarks of the API measure: the product's own process on a Postgres of its own, as a lab runs it. */
import { type ChildProcess, fork } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../server/database/embedded-postgres.ts";
import type { Sql } from "../support/seeds.ts";

export interface Laboratory {
  readonly url: string;
  /** The server's process. */
  readonly pid: number;
  /** An administrator's. */
  readonly token: string;
  /** Connections to the server's database, for the bare SQL beside which the API is measured. */
  readonly pool: pg.Pool;
  readonly sql: Sql;
  /** Sends a GraphQL request, made by `body`. Gives `data`. @throws Error when the answer has errors */
  // biome-ignore lint/suspicious/noExplicitAny: each benchmark knows the shape of its own answer
  ask(body: Buffer): Promise<any>;
  /** Sends JSON to any address of the server, as whoever `authorization` says. Gives what it answers with 2xx. @throws Error otherwise */
  // biome-ignore lint/suspicious/noExplicitAny: each benchmark knows the shape of its own answer
  post(path: string, authorization: string, body: object): Promise<any>;
}

interface Running extends Laboratory {
  stop(): Promise<void>;
}

let running: Promise<Running> | undefined;
let withDashboard: Promise<Running> | undefined;

/** Started by the first benchmark that needs it, in production mode and durable; the others share it. */
export function laboratory(): Promise<Laboratory> {
  running ??= start({ web: false });
  return running;
}

/** Another one that serves the dashboard too, which must have been built. */
export function laboratoryWithDashboard(): Promise<Laboratory> {
  withDashboard ??= start({ web: true });
  return withDashboard;
}

/** Ends the servers and removes their data, if any benchmark started one. */
export async function closeLaboratory(): Promise<void> {
  await (await running)?.stop();
  await (await withDashboard)?.stop();
}

/** The bytes of a GraphQL request. */
export const graphqlBody = (query: string, variables: object): Buffer =>
  Buffer.from(JSON.stringify({ query, variables }));

async function start({ web }: { web: boolean }): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "gan-rm-lab-bench-"));
  chmodSync(folder, 0o711); // Postgres's own account must get in when we run as root
  let postgres: EmbeddedPostgres | undefined;
  let server: ChildProcess | undefined;
  let pool: pg.Pool | undefined;
  const agent = new Agent({ keepAlive: true });
  const stop = async () => {
    agent.destroy();
    await pool?.end();
    if (server && server.exitCode === null) {
      const ended = new Promise((resolve) => server?.once("exit", resolve));
      server.kill("SIGTERM");
      await ended;
    }
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    postgres = await startEmbeddedPostgres({ dataDirectory: join(folder, "postgres") });
    const connections = new pg.Pool({ connectionString: postgres.url, max: 20 });
    pool = connections;
    mkdirSync(join(folder, "data"));
    server = fork(new URL("../../server/main.ts", import.meta.url), {
      execArgv: ["--import", "tsx"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: {
        ...process.env,
        NODE_ENV: "production",
        DATABASE_URL: postgres.url,
        GANRM_DATA_DIR: join(folder, "data"),
        GANRM_PORT: "0",
        GANRM_WEB: web ? "1" : "0",
        GANRM_WORKERS: "0",
        LOG_LEVEL: "error",
      },
    });
    const { url, token } = await announced(server);
    const sql: Sql = async (statement, values) => (await connections.query(statement, values)).rows;
    const send = (path: string, authorization: string, body: Buffer) =>
      post({ url: `${url}${path}`, authorization, agent }, body);
    return {
      url,
      pid: server.pid ?? 0,
      token,
      pool: connections,
      sql,
      ask: async (body) => {
        const { data, errors } = await send("/graphql", `Bearer ${token}`, body);
        if (errors) throw new Error(JSON.stringify(errors));
        return data;
      },
      post: (path, authorization, body) => send(path, authorization, Buffer.from(JSON.stringify(body))),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function announced(server: ChildProcess): Promise<{ url: string; token: string }> {
  return new Promise((resolve, reject) => {
    server.once("message", (message) => resolve(message as { url: string; token: string }));
    server.once("exit", (code) => reject(new Error(`The server ended with ${code} before it served.`)));
  });
}

interface Address {
  url: string;
  authorization: string;
  agent: Agent;
}

/** Node's own HTTP client over kept connections: of what a client costs, the least that still is HTTP. */
// biome-ignore lint/suspicious/noExplicitAny: see Laboratory
function post({ url, authorization, agent }: Address, body: Buffer): Promise<any> {
  return new Promise((resolve, reject) => {
    const headers = { authorization, "content-type": "application/json", "content-length": body.length };
    const sent = request(url, { method: "POST", agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        if ((response.statusCode ?? 500) >= 300) reject(new Error(`${response.statusCode} ${text}`));
        else resolve(JSON.parse(text));
      });
    });
    sent.on("error", (error: NodeJS.ErrnoException) => {
      // The server hangs up on connections that rest; who meets that on a kept one asks again, as browsers do.
      if (sent.reusedSocket && error.code === "ECONNRESET") resolve(post({ url, authorization, agent }, body));
      else reject(error);
    });
    sent.end(body);
  });
}
