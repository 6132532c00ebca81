import type { ApiClient } from "../../shared/api-client.ts";
import { decimal, percent, percentWithInterval } from "../../shared/format/number.ts";
import * as operations from "./operations.ts";
import { ProgressBar } from "./progress-bar.ts";

const POLL_MS = 300;

export interface JudgeRequest {
  roundId: string;
  /** Tag of the prompts whose samples are the negatives; any prompt's without it. */
  negativePromptTag?: string;
  /** Label of the samples that ought to be picked; prompts tagged "eval" are judged by it. */
  prefer?: string;
  /** The server's default without it. */
  strategy?: "NAIVE" | "AVERAGE" | "VOTING" | "BOOTSTRAP";
  /** Training steps; the server's default without it. */
  steps?: number;
  stream?: NodeJS.WriteStream;
}

/** What a round's reward model is worth. */
export interface Judgement {
  rewardModelId: string;
  heldOutAuc: number;
  heldOutAccuracy: number;
  heldOutEce: number;
  heldOutCount: number;
  /** How often the reward picks a preferred sample; absent where none was named, null where no prompt offers a choice. */
  bestOfK?: { prompts: number; wins: number; accuracy: number; low: number; high: number; chance: number } | null;
  pairs: number;
}

async function waitFor(client: ApiClient, bar: ProgressBar, title: string, jobId: string): Promise<void> {
  for (;;) {
    const { job } = await client.ask<{
      job: { state: string; progress: number; progressMessage: string; error: string | null };
    }>(operations.JOB, { id: jobId });
    bar.update(job.progress, job.progressMessage);
    if (job.state === "SUCCEEDED") return bar.done(job.progressMessage);
    if (job.state === "FAILED" || job.state === "CANCELLED")
      throw new Error(`${title}: ${job.state} ${job.error ?? ""}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/**
 * Trains reward model "R" of a round, scores all samples with it, builds the pairs, and asks for the results. Each step is
 * done once: repeated, it takes what is there. @throws ApiError TOO_FEW_ITEMS among others, Error when a job fails
 */
export async function judgeRound(client: ApiClient, request: JudgeRequest): Promise<Judgement> {
  const { roundId, negativePromptTag, prefer, strategy, steps, stream } = request;
  const run = (title: string, jobId: string) => waitFor(client, new ProgressBar(title, stream), title, jobId);
  const { trainRewardModel } = await client.ask<{
    trainRewardModel: { rewardModel: { id: string }; job: { id: string } };
  }>(operations.TRAIN, { input: { roundId, name: "R", negativePromptTag, strategy, hyperparameters: { steps } } });
  const { id } = trainRewardModel.rewardModel;
  await run("Train reward model", trainRewardModel.job.id);
  const { scoreSamples } = await client.ask<{ scoreSamples: { job: { id: string } } }>(operations.SCORE, { id });
  await run("Score samples", scoreSamples.job.id);
  const { buildPairs } = await client.ask<{ buildPairs: { rewardModel: { pairs: { totalCount: number } } } }>(
    operations.BUILD_PAIRS,
    { input: { rewardModelId: id } },
  );
  const { rewardModel } = await client.ask<{ rewardModel: Omit<Judgement, "rewardModelId" | "pairs"> }>(
    operations.RESULT,
    { id, label: prefer ?? "", judged: prefer !== undefined },
  );
  return { rewardModelId: id, ...rewardModel, pairs: buildPairs.rewardModel.pairs.totalCount };
}

/** The judgement as lines for the terminal. */
export function judgementTable({ bestOfK, ...r }: Judgement, k: number): string {
  const rows = [
    [
      "Held-out AUC",
      `${decimal(r.heldOutAuc)}   (n = ${r.heldOutCount}, proxy data against raw outputs, neither trained on)`,
    ],
    ["Held-out accuracy", percent(r.heldOutAccuracy)],
    ["Calibration error", decimal(r.heldOutEce)],
    ...(bestOfK
      ? [
          [
            `Best of K = ${k}, unseen`,
            `${percentWithInterval(bestOfK.accuracy, bestOfK.low, bestOfK.high)}, ${bestOfK.wins} of ${bestOfK.prompts} prompts; chance ${percent(bestOfK.chance)}`,
          ],
        ]
      : []),
    ["Pairs (best, worst)", String(r.pairs)],
  ];
  return rows.map(([name = "", value = ""]) => `  ${name.padEnd(24)} ${value}\n`).join("");
}
