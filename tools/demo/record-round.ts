import type { ApiClient } from "../../shared/api-client.ts";
import { type Judgement, judgeRound } from "../client/judge-round.ts";
import * as operations from "../client/operations.ts";
import { paperResults } from "../import/paper-results.ts";
import type { EmojiDataset } from "./dataset.ts";
import { openExperiment, type Stream } from "./experiment.ts";

export interface RoundRequest {
  dataset: EmojiDataset;
  /** Drawings of each prompt. */
  k: number;
  /** Training steps; the server's default without it. */
  steps?: number;
  stream?: Stream;
}

/**
 * The main job, through the public API alone: register, log, train, score, pair. Every step is a question to the server
 * first, so that after a stop, or when all is done, no work is done twice.
 */
export async function recordRound(
  client: ApiClient,
  { dataset, k, steps, stream }: RoundRequest,
): Promise<{ experimentId: string; judgement: Judgement }> {
  await client.ask(operations.IMPORT_REFERENCE, { input: paperResults() });
  const experiment = {
    name: "Emoji: flat style",
    description:
      "Can a reward model that has seen 400 drawings in one style, and no label, pick that style for prompts it never saw?",
    policy: "Six emoji vendors",
    generator: "drawings of the other six vendors",
    dataset,
    k,
  };
  const { experimentId, roundId } = await openExperiment(client, experiment, stream);
  const judgement = await judgeRound(client, {
    roundId,
    negativePromptTag: "train",
    prefer: dataset.preferredStyle,
    // what is drawn here is no generator's that gets better: pseudo-positives are other vendors' drawings, and cost 2.6 points (the ablation of table 4)
    strategy: "NAIVE",
    steps,
    stream,
  });
  return { experimentId, judgement };
}
