/** Post-training as a process of another language does it: plain HTTP, no client of ours. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Role } from "../../shared/enums.ts";
import { DPO_DEFAULTS } from "../../shared/jobs/fine-tune-hyperparameters.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type DrawableRound, drawableRound } from "./drawable-round.ts";
import { rankedBy } from "./measured-round.ts";
import { plainPng } from "./open-experiment.ts";

const K = 3;
/** Two of three prompts are trained on. */
const TAGS = ["train", "eval", "train", "train", "eval", "train"];
const TRAINED = [0, 2, 3, 5];

let server: TestServer;
let lab: DrawableRound;
let rewardModelId: string;
beforeAll(async () => {
  server = await startTestServer();
  lab = await drawableRound(server, {
    k: K,
    tags: TAGS,
    proxy: await Promise.all(
      Array.from({ length: 10 }, async (_, i) => ({
        bytes: await plainPng(i * 20),
        ...(i % 2 ? { prompt: `thing ${i}` } : {}),
      })),
    ),
  });
  const samples = [];
  for (const promptPosition of TAGS.keys())
    for (let k = 0; k < K; k++) {
      const { sha256 } = (await server.upload(await plainPng(3 + promptPosition * 40 + k * 4))).body;
      samples.push({ promptPosition, k, artifactSha256: sha256 });
    }
  await server.services.samples.log({ roundId: lab.roundId, samples });
  rewardModelId = await trainedModel(lab.roundId, "R");
  await server.services.pairs.build({ rewardModelId });
}, 60_000);
afterAll(() => server?.stop());

/** A model that has ranked the round, with scores that follow the ranks. */
async function trainedModel(roundId: string, name: string): Promise<string> {
  const id = await rankedBy(server, roundId, name);
  await server.db.query("update reward_models set state = 'TRAINED', weights_sha256 = $2 where id = $1", [
    id,
    lab.weightsSha256,
  ]);
  await server.db.query("update sample_scores set score = 1.0 / (rank + 1) where reward_model_id = $1", [id]);
  return id;
}

const FINE_TUNE = `mutation ($input: FineTunePolicyInput!) { fineTunePolicy(input: $input) {
  policy { id origin parent { id } config weights { sha256 } } job { id kind state input } } }`;
const ask = (input: object) =>
  server.ask(FINE_TUNE, { input: { roundId: lab.roundId, rewardModelId, ...input } }, Role.MEMBER);
const fineTune = async (input: object) => {
  const { data, errors } = await ask(input);
  if (errors) throw new Error(JSON.stringify(errors));
  return data.fineTunePolicy;
};
const SET = `query ($id: ID!) { policy(id: $id) { fineTuningSet {
  images { promptPosition prompt artifactSha256 rank } pairs { promptPosition prompt chosenSha256 rejectedSha256 } real { prompt artifactSha256 } } } }`;
const setOf = async (id: string) => (await server.ask(SET, { id }, Role.WORKER)).data.policy.fineTuningSet;
const hashesWhere = async (sql: string): Promise<string[]> =>
  (await server.db.query(sql)).map(({ sha256 }: { sha256: string }) => sha256);

test("a policy is trained on the best of the train prompts and on train items of the proxy set, never on what is held out", async () => {
  const sft = await fineTune({ method: "SFT", name: "sft", picksPerPrompt: 2 });
  const dpo = await fineTune({ method: "DPO", name: "dpo" });
  const [selected, compared] = [await setOf(sft.policy.id), await setOf(dpo.policy.id)];
  const place = ({ promptPosition, rank }: Record<string, number>) => [promptPosition, rank];
  expect(selected.images.map(place)).toEqual(TRAINED.flatMap((position) => [1, 2].map((rank) => [position, rank])));
  expect(selected.pairs).toEqual([]);
  expect(compared.images).toEqual([]);
  expect(compared.pairs.map(({ promptPosition }: Record<string, number>) => promptPosition)).toEqual(TRAINED);
  const first = await server.db.query(
    `select prompt_position, rank, artifact_sha256 as sha256 from samples s join sample_scores c on c.sample_id = s.id
     where reward_model_id = $1 and prompt_position = 2 order by rank`,
    [rewardModelId],
  );
  expect(compared.pairs[1]).toEqual({
    promptPosition: 2,
    prompt: "prompt 2",
    chosenSha256: first[0].sha256,
    rejectedSha256: first[2].sha256,
  });
  const held = new Set([
    ...(await hashesWhere("select artifact_sha256 as sha256 from proxy_items where split = 'HELD_OUT'")),
    ...(await hashesWhere("select artifact_sha256 as sha256 from samples where prompt_position in (1, 4)")),
  ]);
  expect(held.size).toBe(2 + 2 * K);
  for (const { images, pairs, real } of [selected, compared]) {
    expect(real).toHaveLength(8);
    const all = [...images, ...real].map(({ artifactSha256 }: { artifactSha256: string }) => artifactSha256);
    for (const { chosenSha256, rejectedSha256 } of pairs) all.push(chosenSha256, rejectedSha256);
    expect(all.filter((hash) => held.has(hash))).toEqual([]);
  }
  const prompts: { prompt: string }[] = selected.real;
  expect(prompts.every(({ prompt }) => prompt === "" || /^thing \d$/.test(prompt))).toBe(true);
  expect(new Set(prompts.map(({ prompt }) => prompt)).size).toBeGreaterThan(2);
});

