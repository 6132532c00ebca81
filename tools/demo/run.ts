/**
 * One round of GAN-RM on real images, through the public API alone: register, train, score, select, pair.
 * Run again it goes on from what is there; every step is a question to the server first.
 */
import { fork } from "node:child_process";
import path from "node:path";
import { ApiClient } from "../../shared/api-client.ts";
import { concurrently } from "../client/concurrently.ts";
import { judgementTable, judgeRound } from "../client/judge-round.ts";
import { create, findByName } from "../client/list.ts";
import * as operations from "../client/operations.ts";
import { ProgressBar } from "../client/progress-bar.ts";
import { paperResults } from "../import/paper-results.ts";
import { uploadImage } from "../import/upload.ts";
import { buildEmojiDataset, type EmojiDataset, type Picture } from "./dataset.ts";

const NAME = "Emoji: flat style";
const POLICY = "Six emoji vendors";
const UPLOADS_AT_ONCE = 8;
const K = 4;

interface Named {
  id: string;
  name: string;
}

/** Starts the lab as `npm start` does, and tells where it is. */
function startLab(): Promise<{ url: string; token: string }> {
  const server = fork(path.resolve(import.meta.dirname, "../../server/main.ts"), {
    execArgv: ["--import", "tsx"],
    env: { LOG_LEVEL: "warn", ...process.env },
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => server.kill(signal));
  return new Promise((resolve) => {
    server.once("message", (message) => resolve(message as { url: string; token: string }));
    server.once("exit", (code) => process.exit(code ?? 1));
  });
}

/** Renders and uploads, several at once. @returns SHA-256 in the order of the pictures */
async function uploadAll(client: ApiClient, title: string, pictures: Picture[]): Promise<string[]> {
  const bar = new ProgressBar(title);
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
async function register(client: ApiClient, dataset: EmojiDataset): Promise<string> {
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
    const hashes = await uploadAll(client, "Preference proxy data", dataset.proxy);
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
    k: K,
  });
}

async function logSamples(client: ApiClient, dataset: EmojiDataset, experimentId: string): Promise<string> {
  const { openRound } = await client.ask<{ openRound: { round: { id: string; sampleCount: number } } }>(
    operations.OPEN_ROUND,
    { input: { experimentId, index: 1 } },
  );
  const { id: roundId, sampleCount } = openRound.round;
  if (sampleCount === dataset.samples.length) return roundId;
  const hashes = await uploadAll(client, "Samples of round 1", dataset.samples);
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

async function main(): Promise<void> {
  const { url, token } = await startLab();
  const client = new ApiClient({ url, token });
  const dataset = buildEmojiDataset({ k: K });
  await client.ask(operations.IMPORT_REFERENCE, { input: paperResults() });
  const experimentId = await register(client, dataset);
  const roundId = await logSamples(client, dataset, experimentId);
  const judgement = await judgeRound(client, { roundId, negativePromptTag: "train", prefer: dataset.preferredStyle });
  process.stdout.write(`
${judgementTable(judgement, K)}
  Dashboard: ${url}/experiments/${experimentId}
  Sign in:   ${url}/sign-in#token=${token}
  Still serving; Ctrl-C stops it.
`);
}

await main().catch((error: Error) => {
  process.stderr.write(`\n${error.message}\n`);
  process.kill(process.pid, "SIGTERM");
});
