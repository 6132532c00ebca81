import { decodeFlowWeights } from "../ml/policies/flow/weights-file.ts";
import { passThrough } from "../ml/post-training/pass-through.ts";
import { concurrentUploads } from "./concurrent-uploads.ts";
import { download } from "./download.ts";
import type { JobRun } from "./handler.ts";
import { decodeImage, encodeImage } from "./policy-images.ts";

/** Images held at a time. */
const BATCH = 128;

/** Weights of the policy that draws them again, and how much of each is left to noise. */
export interface PassingThrough {
  weightsSha256: string;
  /** in (0, 1) */
  noise: number;
}

/**
 * Proxy images as the round's policy draws them again, so that a reward model learns their style and not that they are real. The
 * noise of an image follows from its bytes: it comes out the same in whichever set it stands.
 * @returns hashes of the new images, in the order of the old ones
 */
export async function passedThrough(
  run: JobRun,
  hashes: readonly string[],
  { weightsSha256, noise }: PassingThrough,
  onProgress: (done: number) => void = () => undefined,
): Promise<string[]> {
  const weights = await run.client.download(weightsSha256);
  const size = decodeFlowWeights(weights).architecture.imageSize;
  const drawn: string[] = [];
  for (let start = 0; start < hashes.length; start += BATCH) {
    const batch = hashes.slice(start, start + BATCH);
    const images = [];
    for await (const { bytes } of download(run.client, batch)) images.push(await decodeImage(bytes, size));
    const seeds = batch.map((hash) => Number.parseInt(hash.slice(0, 8), 16));
    const again = await passThrough(weights, images, { noise, seed: seeds, provider: run.provider });
    drawn.push(...(await concurrentUploads(run.client, await Promise.all(again.map(encodeImage)))));
    onProgress(drawn.length);
  }
  return drawn;
}
