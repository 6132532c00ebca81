import type { ApiClient } from "../../shared/api-client.ts";
import { concurrently } from "../client/concurrently.ts";
import { create, findByName } from "../client/list.ts";
import * as operations from "../client/operations.ts";
import { ProgressBar } from "../client/progress-bar.ts";
import { uploadImage } from "../import/upload.ts";
import type { EmojiDataset, Picture } from "./dataset.ts";

/** Name of the prompt set and of the proxy set, which the demo's experiments share. */
const DATA = "Emoji: flat style";
const UPLOADS_AT_ONCE = 8;

interface Named {
  id: string;
  name: string;
}

/** Where the steps show how far they are; the terminal by default. */
export type Stream = NodeJS.WriteStream | undefined;

/** An experiment of the demo. */
export interface DemoExperiment {
  name: string;
  description: string;
  /** Name of the policy of round 1, and what it is. */
  policy: string;
  generator: string;
  dataset: EmojiDataset;
  /** Drawings of each prompt. */
  k: number;
}

/** Renders and uploads, several at once. @returns SHA-256 in the order of the pictures */
export async function uploadAll(
  client: ApiClient,
  pictures: Picture[],
  title: string,
  stream: Stream,
): Promise<string[]> {
  const bar = new ProgressBar(title, stream);
  const hashes: string[] = [];
  const upload = async ({ fileName, render }: Picture) => uploadImage(client, await render(), fileName);
  for await (const sha256 of concurrently(pictures, UPLOADS_AT_ONCE, upload)) {
    hashes.push(sha256);
    bar.update(hashes.length / pictures.length, `${hashes.length} of ${pictures.length}`);
  }
  bar.done(`${pictures.length} images`);
  return hashes;
}

/** Prompts, proxy data, policy and experiment: whichever is missing is made. @returns the experiment's id */
async function register(client: ApiClient, experiment: DemoExperiment, stream: Stream): Promise<string> {
  const { name, description, policy, generator, dataset, k } = experiment;
  const known = await findByName<Named>(client, operations.EXPERIMENTS, name);
  if (known) return known.id;
  const idOf = async (list: string, name: string) => (await findByName<Named>(client, list, name))?.id;
  const promptSetId =
    (await idOf(operations.PROMPT_SETS, DATA)) ??
    (await create(client, operations.CREATE_PROMPT_SET, {
      name: DATA,
      source: "Unicode emoji names",
      prompts: dataset.prompts,
    }));
  let proxySetId = await idOf(operations.PROXY_SETS, DATA);
  if (!proxySetId) {
    const hashes = await uploadAll(client, dataset.proxy, "Preference proxy data", stream);
    const items = dataset.proxy.map((picture, i) => ({ artifactSha256: hashes[i], fileName: picture.fileName }));
    proxySetId = await create(client, operations.CREATE_PROXY_SET, {
      name: DATA,
      source: "Fluent Emoji Flat by Microsoft",
      licence: "MIT",
      heldOutFraction: 0.2,
      items,
    });
  }
  const basePolicyId =
    (await idOf(operations.POLICIES, policy)) ??
    (await create(client, operations.CREATE_POLICY, { name: policy, origin: "IMPORTED", generator }));
  return create(client, operations.CREATE_EXPERIMENT, {
    name,
    description,
    basePolicyId,
    promptSetId,
    proxySetId,
    k,
  });
}

/**
 * The experiment with round 1 open and all its samples logged. Every step asks the server first, so that what is there is
 * not made again.
 */
export async function openExperiment(
  client: ApiClient,
  experiment: DemoExperiment,
  stream: Stream,
): Promise<{ experimentId: string; roundId: string }> {
  const { dataset } = experiment;
  const experimentId = await register(client, experiment, stream);
  const { openRound } = await client.ask<{ openRound: { round: { id: string; sampleCount: number } } }>(
    operations.OPEN_ROUND,
    { input: { experimentId, index: 1 } },
  );
  const { id: roundId, sampleCount } = openRound.round;
  if (sampleCount === dataset.samples.length) return { experimentId, roundId };
  const hashes = await uploadAll(client, dataset.samples, "Samples of round 1", stream);
  const samples = dataset.samples.map(({ promptPosition, k, seed, label }, i) => ({
    promptPosition,
    k,
    seed,
    label,
    artifactSha256: hashes[i],
  }));
  await client.ask(operations.LOG_SAMPLES, { input: { roundId, samples } });
  return { experimentId, roundId };
}
