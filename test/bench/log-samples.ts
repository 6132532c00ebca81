import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import { type SeededExperiment, seedExperiment, seedRound } from "../support/seeds.ts";
import type { Benchmark } from "./benchmark.ts";
import { inTurns } from "./in-turns.ts";
import { type Laboratory, laboratory } from "./laboratory.ts";
import { promptIdsOf, samplesBody, sendSamples } from "./sample-logging.ts";

const PROMPTS = 10_000;
const K = 5;
const ROWS = PROMPTS * K;
const ROWS_A_REQUEST = 5000;
const REQUESTS_UNDER_WAY = 2;
const ROUNDS = 5;

/** Rows a second of `logSamples` over HTTP against COPY of the same rows into the same table, each time into a new round. */
export const logSamples: Benchmark = {
  name: "log_samples",
  async run() {
    const lab = await laboratory();
    const experiment = await seedExperiment(lab.sql, PROMPTS, K);
    const promptIds = await promptIdsOf(lab.sql, experiment);
    const middle = await inTurns(ROUNDS, {
      ours: () => throughApi(lab, experiment),
      reference: () => throughCopy(lab, experiment, promptIds),
    });
    return {
      name: "log_samples",
      ratio: middle.reference / middle.ours,
      ours: ROWS / middle.ours,
      reference: ROWS / middle.reference,
      unit: "rows/s",
      how: `${ROWS} samples in requests of ${ROWS_A_REQUEST}, ${REQUESTS_UNDER_WAY} under way, over one COPY of the same rows into the same table (with its indexes and foreign keys), both from ready bytes; in turns, median of ${ROUNDS}`,
    };
  },
};

/** Seconds that a client needs until all rows are acknowledged. */
async function throughApi(lab: Laboratory, experiment: SeededExperiment): Promise<number> {
  const roundId = await seedRound(lab.sql, experiment);
  const bodies: Buffer[] = [];
  for (let from = 0; from < ROWS; from += ROWS_A_REQUEST)
    bodies.push(samplesBody(experiment, roundId, from, from + ROWS_A_REQUEST));
  const start = performance.now();
  const send = async () => {
    for (let body = bodies.shift(); body; body = bodies.shift()) await sendSamples(lab, body, ROWS_A_REQUEST);
  };
  await Promise.all(Array.from({ length: REQUESTS_UNDER_WAY }, send));
  return (performance.now() - start) / 1e3;
}

/** Seconds of one COPY, committed. */
async function throughCopy(lab: Laboratory, experiment: SeededExperiment, promptIds: string[]): Promise<number> {
  const roundId = await seedRound(lab.sql, experiment);
  const lines = Array.from({ length: ROWS }, (_, i) => {
    const position = Math.floor(i / K);
    return `${roundId}\t${promptIds[position]}\t${position}\t${i % K}\t${i}\t${experiment.sha256}\n`;
  });
  const bytes = Buffer.from(lines.join(""));
  const client = await lab.pool.connect();
  try {
    const start = performance.now();
    const target = client.query(
      copyFrom("copy samples (round_id, prompt_id, prompt_position, k, seed, artifact_sha256) from stdin"),
    );
    await pipeline(Readable.from(chunks(bytes)), target);
    return (performance.now() - start) / 1e3;
  } finally {
    client.release();
  }
}

function* chunks(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
