import type { ApiClient } from "../../shared/api-client.ts";
import { create, findByName } from "../client/list.ts";
import * as operations from "../client/operations.ts";
import { ProgressBar } from "../client/progress-bar.ts";
import { type Stream, uploadAll } from "./experiment.ts";
import type { Miniature } from "./miniature.ts";

const POLL_MS = 500;
const POLICY = "Embedded generator";

/** An arm of the comparison: the same data, seed and base policy, another way from round to round. */
export interface Arm {
  name: string;
  description: string;
  postTraining: "SFT" | "DPO";
  plannedRounds: number;
  /** As of fineTunePolicy. */
  hyperparameters: Record<string, unknown>;
  picksPerPrompt?: number;
}

export interface RunsRequest {
  miniature: Miniature;
  /** Name of its prompt set and its proxy set. */
  data: string;
  arm: Arm;
  /** Samples of each prompt. */
  k: number;
  seed: number;
  /** Training steps of the reward models; the server's default without it. */
  rewardSteps?: number;
  /** Integration steps; the policy's own without it. */
  samplingSteps?: number;
  /** Metrics of single samples beside those that every run measures. */
  metrics?: string[];
  resamples?: number;
  stream?: Stream;
}

/** How much of a proxy image is left to noise before the policy draws it again and the reward model sees it. */
export const PASS_THROUGH_NOISE = 0.3;

/**
 * Less than the policy's own 2.5: training on images that were drawn with guidance and drawing with it again exaggerates what it exaggerates,
 * and nearer to 1 a prompt's samples differ more, so that there is more to select from.
 */
const GUIDANCE = 1.5;

interface Named {
  id: string;
  name: string;
}

/** Runs Algorithm 1 on an arm, through the public API alone. What is there is taken as it is. @returns the experiment's id */
export async function recordRun(client: ApiClient, request: RunsRequest): Promise<string> {
  const { arm, rewardSteps, samplingSteps, metrics, resamples, stream } = request;
  const experimentId = await experimentOf(client, request);
  const { runExperiment } = await client.ask<{ runExperiment: { run: { id: string } } }>(operations.RUN_EXPERIMENT, {
    input: {
      experimentId,
      sampling: { steps: samplingSteps, guidance: GUIDANCE },
      rewardModel: { hyperparameters: { steps: rewardSteps, passThroughNoise: PASS_THROUGH_NOISE } },
      postTraining: { hyperparameters: arm.hyperparameters, picksPerPrompt: arm.picksPerPrompt },
      metrics,
      resamples,
    },
  });
  await waitFor(client, arm.name, runExperiment.run.id, stream);
  return experimentId;
}

async function experimentOf(client: ApiClient, request: RunsRequest): Promise<string> {
  const { arm, k, seed } = request;
  const known = await findByName<Named>(client, operations.EXPERIMENTS, arm.name);
  if (known) return known.id;
  const { name, description, postTraining, plannedRounds } = arm;
  return create(client, operations.CREATE_EXPERIMENT, {
    ...{ name, description, postTraining, plannedRounds, k, seed },
    ...(await dataOf(client, request)),
  });
}

/** Prompts, proxy set and policy: whichever is missing is made. */
async function dataOf(client: ApiClient, { miniature, data: name, stream }: RunsRequest) {
  const idOf = async (list: string, wanted = name) => (await findByName<Named>(client, list, wanted))?.id;
  const promptSetId =
    (await idOf(operations.PROMPT_SETS)) ??
    (await create(client, operations.CREATE_PROMPT_SET, {
      name,
      source: "Unicode emoji names that the embedded generator draws",
      prompts: miniature.prompts,
    }));
  let proxySetId = await idOf(operations.PROXY_SETS);
  if (!proxySetId) {
    const hashes = await uploadAll(client, miniature.proxy, "Preference proxy data", stream);
    proxySetId = await create(client, operations.CREATE_PROXY_SET, {
      ...{ name, source: "Fluent Emoji Flat by Microsoft", licence: "MIT", heldOutFraction: 0.2 },
      items: miniature.proxy.map(({ fileName, prompt }, i) => ({ artifactSha256: hashes[i], fileName, prompt })),
    });
  }
  let basePolicyId = await idOf(operations.POLICIES, POLICY);
  if (!basePolicyId) {
    const weightsSha256 = await client.upload(miniature.weights, "MODEL", "base.safetensors");
    basePolicyId = await create(client, operations.CREATE_POLICY, {
      ...{ name: POLICY, origin: "BASE", generator: "flow transformer of 32 pixels, five emoji styles mixed" },
      weightsSha256,
    });
  }
  return { promptSetId, proxySetId, basePolicyId };
}

interface RunView {
  state: string;
  error: string | null;
  progress: number;
  steps: { roundIndex: number; kind: string; state: string; job: { progressMessage: string } | null }[];
}

/** Follows a run to its end, telling each round when it is measured. @throws Error when the run fails or is cancelled */
async function waitFor(client: ApiClient, title: string, id: string, stream: Stream): Promise<void> {
  const bar = new ProgressBar(title, stream);
  for (;;) {
    const { run } = await client.ask<{ run: RunView }>(operations.RUN, { id });
    const at = run.steps.find(({ state }) => state === "RUNNING") ?? run.steps.find(({ state }) => state === "QUEUED");
    const step = at ? `round ${at.roundIndex}, ${at.kind.toLowerCase().replaceAll("_", " ")}` : "";
    bar.update(run.progress, `${step}: ${at?.job?.progressMessage ?? ""}`);
    if (run.state === "SUCCEEDED") return bar.done(`${run.steps.length} steps`);
    if (run.state !== "RUNNING") throw new Error(`${title}: ${run.state} ${run.error ?? ""}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
