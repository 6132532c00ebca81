import type { ApiClient } from "../../shared/api-client.ts";
import * as operations from "../client/operations.ts";
import type { AblationTable } from "./ablation-report.ts";
import type { Stream } from "./experiment.ts";
import { type AblationGrid, recordAxes } from "./record-ablations.ts";

/**
 * N and K (tables 7 and 8) on what the base policy drew in round 1 of a run; strategies differ by less than so few seeds can tell. Run
 * again, what is recorded is taken as it is.
 */
export async function recordMiniatureAblations(
  client: ApiClient,
  { experimentId, grid, stream }: { experimentId: string; grid: AblationGrid; stream?: Stream },
): Promise<AblationTable[]> {
  const { experiment } = await client.ask<{ experiment: { rounds: { id: string }[] } }>(operations.ROUNDS_OF, {
    id: experimentId,
  });
  const [first] = experiment.rounds;
  if (!first) throw new Error("The experiment has no round yet.");
  const common = {
    ...{ roundId: first.id, seeds: grid.seeds, promptTag: "eval", negativePromptTag: "train" },
    hyperparameters: { steps: grid.steps, passThroughNoise: 0.3 },
  };
  return recordAxes(client, { common, stream }, [
    { name: "Proxy data, N", strategies: ["BOOTSTRAP"], n: grid.n },
    { name: "Samples a prompt, K", strategies: ["BOOTSTRAP"], k: grid.k },
  ]);
}
