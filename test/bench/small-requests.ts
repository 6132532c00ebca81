import { type SeededExperiment, seedExperiment, seedRound } from "../support/seeds.ts";
import type { Benchmark } from "./benchmark.ts";
import { inTurns } from "./in-turns.ts";
import { type Laboratory, laboratory } from "./laboratory.ts";
import { promptIdsOf, samplesBody, sendSamples } from "./sample-logging.ts";

const CLIENTS = 20;
const REQUESTS = 3000;
const K = 10;
const ROUNDS = 3;

/** What a client with the database's password would send instead: $1 round, $2 prompt, $3 its position, $4 artifact. */
const INSERT_TEN = `
insert into samples (round_id, prompt_id, prompt_position, k, seed, artifact_sha256)
select $1, $2, $3, k, k, $4 from generate_series(0, ${K - 1}) k on conflict (round_id, prompt_id, k) do nothing`;

/** Twenty clients that log ten samples a request and wait for each answer, over as many that insert them by SQL. */
export const smallRequests: Benchmark = {
  name: "small_requests",
  async run() {
    const lab = await laboratory();
    const experiment = await seedExperiment(lab.sql, REQUESTS, K);
    const promptIds = await promptIdsOf(lab.sql, experiment);
    const middle = await inTurns(ROUNDS, {
      ours: () => throughApi(lab, experiment),
      reference: () => throughSql(lab, experiment, promptIds),
    });
    return {
      name: "small_requests",
      ratio: middle.reference / middle.ours,
      ours: REQUESTS / middle.ours,
      reference: REQUESTS / middle.reference,
      unit: "requests/s",
      how: `${CLIENTS} clients, ${K} samples a request, each durable before its answer (aim: 1000 on 2 cores), over the same clients with one bare SQL insert and commit a request on connections of their own; in turns, median of ${ROUNDS}`,
    };
  },
};

async function throughApi(lab: Laboratory, experiment: SeededExperiment): Promise<number> {
  const roundId = await seedRound(lab.sql, experiment);
  const bodies = Array.from({ length: REQUESTS }, (_, i) => samplesBody(experiment, roundId, i * K, (i + 1) * K));
  return shared(bodies, (body) => sendSamples(lab, body, K));
}

async function throughSql(lab: Laboratory, experiment: SeededExperiment, promptIds: string[]): Promise<number> {
  const roundId = await seedRound(lab.sql, experiment);
  return shared([...promptIds.entries()], ([position, promptId]) =>
    lab.pool.query(INSERT_TEN, [roundId, promptId, position, experiment.sha256]),
  );
}

/** Seconds until the clients have done all of `work`. */
async function shared<T>(work: T[], run: (item: T) => Promise<unknown>): Promise<number> {
  const items = work.values();
  const start = performance.now();
  const client = async () => {
    for (const item of items) await run(item);
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return (performance.now() - start) / 1e3;
}
