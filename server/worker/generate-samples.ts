import { z } from "zod";
import {
  type GenerateSamplesInput,
  type GenerateSamplesResult,
  generateSamplesInput,
} from "../../shared/jobs/generate-samples.ts";
import { loadPolicy } from "../ml/policies/load-policy.ts";
import type { LoadedPolicy, RgbImage } from "../ml/policies/policy.ts";
import { concurrentUploads } from "./concurrent-uploads.ts";
import type { JobHandler, JobRun } from "./handler.ts";
import { encodeImage } from "./policy-images.ts";
import { policySourceOf } from "./policy-source.ts";

/** Images between two checkpoints: a worker that dies draws no more again. */
const BATCH = 32;

const ARGUMENTS = "promptTag: $promptTag, kFrom: $kFrom, kTo: $kTo, seed: $seed, fromPosition: $fromPosition";
const VARIABLES = "$roundId: ID!, $promptTag: String, $kFrom: Int!, $kTo: Int!, $seed: SafeInt!, $fromPosition: Int";
const MISSING = `query SamplesMissing(${VARIABLES}) { round(id: $roundId) { samplesToGenerate(${ARGUMENTS}, first: 1) { missing } } }`;
const NEXT = `query SamplesToGenerate(${VARIABLES}, $first: Int!) { round(id: $roundId) {
  samplesToGenerate(${ARGUMENTS}, first: $first) { requests { promptPosition prompt k seed } } } }`;
const LOG = `mutation LogGenerated($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }`;

interface Request {
  promptPosition: number;
  prompt: string;
  k: number;
  seed: number;
}

const checkpointShape = z.object({ fromPosition: z.number(), drawn: z.number() });

/**
 * Draws the samples of a round that are not logged yet, a batch at a time, each with the seed that the server names. What a
 * killed worker has logged is not drawn again.
 */
export const generateSamples: JobHandler = async (run) => {
  const input = generateSamplesInput.parse(run.input);
  const policy = await loadPolicy(await policySourceOf(run, input.source), { provider: run.provider });
  const { defaults, generator, imageSize } = policy;
  const steps = input.steps ?? defaults.steps;
  const guidance = input.guidance ?? defaults.guidance;
  const scheduler = input.scheduler ?? defaults.scheduler;
  try {
    const drawn = await drawAll(
      run,
      input,
      (requests) => policy.sample(requests, { steps, guidance, scheduler }),
      policy,
    );
    const result: GenerateSamplesResult = {
      drawn,
      sampling: { generator, imageSize, steps, guidance, scheduler: scheduler ?? null },
    };
    return result;
  } finally {
    await policy.dispose();
  }
};

/** @returns how many images the job drew, in all its attempts */
async function drawAll(
  run: JobRun,
  input: GenerateSamplesInput,
  draw: (requests: Request[]) => Promise<RgbImage[]>,
  { batch }: Pick<LoadedPolicy, "batch">,
): Promise<number> {
  const { roundId, promptTag, kFrom, kTo, seed } = input;
  const checkpoint = checkpointShape.safeParse(run.checkpoint).data;
  let { fromPosition, drawn } = checkpoint ?? { fromPosition: 0, drawn: 0 };
  const variables = () => ({ roundId, promptTag, kFrom, kTo, seed, fromPosition });
  const { round } = await run.client.ask<{ round: { samplesToGenerate: { missing: number } } }>(MISSING, variables());
  const all = drawn + round.samplesToGenerate.missing;
  run.log(`${round.samplesToGenerate.missing} of ${all} images to draw`);
  const first = batch * Math.max(1, Math.floor(BATCH / batch));
  for (;;) {
    const answer = await run.client.ask<{ round: { samplesToGenerate: { requests: Request[] } } }>(NEXT, {
      ...variables(),
      first,
    });
    const { requests } = answer.round.samplesToGenerate;
    const [begin] = requests;
    if (!begin) return drawn;
    await logDrawn(run, roundId, { requests, images: await draw(requests) });
    drawn += requests.length;
    fromPosition = begin.promptPosition;
    run.report(Math.min(1, drawn / all), `drew ${drawn} of ${all} images`);
    run.saveCheckpoint({ fromPosition, drawn });
  }
}

async function logDrawn(
  { client }: JobRun,
  roundId: string,
  { requests, images }: { requests: Request[]; images: RgbImage[] },
): Promise<void> {
  if (images.length !== requests.length)
    throw new Error(`The policy drew ${images.length} images for ${requests.length} requests.`);
  const hashes = await concurrentUploads(client, await Promise.all(images.map(encodeImage)));
  const samples = requests.map(({ promptPosition, k, seed }, i) => ({
    ...{ promptPosition, k, seed },
    artifactSha256: hashes[i],
  }));
  await client.ask(LOG, { input: { roundId, samples } });
}
