/** The server that the benchmarks of the API measure: the product's own process on a Postgres of its own, as a lab runs it. */
import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../server/database/embedded-postgres.ts";

export interface Laboratory {
  /** Connections to the server's database, for seeding and for the bare SQL beside which the API is measured. */
  readonly sql: pg.Pool;
  /** Sends a GraphQL request, made by `body`. Gives `data`. @throws Error when the answer has errors */
  // biome-ignore lint/suspicious/noExplicitAny: each benchmark knows the shape of its own answer
  ask(body: Buffer): Promise<any>;
}

interface Running extends Laboratory {
  stop(): Promise<void>;
}

let running: Promise<Running> | undefined;

/** Started by the first benchmark that needs it, in production mode and durable; the others share it. */
export function laboratory(): Promise<Laboratory> {
  running ??= start();
  return running;
}

/** Ends the server and removes its data, if any benchmark started it. */
export async function closeLaboratory(): Promise<void> {
  await (await running)?.stop();
}

/** The bytes of a GraphQL request. */
export const graphqlBody = (query: string, variables: object): Buffer =>
  Buffer.from(JSON.stringify({ query, variables }));

async function start(): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "gan-rm-lab-bench-"));
  chmodSync(folder, 0o711); // Postgres's own account must get in when we run as root
  let postgres: EmbeddedPostgres | undefined;
  let server: ChildProcess | undefined;
  let sql: pg.Pool | undefined;
  const agent = new Agent({ keepAlive: true });
  const stop = async () => {
    agent.destroy();
    await sql?.end();
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
    sql = new pg.Pool({ connectionString: postgres.url, max: 20 });
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
        GANRM_WEB: "0",
        GANRM_WORKERS: "0",
        LOG_LEVEL: "error",
      },
    });
    const { url, token } = await announced(server);
    return { sql, ask: (body) => ask({ url, token, agent }, body), stop };
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

/** Node's own HTTP client over kept connections: of what a client costs, the least that still is HTTP. */
function ask(at: { url: string; token: string; agent: Agent }, body: Buffer): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${at.token}`,
      "content-type": "application/json",
      "content-length": body.length,
    };
    const sent = request(`${at.url}/graphql`, { method: "POST", agent: at.agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { data, errors } = JSON.parse(Buffer.concat(chunks).toString());
        if (errors) reject(new Error(JSON.stringify(errors)));
        else resolve(data);
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

export interface SeededExperiment {
  readonly experimentId: string;
  readonly promptSetId: string;
  readonly policyId: string;
  /** The one image that all samples show. */
  readonly sha256: string;
}

/** An experiment over `prompts` prompts with K samples each, and no round yet. */
export async function seedExperiment(sql: pg.Pool, prompts: number, k: number): Promise<SeededExperiment> {
  const name = randomUUID();
  const sha256 = "ab".repeat(32);
  const insert = async (statement: string, values: unknown[]): Promise<string> =>
    (await sql.query(`${statement} returning id`, values)).rows[0].id;
  await sql.query(
    "insert into artifacts (sha256, kind, media_type, byte_size) values ($1, 'IMAGE', 'image/png', 100) on conflict do nothing",
    [sha256],
  );
  const policyId = await insert("insert into policies (name, origin) values ($1, 'BASE')", [name]);
  const proxySetId = await insert("insert into proxy_sets (name) values ($1)", [name]);
  const promptSetId = await insert("insert into prompt_sets (name, prompt_count) values ($1, $2)", [name, prompts]);
  await sql.query(
    `insert into prompts (prompt_set_id, position, text, tags)
     select $1, i, 'a drawing of thing number ' || i, '{train}' from generate_series(0, $2::int - 1) i`,
    [promptSetId, prompts],
  );
  const experimentId = await insert(
    `insert into experiments (name, status, base_policy_id, prompt_set_id, proxy_set_id, encoder, k)
     values ($1, 'RUNNING', $2, $3, $4, 'mobilenet-v2-mid', $5)`,
    [name, policyId, promptSetId, proxySetId, k],
  );
  return { experimentId, promptSetId, policyId, sha256 };
}

/** The next round of an experiment, without samples. */
export async function seedRound(sql: pg.Pool, { experimentId, policyId }: SeededExperiment): Promise<string> {
  const { rows } = await sql.query(
    `insert into rounds (experiment_id, index, policy_in_id)
     select $1, count(*) + 1, $2 from rounds where experiment_id = $1 returning id`,
    [experimentId, policyId],
  );
  return rows[0].id;
}
