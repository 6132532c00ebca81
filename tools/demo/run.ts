/**
 * One round of GAN-RM on real images, through the public API alone: register, train, score, select, pair.
 * Run again it goes on from what is there; every step is a question to the server first.
 */
import { fork } from "node:child_process";
import path from "node:path";
import { ApiClient } from "../../shared/api-client.ts";
import { decimal, percent, percentWithInterval } from "../../shared/format/number.ts";
import { paperResults } from "../import/paper-results.ts";
import { buildEmojiDataset, type EmojiDataset, type Picture } from "./dataset.ts";
import * as operations from "./operations.ts";
import { ProgressBar } from "./progress-bar.ts";

const NAME = "Emoji: flat style";
const POLICY = "Six emoji vendors";
const UPLOADS_AT_ONCE = 8;
const POLL_MS = 300;

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
  let next = 0;
  let done = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < pictures.length; i = next++) {
      const picture = pictures[i];
      if (!picture) return;
      hashes[i] = await client.upload(new Uint8Array(await picture.render()), "IMAGE", picture.fileName);
      bar.update(++done / pictures.length, `${done} of ${pictures.length}`);
    }
  };
  await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, lane));
  bar.done(`${pictures.length} images`);
  return hashes;
}

async function waitFor(client: ApiClient, title: string, jobId: string): Promise<void> {
  const bar = new ProgressBar(title);
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

/** Prompts, proxy data, policy and experiment: whichever is missing is made. @returns the experiment's id */
async function register(client: ApiClient, dataset: EmojiDataset): Promise<string> {
  const { experiments } = await client.ask<{ experiments: { nodes: Named[] } }>(operations.FIND, { name: NAME });
  const known = experiments.nodes.find((experiment) => experiment.name === NAME);
  if (known) return known.id;
  const there = await client.ask<Record<"promptSets" | "proxySets" | "policies", { nodes: Named[] }>>(
    operations.EXISTING,
  );
  const idOf = (list: keyof typeof there, name = NAME) => there[list].nodes.find((node) => node.name === name)?.id;
  const make = async (operation: string, input: Record<string, unknown>): Promise<string> => {
    const answer = await client.ask<Record<string, Record<string, { id: string }>>>(operation, { input });
    return Object.values(Object.values(answer)[0] ?? {})[0]?.id ?? "";
  };
  const promptSetId =
    idOf("promptSets") ??
    (await make(operations.CREATE_PROMPT_SET, { name: NAME, source: "Unicode emoji names", prompts: dataset.prompts }));
  let proxySetId = idOf("proxySets");
  if (!proxySetId) {
    const hashes = await uploadAll(client, "Preference proxy data", dataset.proxy);
    const items = dataset.proxy.map((picture, i) => ({ artifactSha256: hashes[i], fileName: picture.fileName }));
    proxySetId = await make(operations.CREATE_PROXY_SET, {
      name: NAME,
      source: "Fluent Emoji Flat by Microsoft",
      licence: "MIT",
      heldOutFraction: 0.2,
      items,
    });
  }
  const basePolicyId =
    idOf("policies", POLICY) ??
    (await make(operations.CREATE_POLICY, {
      name: POLICY,
      origin: "IMPORTED",
      generator: "drawings of the other six vendors",
    }));
  return make(operations.CREATE_EXPERIMENT, {
    name: NAME,
    description:
      "Can a reward model that has seen 400 drawings in one style, and no label, pick that style for prompts it never saw?",
    basePolicyId,
    promptSetId,
    proxySetId,
    k: 4,
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

interface Result {
  rewardModel: {
    heldOutAuc: number;
    heldOutAccuracy: number;
    heldOutEce: number;
    heldOutCount: number;
    bestOfK: { prompts: number; wins: number; accuracy: number; low: number; high: number; chance: number };
  };
}

async function main(): Promise<void> {
  const { url, token } = await startLab();
  const client = new ApiClient({ url, token });
  const dataset = buildEmojiDataset();
  await client.ask(operations.IMPORT_REFERENCE, { input: paperResults() });
  const experimentId = await register(client, dataset);
  const roundId = await logSamples(client, dataset, experimentId);
  const { trainRewardModel } = await client.ask<{
    trainRewardModel: { rewardModel: { id: string }; job: { id: string } };
  }>(operations.TRAIN, {
    input: { roundId, name: "R", negativePromptTag: "train" },
  });
  const { id } = trainRewardModel.rewardModel;
  await waitFor(client, "Train reward model", trainRewardModel.job.id);
  const { scoreSamples } = await client.ask<{ scoreSamples: { job: { id: string } } }>(operations.SCORE, { id });
  await waitFor(client, "Score samples", scoreSamples.job.id);
  const { buildPairs } = await client.ask<{ buildPairs: { rewardModel: { pairs: { totalCount: number } } } }>(
    operations.BUILD_PAIRS,
    { input: { rewardModelId: id } },
  );
  const { rewardModel: r } = await client.ask<Result>(operations.RESULT, { id, label: dataset.preferredStyle });
  const best = r.bestOfK;
  process.stdout.write(`
  Held-out AUC             ${decimal(r.heldOutAuc)}   (n = ${r.heldOutCount}, proxy data against raw outputs, neither trained on)
  Held-out accuracy        ${percent(r.heldOutAccuracy)}
  Calibration error        ${decimal(r.heldOutEce)}
  Best of K = 4, unseen    ${percentWithInterval(best.accuracy, best.low, best.high)}, ${best.wins} of ${best.prompts} prompts; chance ${percent(best.chance)}
  Pairs (best, worst)      ${buildPairs.rewardModel.pairs.totalCount}

  Dashboard: ${url}/experiments/${experimentId}
  Sign in:   ${url}/sign-in#token=${token}
  Still serving; Ctrl-C stops it.
`);
}

await main().catch((error: Error) => {
  process.stderr.write(`\n${error.message}\n`);
  process.kill(process.pid, "SIGTERM");
});
