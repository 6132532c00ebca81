import type { SeededExperiment, Sql } from "../support/seeds.ts";
import { graphqlBody, type Laboratory } from "./laboratory.ts";

const LOG_SAMPLES = "mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }";

/** The bytes of a request that logs samples number `from` to `to` (without) of a round, in the order of prompt and k. */
export function samplesBody({ k, sha256 }: SeededExperiment, roundId: string, from: number, to: number): Buffer {
  const samples = Array.from({ length: to - from }, (_, i) => ({
    promptPosition: Math.floor((from + i) / k),
    k: (from + i) % k,
    seed: from + i,
    artifactSha256: sha256,
  }));
  return graphqlBody(LOG_SAMPLES, { input: { roundId, samples } });
}

/** Sends such a request. @throws Error unless all its rows were new */
export async function sendSamples(lab: Laboratory, body: Buffer, rows: number): Promise<void> {
  const { logSamples } = await lab.ask(body);
  if (logSamples.inserted !== rows) throw new Error(`${logSamples.inserted} of ${rows} rows were new.`);
}

/** By position. */
export async function promptIdsOf(sql: Sql, { promptSetId }: SeededExperiment): Promise<string[]> {
  const prompts: { id: string }[] = await sql("select id from prompts where prompt_set_id = $1 order by position", [
    promptSetId,
  ]);
  return prompts.map(({ id }) => id);
}
