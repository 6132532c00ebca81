import sharp from "sharp";
import { ApiClient } from "../../shared/api-client.ts";
import { Role } from "../../shared/enums.ts";
import { seedAblation } from "./seed-ablation.ts";
import { seedComparison } from "./seed-comparison.ts";
import { seedMetrics, seedRanks, seedSampleMetric } from "./seed-metrics.ts";
import { seedStudies } from "./seed-study.ts";
import { SeedWorker, TRAINING_LOG } from "./seed-worker.ts";

/** What the browser tests find in the dashboard. */
export interface Seed {
  experimentId: string;
  /** In order of t. */
  roundIds: string[];
  /** R^t of each round. */
  rewardModelIds: string[];
  /** Of round 1. */
  ablationId: string;
  /** Of three arms, with votes. */
  studyId: string;
  draftStudyId: string;
  /** A draft with numbers that can't be compared with the rounds'. */
  strangeExperimentId: string;
}

export const PROMPTS = 36;
export const K = 4;
export const DRAFTS = 30;
const STYLES = ["flat", "outline", "shaded", "sketch"] as const;
const PREFERRED = "flat";
const NOUNS = ["circle", "square", "triangle"] as const;
const SHAPES: Record<(typeof NOUNS)[number], string> = {
  circle: '<circle cx="64" cy="64" r="40"',
  square: '<rect x="28" y="28" width="72" height="72" rx="10"',
  triangle: '<path d="M64 20 L106 104 L22 104 Z"',
};
const PAINTS: Record<(typeof STYLES)[number], (colour: string) => string> = {
  flat: (colour) => `fill="${colour}"`,
  outline: (colour) => `fill="none" stroke="${colour}" stroke-width="6"`,
  shaded: (colour) => `fill="${colour}" stroke="#333" stroke-width="10"`,
  sketch: (colour) => `fill="none" stroke="${colour}" stroke-width="3" stroke-dasharray="7 4"`,
};

/** A prompt's drawing in one style; no two of them are alike. */
function picture(prompt: number, style: (typeof STYLES)[number]): Promise<Buffer> {
  const colour = `hsl(${(360 * prompt) / PROMPTS}, 70%, 45%)`;
  const drawing = `${SHAPES[nounOf(prompt)]} ${PAINTS[style](colour)}/>`;
  return sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128">${drawing}</svg>`))
    .png()
    .toBuffer();
}

const nounOf = (prompt: number) => NOUNS[prompt % NOUNS.length] ?? "circle";

