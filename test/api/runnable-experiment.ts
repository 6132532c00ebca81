import sharp from "sharp";
import type { TestClient } from "../support/server.ts";
import { tinyPolicy } from "../support/tiny-policy.ts";
import { drawableExperiment } from "./drawable-round.ts";

export const RUN_K = 3;
export const TRAIN_PROMPTS = 30;
export const EVAL_PROMPTS = 6;

/** Striped pictures, which the tiny policy does not draw. */
async function stripes(count: number): Promise<{ bytes: Buffer; prompt: string }[]> {
  const picture = (n: number) => {
    const pixels = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (Math.floor(i / 12) % 2 ? 40 + n : 200 - n));
    return sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
      .png()
      .toBuffer();
  };
  return Promise.all(
    Array.from({ length: count }, async (_, n) => ({ bytes: await picture(n), prompt: `stripes ${n}` })),
  );
}

/** An experiment of two rounds whose policy is the smallest there is: all of Algorithm 1 takes seconds. */
export async function runnableExperiment(server: TestClient, experiment: object = {}) {
  return drawableExperiment(server, {
    k: RUN_K,
    tags: Array.from({ length: TRAIN_PROMPTS + EVAL_PROMPTS }, (_, i) => (i < TRAIN_PROMPTS ? "train" : "eval")),
    weights: tinyPolicy(),
    proxy: await stripes(45),
    experiment: { plannedRounds: 2, postTraining: "DPO", ...experiment },
  });
}

/** What makes a run of it short. */
export const SHORT_RUN = {
  sampling: { steps: 2, guidance: 1 },
  rewardModel: { hyperparameters: { steps: 20, batchSize: 16, warmupSteps: 2, passThroughNoise: 0.3 } },
  postTraining: { hyperparameters: { steps: 3, batch: 4 } },
  resamples: 0,
};
