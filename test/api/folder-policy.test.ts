/** Policies in diffusers' folder layout: drawn with by a real worker, and made by a process of somebody else's. */
import { rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { chooseProvider } from "../../server/ml/onnx/provider.ts";
import { loadPolicy } from "../../server/ml/policies/load-policy.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { unpackTinyPipeline } from "../support/tiny-diffusers.ts";
import { startWorker } from "../support/worker.ts";
import { type DrawableRound, drawableRound } from "./drawable-round.ts";
import { rankedBy } from "./measured-round.ts";

const SETTINGS = { steps: 3, guidance: 4, scheduler: "ddim" };
let server: TestServer;
let lab: DrawableRound;
let folder = "";
beforeAll(async () => {
  server = await startTestServer();
  folder = await unpackTinyPipeline("sd15");
  vi.stubEnv("GANRM_POLICIES_DIR", dirname(folder));
  vi.stubEnv("GANRM_PROVIDER", "auto");
  lab = await drawableRound(server, { k: 2, tags: ["train", "train", "eval"], folder: basename(folder) });
}, 60_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await server?.stop();
  await rm(folder, { recursive: true });
});

interface JobEnd {
  state: string;
  error: string | null;
  result: object | null;
}
const stateOf = async (jobId: string): Promise<JobEnd> => {
  const [job] = await server.db.query("select state, error, result from jobs where id = $1", [jobId]);
  return job;
};

test("a worker draws a round with a policy of its folder, on the provider that it is set to", {
  timeout: 120_000,
}, async () => {
  const { job } = await server.services.sampleGeneration.request({ roundId: lab.roundId, ...SETTINGS });
  const worker = startWorker(server);
  try {
    await vi.waitFor(async () => expect(await stateOf(job.id)).toMatchObject({ state: "SUCCEEDED" }), {
      timeout: 100_000,
      interval: 500,
    });
  } finally {
    await worker.stop();
  }
  const sampling = { generator: "stable-diffusion", imageSize: 32, ...SETTINGS };
  expect((await stateOf(job.id)).result).toEqual({ drawn: 6, sampling });
  const samples: { position: number; seed: number; sha256: string }[] = await server.db.query(
    `select prompt_position as position, seed::float8 as seed, artifact_sha256 as sha256 from samples where round_id = $1`,
    [lab.roundId],
  );
  expect(samples).toHaveLength(6);
  const { provider } = await chooseProvider("auto");
  const policy = await loadPolicy({ folder }, { provider });
  const images = await policy.sample(
    samples.map(({ position, seed }) => ({ prompt: `prompt ${position}`, seed })),
    SETTINGS,
  );
  await policy.dispose();
  for (const [i, { sha256 }] of samples.entries()) {
    const headers = { authorization: `Bearer ${server.tokens.VIEWER}` };
    const file = await (await fetch(`${server.url}/artifacts/${sha256}`, { headers })).arrayBuffer();
    const pixels = await sharp(Buffer.from(file)).removeAlpha().raw().toBuffer();
    expect([...pixels]).toEqual([...(images[i]?.pixels ?? [])]);
  }
});

test("what is wrong with a folder is the job's error, by file and field", { timeout: 120_000 }, async () => {
  const round = await server.services.rounds.open({ experimentId: lab.experimentId, index: 2 });
  await rename(join(folder, "scheduler"), join(folder, "elsewhere"));
  const { job } = await server.services.sampleGeneration.request({ roundId: round.id });
  const worker = startWorker(server);
  try {
    await vi.waitFor(async () => expect((await stateOf(job.id)).error).toContain("scheduler_config.json"), {
      timeout: 100_000,
      interval: 500,
    });
  } finally {
    await worker.stop();
    await rename(join(folder, "elsewhere"), join(folder, "scheduler"));
  }
});

test("a folder that an external process has made is what the next round is drawn with", async () => {
  const rewardModelId = await rankedBy(server, lab.roundId, "R");
  await server.db.query("update reward_models set state = 'TRAINED', weights_sha256 = $2 where id = $1", [
    rewardModelId,
    lab.weightsSha256,
  ]);
  await server.db.query("update sample_scores set score = 1.0 / (rank + 1) where reward_model_id = $1", [
    rewardModelId,
  ]);
  const { policy } = await server.services.fineTuning.request({
    ...{ roundId: lab.roundId, rewardModelId, method: "SFT", name: "tuned elsewhere", external: true },
  });
  const lease = await server.services.jobs.lease("python", ["FINETUNE_POLICY_EXTERNALLY"]);
  expect(lease?.input).toMatchObject({ policyId: policy.id, source: { folder: basename(folder) } });
  const trained = { images: 2, pairs: 0, real: 0 };
  await server.services.jobs.complete(lease?.id ?? "", lease?.leaseToken ?? "", { folder: "tuned", trained });
  const tuned = await server.db.query("select folder, weights_sha256 from policies where id = $1", [policy.id]);
  expect(tuned).toEqual([{ folder: "tuned", weights_sha256: null }]);
});