/** A request of the API that makes one object. @returns its id */
async function make(client: ApiClient, mutation: string, object: string, input: object): Promise<string> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const answer = await client.ask<Record<string, Record<string, { id: string }>>>(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${object} { id } } }`,
    { input },
  );
  return answer[mutation]?.[object]?.id ?? "";
}

/**
 * Fills an empty server through its API: an experiment of two scored rounds, drafts to page through, one job of each fate.
 * Every step is the one that the demo takes; only the numbers of the worker are not computed.
 */
export async function seed(url: string, tokens: Record<Role, string>): Promise<{ seed: Seed; stop(): void }> {
  const client = new ApiClient({ url, token: tokens[Role.MEMBER] });
  const worker = new SeedWorker(new ApiClient({ url, token: tokens[Role.WORKER] }));
  const upload = async (bytes: Buffer, name: string) => client.upload(new Uint8Array(bytes), "IMAGE", name);
  const drawings = await Promise.all(
    Array.from({ length: PROMPTS }, (_, prompt) =>
      Promise.all(STYLES.map(async (style) => upload(await picture(prompt, style), `${prompt}-${style}.png`))),
    ),
  );
  const proxies = await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      const background = { r: 200, g: 40 + 3 * i, b: 20 + 5 * i };
      const bytes = await sharp({ create: { width: 64, height: 64, channels: 3, background } })
        .png()
        .toBuffer();
      return { artifactSha256: await upload(bytes, `proxy-${i}.png`), fileName: `proxy-${i}.png` };
    }),
  );
  const prompts = Array.from({ length: PROMPTS }, (_, i) => ({
    text: `a ${nounOf(i)} on a ${["plain", "sunny", "rainy", "quiet"][i % 4]} day, number ${i + 1}`,
    tags: [i % 2 ? "eval" : "train"],
  }));
  const promptSetId = await make(client, "createPromptSet", "promptSet", { name: "Shapes", source: "seed", prompts });
  const proxySetId = await make(client, "createProxySet", "proxySet", { name: "Flat shapes", items: proxies });
  const base = await make(client, "createPolicy", "policy", { name: "Base", origin: "BASE" });
  const tuned = await make(client, "createPolicy", "policy", { name: "Base + DPO 1", origin: "DPO", parentId: base });
  const setup = { basePolicyId: base, promptSetId, proxySetId, k: K, plannedRounds: 2, postTraining: "DPO" };
  await Promise.all(
    Array.from({ length: DRAFTS }, (_, i) =>
      make(client, "createExperiment", "experiment", { ...setup, name: `Draft ${String(i + 1).padStart(2, "0")}` }),
    ),
  );
  const experimentId = await make(client, "createExperiment", "experiment", {
    ...setup,
    name: "Flat shapes",
    description: "Does a reward model that saw only flat shapes pick them for prompts it never saw?",
  });
  const roundIds: string[] = [];
  const rewardModelIds: string[] = [];
  for (const [t, policyInId] of [base, tuned].entries()) {
    const roundId = await make(client, "openRound", "round", { experimentId, index: t + 1, policyInId });
    const samples = prompts.flatMap((_, promptPosition) =>
      STYLES.map((_style, k) => {
        const style = (k + promptPosition + t) % STYLES.length;
        return {
          promptPosition,
          k,
          seed: 100 * t + k,
          label: STYLES[style],
          artifactSha256: drawings[promptPosition]?.[style],
        };
      }),
    );
    await make(client, "logSamples", "round", { roundId, samples });
    const rewardModelId = await make(client, "trainRewardModel", "rewardModel", {
      roundId,
      name: "R",
      strategy: "NAIVE",
    });
    await worker.train(rewardModelId, 0.95 - 0.08 * t);
    await client.ask("mutation ($id: ID!) { scoreSamples(rewardModelId: $id) { job { id } } }", { id: rewardModelId });
    await worker.score(client, { roundId, rewardModelId, preferred: PREFERRED, missEvery: t === 0 ? 5 : 12 });
    await make(client, "buildPairs", "rewardModel", { rewardModelId });
    roundIds.push(roundId);
    rewardModelIds.push(rewardModelId);
  }
  await seedMetrics(client, roundIds, PROMPTS * K);
  await seedSampleMetric(client, roundIds);
  await seedRanks(client, rewardModelIds[0] ?? "", PROMPTS);
  const ablationId = await seedAblation(client, worker, roundIds[0] ?? "");
  const roundId = roundIds[1] ?? "";
  await make(client, "trainRewardModel", "rewardModel", {
    ...{ roundId, name: "R, failing", strategy: "NAIVE", hyperparameters: { steps: 2 } },
  });
  const failing = await worker.lease("TRAIN_REWARD_MODEL");
  await worker.report(failing, { progress: 0.2, message: "encoding 40 of 80 images", log: TRAINING_LOG });
  await worker.finish(failing, {
    error: "The encoder's file is damaged: its sha256 is not the one expected.",
    final: true,
  });
  await make(client, "trainRewardModel", "rewardModel", {
    roundId,
    name: "R, longer",
    strategy: "NAIVE",
    hyperparameters: { steps: 900 },
  });
  const running = await worker.lease("TRAIN_REWARD_MODEL");
  await worker.report(running, { progress: 0.4, message: "step 360 of 900" });
  const strangeExperimentId = await seedComparison(client, `Draft ${DRAFTS}`);
  const studies = await seedStudies(url, client, { roundIds, rewardModelIds });
  const made = { experimentId, roundIds, rewardModelIds, ablationId, strangeExperimentId, ...studies };
  return { seed: made, stop: worker.linger(running) };
}
