import type { ApiClient } from "../../shared/api-client.ts";
import { concurrently } from "../client/concurrently.ts";
import { type Judgement, judgeRound } from "../client/judge-round.ts";
import { create, findByName } from "../client/list.ts";
import * as operations from "../client/operations.ts";
import { ProgressBar } from "../client/progress-bar.ts";
import { paperResults } from "../import/paper-results.ts";
import { uploadImage } from "../import/upload.ts";
import type { EmojiDataset, Picture } from "./dataset.ts";

const NAME = "Emoji: flat style";
const POLICY = "Six emoji vendors";
const UPLOADS_AT_ONCE = 8;

interface Named {
  id: string;
  name: string;
}

/** Where the steps show how far they are; the terminal by default. */
type Stream = NodeJS.WriteStream | undefined;

export interface RoundRequest {
  dataset: EmojiDataset;
  /** Drawings of each prompt. */
  k: number;
  /** Training steps; the server's default without it. */
  steps?: number;
  stream?: Stream;
}

/** Renders and uploads, several at once. @returns SHA-256 in the order of the pictures */
async function uploadAll(client: ApiClient, pictures: Picture[], title: string, stream: Stream): Promise<string[]> {
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
async function register(client: ApiClient, { dataset, k, stream }: RoundRequest): Promise<string> {
  const known = await findByName<Named>(client, operations.EXPERIMENTS, NAME);
  if (known) return known.id;
  const idOf = async (list: string, name: string) => (await findByName<Named>(client, list, name))?.id;
  const promptSetId =
    (await idOf(operations.PROMPT_SETS, NAME)) ??
    (await create(client, operations.CREATE_PROMPT_SET, {
      name: NAME,
      source: "Unicode emoji names",
      prompts: dataset.prompts,
    }));
  let proxySetId = await idOf(operations.PROXY_SETS, NAME);
  if (!proxySetId) {
    const hashes = await uploadAll(client, dataset.proxy, "Preference proxy data", stream);
    const items = dataset.proxy.map((picture, i) => ({ artifactSha256: hashes[i], fileName: picture.fileName }));
    proxySetId = await create(client, operations.CREATE_PROXY_SET, {
      name: NAME,
      source: "Fluent Emoji Flat by Microsoft",
      licence: "MIT",
      heldOutFraction: 0.2,
      items,
    });
  }
  const basePolicyId =
    (await idOf(operations.POLICIES, POLICY)) ??
    (await create(client, operations.CREATE_POLICY, {
      name: POLICY,
      origin: "IMPORTED",
      generator: "drawings of the other six vendors",
    }));
  return create(client, operations.CREATE_EXPERIMENT, {
    name: NAME,
    description:
      "Can a reward model that has seen 400 drawings in one style, and no label, pick that style for prompts it never saw?",
    basePolicyId,
    promptSetId,
    proxySetId,
    k,
  });
}

async function logSamples(client: ApiClient, { dataset, stream }: RoundRequest, experimentId: string): Promise<string> {
  const { openRound } = await client.ask<{ openRound: { round: { id: string; sampleCount: number } } }>(
    operations.OPEN_ROUND,
    { input: { experimentId, index: 1 } },
  );
  const { id: roundId, sampleCount } = openRound.round;
  if (sampleCount === dataset.samples.length) return roundId;
  const hashes = await uploadAll(client, dataset.samples, "Samples of round 1", stream);
  const samples = dataset.samples.map(({ promptPosition, k, seed, label }, i) => ({
    promptPosition,
    k,
    seed,
    label,
    artifactSha256: hashes[i],
  }));
  await client.ask(operations.LOG_SAMPLES, { input: { roundId, samples } });
  return roundId;
}

/**
 * The main job, through the public API alone: register, log, train, score, pair. Every step is a question to the server
 * first, so that after a stop, or when all is done, no work is done twice.
 */
export async function recordRound(
  client: ApiClient,
  request: RoundRequest,
): Promise<{ experimentId: string; judgement: Judgement }> {
  await client.ask(operations.IMPORT_REFERENCE, { input: paperResults() });
  const experimentId = await register(client, request);
  const roundId = await logSamples(client, request, experimentId);
  const { dataset, steps, stream } = request;
  const judgement = await judgeRound(client, {
    roundId,
    negativePromptTag: "train",
    prefer: dataset.preferredStyle,
    steps,
    stream,
  });
  return { experimentId, judgement };
}
