import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { DataSource } from "typeorm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDataSource } from "../../server/database/data-source.ts";
import { clusterProcesses } from "../../server/database/embedded/processes.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../server/database/embedded-postgres.ts";
import { inTransaction } from "../../server/database/transaction.ts";
import { trainableRound } from "../api/trainable-round.ts";
import { type LabProcess, labFolder, startLabProcess } from "../support/lab-process.ts";
import type { GraphQLAnswer } from "../support/server.ts";

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

interface TrainingJob {
  state: string;
  attempts: number;
  error: string | null;
  result: { weightsSha256: string; heldOut: object } | null;
}

/** Enough that eight prompts are held out. */
const IMAGES = 80;
const PATIENCE_MS = 120_000;

/** Asks again while the database is away. */
async function persist<T>(work: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
    const done = await work().catch(() => undefined);
    if (done !== undefined) return done;
    await sleep(100);
  }
  throw new Error("it did not come to that");
}

const JOB = "query ($id: ID!) { job(id: $id) { state attempts error result } }";
const TRAIN = `mutation ($roundId: ID!, $name: String!, $every: Int!) {
  trainRewardModel(input: { roundId: $roundId, name: $name, seed: 7,
    hyperparameters: { steps: 100, batchSize: 16, warmupSteps: 10, evaluateEverySteps: $every } }) { job { id } } }`;
const LOG = "mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }";

it("Postgres is killed twice while a worker trains and a client logs: same weights, and every acknowledged point is there", {
  timeout: 300_000,
}, async () => {
  const labHome = labFolder();
  let lab: LabProcess | undefined;
  try {
    lab = await startLabProcess(labHome.path, { GANRM_WORKERS: "1", LOG_LEVEL: "silent" });
    await trainThroughKills(lab, labHome.path);
  } finally {
    await lab?.stop();
    labHome.remove();
  }
});

async function trainThroughKills({ ask, upload }: LabProcess, home: string): Promise<void> {
  const roundId = await trainableRound({ ask, upload }, IMAGES);
  // how often it is evaluated changes no weight, but names another run, so that the second is trained too
  const train = async (name: string, every: number): Promise<string> => {
    const { data, errors } = await ask(TRAIN, { roundId, name, every });
    if (errors) throw new Error(JSON.stringify(errors));
    return data.trainRewardModel.job.id;
  };
  const until = (id: string, reached: (job: TrainingJob) => boolean) =>
    persist(async () => {
      const job: TrainingJob | undefined = (await ask(JOB, { id })).data?.job;
      return job && (reached(job) || ["SUCCEEDED", "FAILED"].includes(job.state)) ? job : undefined;
    });
  const undisturbed = await until(await train("undisturbed", 20), () => false);
  expect(undisturbed).toMatchObject({ state: "SUCCEEDED", attempts: 1 });

  const id = await train("through two kills", 25);
  const acknowledged: number[] = [];
  const refusals = new Set<string>();
  let done = false;
  const log = async (): Promise<void> => {
    for (let step = 0; !done; step++) {
      const point = { subject: "ROUND", subjectId: roundId, name: "load", direction: "LOWER", step, value: step };
      const answer = await ask(LOG, { input: { points: [point] } }).catch(() => null);
      if (answer?.data) acknowledged.push(step);
      for (const { extensions } of answer?.errors ?? []) refusals.add(extensions.code);
      await sleep(5);
    }
  };
  const logging = log();
  const statesWhenKilled: string[] = [];
  const killPostgres = async (): Promise<void> => {
    await until(id, (job) => job.state === "RUNNING");
    await sleep(500);
    statesWhenKilled.push((await until(id, () => true)).state);
    const { postmasters } = clusterProcesses({ folder: join(home, "cluster"), name: "none" });
    expect(postmasters).toHaveLength(1);
    for (const pid of postmasters) process.kill(pid, "SIGKILL");
    await sleep(300);
  };
  let ended: TrainingJob;
  try {
    await killPostgres();
    await killPostgres();
    ended = await until(id, () => false);
  } finally {
    done = true;
    await logging;
  }
  // A fast machine may be done before the second.
  expect(statesWhenKilled[0]).toBe("RUNNING");
  expect(ended).toMatchObject({ state: "SUCCEEDED", error: null });
  expect(ended.attempts).toBeLessThanOrEqual(2);
  expect([...refusals].filter((code) => code !== "UNAVAILABLE")).toEqual([]);
  expect({ ...ended.result, runKey: null }).toEqual({ ...undisturbed.result, runKey: null });

  const stored = await everyLoggedStep(ask, roundId);
  expect(acknowledged.length).toBeGreaterThan(10);
  expect(acknowledged.filter((step) => !stored.has(step))).toEqual([]);
}

async function everyLoggedStep(ask: LabProcess["ask"], roundId: string): Promise<Set<number>> {
  const steps = new Set<number>();
  for (let after: string | null = null; ; ) {
    const { data }: GraphQLAnswer = await ask(
      `query ($id: ID!, $after: String) { round(id: $id) { metrics(name: "load") { nodes {
        points(first: 1000, after: $after) { nodes { step } pageInfo { hasNextPage endCursor } } } } } }`,
      { id: roundId, after },
    );
    const { nodes, pageInfo } = data.round.metrics.nodes[0].points;
    for (const { step } of nodes) steps.add(step);
    if (!pageInfo.hasNextPage) return steps;
    after = pageInfo.endCursor;
  }
}
