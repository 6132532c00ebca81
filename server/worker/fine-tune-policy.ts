import {
  FINETUNE_POLICY,
  type FineTunePolicyInput,
  type FineTunePolicyResult,
  fineTunePolicyInput,
} from "../../shared/jobs/fine-tune-policy.ts";
import { decodeFlowWeights } from "../ml/policies/flow/weights-file.ts";
import type { RgbImage } from "../ml/policies/policy.ts";
import { fineTune } from "../ml/post-training/fine-tune.ts";
import type { FineTuneData, FineTuned, FineTuneImage, FineTuneOptions } from "../ml/post-training/fine-tune-options.ts";
import { download } from "./download.ts";
import type { JobHandler, JobRun } from "./handler.ts";
import { decodeImage } from "./policy-images.ts";

const CHECKPOINT_EVERY = 50;
const POINTS_A_REQUEST = 500;

const SET = `query FineTuningSet($id: ID!) { policy(id: $id) { fineTuningSet {
  images { prompt artifactSha256 } pairs { prompt chosenSha256 rejectedSha256 } real { prompt artifactSha256 } } } }`;
const LOG = `mutation LogFineTuning($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }`;

interface FineTuningSet {
  images: { prompt: string; artifactSha256: string }[];
  pairs: { prompt: string; chosenSha256: string; rejectedSha256: string }[];
  real: { prompt: string; artifactSha256: string }[];
}

/** G^(t+1): the round's policy, trained on what its reward model selected (section 3.3). */
export const fineTunePolicy: JobHandler = async (run) => {
  const input = fineTunePolicyInput.parse(run.input);
  if (!input.source || !("weightsSha256" in input.source))
    throw new Error(`${FINETUNE_POLICY} trains the embedded generator; leave other policies to an external process.`);
  const weights = await run.client.download(input.source.weightsSha256);
  const { policy } = await run.client.ask<{ policy: { fineTuningSet: FineTuningSet } }>(SET, { id: input.policyId });
  const real =
    input.hyperparameters.realShare > 0 ? policy.fineTuningSet.real.filter(({ prompt }) => prompt !== "") : [];
  if (input.hyperparameters.realShare > 0 && real.length === 0)
    run.log(
      "no proxy image has a prompt, so none is trained on: it would pull only the half that guidance turns around",
    );
  const size = decodeFlowWeights(weights).architecture.imageSize;
  const data = await dataOf(run, { ...policy.fineTuningSet, real }, size);
  const count = (rows: readonly object[] | undefined) => rows?.length ?? 0;
  const trained = { images: count(data.images), pairs: count(data.pairs), real: count(data.real) };
  run.log(`${input.method} on ${trained.images} images, ${trained.pairs} pairs and ${trained.real} real images`);
  const tuned = await fineTune(weights, data, optionsOf(run, input, real.length > 0));
  await logCurves(run, input, tuned);
  const weightsSha256 = await run.client.upload(new Uint8Array(tuned.weights), "MODEL", "policy.safetensors");
  const result: FineTunePolicyResult = { weightsSha256, trained };
  return result;
};

function optionsOf(
  run: JobRun,
  { method, hyperparameters: asked, seed, policyId }: FineTunePolicyInput,
  hasReal: boolean,
): FineTuneOptions {
  const hyperparameters = hasReal ? asked : { ...asked, realShare: 0 };
  const last = run.checkpoint;
  const options = {
    seed,
    provider: run.provider,
    checkpoint: {
      everySteps: CHECKPOINT_EVERY,
      async resumeFrom(key: string) {
        if (last?.key !== key || typeof last.sha256 !== "string") return undefined;
        run.log(`resuming from step ${last.step}`);
        return run.client.download(last.sha256);
      },
      async save(bytes: Uint8Array, step: number, key: string) {
        const sha256 = await run.client.upload(new Uint8Array(bytes), "CHECKPOINT", `${policyId}-${step}.safetensors`);
        run.saveCheckpoint({ sha256, step, key });
      },
    },
    onProgress: ({ step, steps, loss }: { step: number; steps: number; loss: number }) =>
      run.report(step / steps, `step ${step} of ${steps}, loss ${loss.toFixed(4)}`),
  };
  // the pair of method and hyperparameters is lost where both are taken apart
  return { ...options, method, hyperparameters } as FineTuneOptions;
}

/** Every image once, at the policy's size. */
async function dataOf({ client }: JobRun, set: FineTuningSet, size: number): Promise<FineTuneData> {
  const wanted = [...set.images, ...set.real].map(({ artifactSha256 }) => artifactSha256);
  for (const { chosenSha256, rejectedSha256 } of set.pairs) wanted.push(chosenSha256, rejectedSha256);
  const images = new Map<string, RgbImage>();
  for await (const { key, bytes } of download(client, [...new Set(wanted)]))
    images.set(key, await decodeImage(bytes, size));
  const imageOf = (hash: string) => images.get(hash) as RgbImage;
  const prompted = ({ prompt, artifactSha256 }: { prompt: string; artifactSha256: string }): FineTuneImage => ({
    prompt,
    image: imageOf(artifactSha256),
  });
  return {
    images: set.images.map(prompted),
    pairs: set.pairs.map(({ prompt, chosenSha256, rejectedSha256 }) => ({
      prompt,
      chosen: imageOf(chosenSha256),
      rejected: imageOf(rejectedSha256),
    })),
    real: set.real.map(prompted),
  };
}

/** What is better where it is higher; every other curve is of errors. */
const HIGHER = ["implicit_accuracy", "margin"];

/** Curves as metric points of the new policy. An attempt that comes after sends equal points again, which changes nothing. */
async function logCurves(
  run: JobRun,
  { policyId, method, hyperparameters, seed }: FineTunePolicyInput,
  { curves }: FineTuned,
): Promise<void> {
  const points = Object.entries(curves).flatMap(([name, curve]) =>
    curve.map(({ step, value }) => ({
      ...{ subject: "POLICY", subjectId: policyId, name, direction: HIGHER.includes(name) ? "HIGHER" : "LOWER" },
      provenance: { computedBy: "post-training", method, hyperparameters, seed, provider: run.provider },
      step,
      value,
    })),
  );
  for (let i = 0; i < points.length; i += POINTS_A_REQUEST)
    await run.client.ask(LOG, { input: { points: points.slice(i, i + POINTS_A_REQUEST) } });
}