test("what is asked for again is the same; other settings under the name are refused", async () => {
  const asked = { method: "DPO", name: "again", hyperparameters: { steps: 7, beta: 50 } };
  const { policy, job } = await fineTune(asked);
  expect(policy).toMatchObject({
    origin: "DPO",
    parent: { id: lab.policyId },
    weights: null,
    config: {
      method: "DPO",
      roundId: lab.roundId,
      rewardModelId,
      promptTag: "train",
      seed: 11,
      hyperparameters: { ...DPO_DEFAULTS, steps: 7, beta: 50 },
    },
  });
  expect(job.input).toMatchObject({ policyId: policy.id, source: { weightsSha256: lab.weightsSha256 }, method: "DPO" });
  expect((await fineTune(asked)).job.id).toBe(job.id);
  expect((await ask({ ...asked, seed: 3 })).errors?.[0]?.extensions).toEqual({ code: "CONFLICT", field: "name" });
});

test("a process of another language leases the job, downloads its images, reports, and returns the weights by plain HTTP", async () => {
  const { policy, job } = await fineTune({ method: "SFT", name: "external", external: true });
  expect(job.kind).toBe("FINETUNE_POLICY_EXTERNALLY");
  const headers = { authorization: `Bearer ${server.tokens.WORKER}` };
  // biome-ignore lint/suspicious/noExplicitAny: answers of any shape, as any client has them
  const graphql = async (query: string, variables: object): Promise<any> => {
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: unknown; errors?: object[] };
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  const { leaseJob } = await graphql(
    `mutation ($input: LeaseJobInput!) { leaseJob(input: $input) { leaseToken job { id kind input } } }`,
    { input: { worker: "python:1", kinds: ["FINETUNE_POLICY_EXTERNALLY"] } },
  );
  const lease = { jobId: leaseJob.job.id as string, leaseToken: leaseJob.leaseToken as string };
  expect(lease.jobId).toBe(job.id);
  const { policy: asked } = await graphql(SET, { id: leaseJob.job.input.policyId });
  const { images, real } = asked.fineTuningSet as { images: { artifactSha256: string }[]; real: object[] };
  for (const { artifactSha256 } of images) {
    const image = await fetch(`${server.url}/artifacts/${artifactSha256}`, { headers });
    expect([image.status, (await image.arrayBuffer()).byteLength > 60]).toEqual([200, true]);
  }
  await graphql(`mutation ($input: HeartbeatInput!) { heartbeat(input: $input) { cancelRequested } }`, {
    input: { ...lease, progress: 0.5, message: "step 10 of 20, loss 0.4" },
  });
  const point = { subject: "POLICY", subjectId: policy.id, name: "loss", direction: "LOWER", step: 10, value: 0.4 };
  await graphql(`mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }`, {
    input: { points: [point] },
  });
  const upload = await fetch(`${server.url}/artifacts`, {
    method: "POST",
    headers: { ...headers, "x-artifact-kind": "MODEL", "content-type": "application/octet-stream" },
    body: "lora weights",
  });
  const { sha256 } = (await upload.json()) as { sha256: string };
  const finishWith = (made: object) =>
    graphql(`mutation ($input: FinishJobInput!) { finishJob(input: $input) { job { state } } }`, {
      input: {
        ...lease,
        result: { ...made, trained: { images: images.length, pairs: 0, real: real.length } },
      },
    });
  const finish = (weightsSha256: string) => finishWith({ weightsSha256 });
  await expect(finish("0".repeat(64))).rejects.toThrow(/result.weightsSha256: was never uploaded/);
  await expect(finish((images[0] as { artifactSha256: string }).artifactSha256)).rejects.toThrow(/is of kind IMAGE/);
  await expect(finishWith({})).rejects.toThrow(/result.weightsSha256: or folder must be given/);
  await expect(finishWith({ weightsSha256: sha256, folder: "a" })).rejects.toThrow(/and not both/);
  for (const folder of ["../a", "/a", "a/../b", "c:/a"])
    await expect(finishWith({ folder })).rejects.toThrow(/result.folder: must be a path below/);
  await finish(sha256);
  const { data } = await server.ask(
    "query ($id: ID!) { policy(id: $id) { weights { sha256 } job { state } metrics { nodes { name latest { value } } } } }",
    { id: policy.id },
  );
  expect(data.policy).toEqual({
    weights: { sha256 },
    job: { state: "SUCCEEDED" },
    metrics: { nodes: [{ name: "loss", latest: { value: 0.4 } }] },
  });
  // the round led to what was asked for last, until one had weights
  const { round } = (await server.ask("query ($id: ID!) { round(id: $id) { policyOut { id } } }", { id: lab.roundId }))
    .data;
  expect(round.policyOut.id).toBe(policy.id);
  await fineTune({ method: "SFT", name: "afterwards" });
  const { policyOut } = (
    await server.ask("query ($id: ID!) { round(id: $id) { policyOut { id } } }", { id: lab.roundId })
  ).data.round;
  expect(policyOut.id).toBe(policy.id);
});
