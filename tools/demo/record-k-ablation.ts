import type { ApiClient } from "../../shared/api-client.ts";
import * as operations from "../client/operations.ts";
import type { AblationTable } from "./ablation-report.ts";
import type { Stream } from "./experiment.ts";
import { recordAxes } from "./record-ablations.ts";
import { PASS_THROUGH_NOISE } from "./record-runs.ts";

/** What the ablation of K varies. */
export interface KAblationRequest {
  /** A run whose round 1 the base policy drew. */
  experimentId: string;
  seeds: readonly number[];
  /** Samples a prompt. */
  k: readonly number[];
  /** Training steps; the server's default without it. */
  steps?: number;
  stream?: Stream;
}

/**
 * Samples a prompt, K (table 8), of the base policy's own drawings; those have no label, so that strategies and N are judged on vendors
 * (record-ablations.ts). Run again, what is recorded is taken as it is.
 */
export async function recordKAblation(
  client: ApiClient,
  { experimentId, seeds, k, steps, stream }: KAblationRequest,
): Promise<AblationTable[]> {
  const { experiment } = await client.ask<{ experiment: { rounds: { id: string }[] } }>(operations.ROUNDS_OF, {
    id: experimentId,
  });
  const [first] = experiment.rounds;
  if (!first) throw new Error("The experiment has no round yet.");
  const common = {
    ...{ roundId: first.id, seeds, promptTag: "eval", negativePromptTag: "train" },
    hyperparameters: { steps, passThroughNoise: PASS_THROUGH_NOISE },
  };
  return recordAxes(client, { common, stream }, [{ name: "Samples a prompt, K", strategies: ["BOOTSTRAP"], k }]);
}
