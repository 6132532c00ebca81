import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Role } from "../../shared/enums.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type DrawableRound, drawableRound } from "./drawable-round.ts";
import { plainPng } from "./open-experiment.ts";

let server: TestServer;
let lab: DrawableRound;
beforeAll(async () => {
  server = await startTestServer();
  lab = await drawableRound(server, { k: 3, tags: ["train", "train", "eval"] });
});
afterAll(() => server?.stop());

const GENERATE = `mutation ($input: GenerateSamplesInput!) { generateSamples(input: $input) {
  round { id sampling } job { id state input } } }`;
const generate = async (input: object, { roundId } = lab) =>
  server.ask(GENERATE, { input: { roundId, ...input } }, Role.MEMBER);
const NEXT = `query ($id: ID!, $promptTag: String, $kFrom: Int!, $kTo: Int!, $seed: SafeInt!, $fromPosition: Int, $first: Int!) {
  round(id: $id) { samplesToGenerate(promptTag: $promptTag, kFrom: $kFrom, kTo: $kTo, seed: $seed, fromPosition: $fromPosition, first: $first) {
    missing requests { promptPosition prompt k seed } } } }`;
const next = async (variables: object, id = lab.roundId) => {
  const { data, errors } = await server.ask(
    NEXT,
    { id, kFrom: 0, kTo: 3, seed: 7, first: 100, ...variables },
    Role.WORKER,
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data.round.samplesToGenerate;
};
const log = (samples: object[], roundId = lab.roundId) =>
  server.ask(
    "mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }",
    { input: { roundId, samples } },
    Role.WORKER,
  );

test("seeds follow from seed, prompt and k: the same in another round, others with another seed", async () => {
  const { missing, requests } = await next({});
  expect(missing).toBe(9);
  expect(requests.map(({ promptPosition, k }: { promptPosition: number; k: number }) => [promptPosition, k])).toEqual(
    [0, 1, 2].flatMap((position) => [0, 1, 2].map((k) => [position, k])),
  );
  const seeds = requests.map(({ seed }: { seed: number }) => seed);
  expect(new Set(seeds).size).toBe(9);
  for (const seed of seeds) expect(seed).toBeLessThan(2 ** 32);
  const second = await server.services.rounds.open({ experimentId: lab.experimentId, index: 2 });
  expect((await next({}, second.id)).requests).toEqual(requests);
  const [other] = (await next({ seed: 8 })).requests;
  expect(other.seed).not.toBe(seeds[0]);
  const part = await next({ promptTag: "eval", kFrom: 1, kTo: 2 });
  expect(part).toEqual({ missing: 1, requests: [requests[7]] });
});

test("a job is asked for once, done when every sample is logged, and says how they were drawn", async () => {
  const first = await generate({ steps: 4, promptTag: "train", kTo: 2 });
  const { round, job } = first.data.generateSamples;
  expect(job).toMatchObject({
    state: "QUEUED",
    input: {
      roundId: lab.roundId,
      source: { weightsSha256: lab.weightsSha256 },
      promptTag: "train",
      kFrom: 0,
      kTo: 2,
      steps: 4,
      guidance: null,
      seed: 11,
    },
  });
  const asked = { steps: 4, guidance: null, scheduler: null };
  expect(round.sampling).toEqual({ ...asked, seed: 11, asked });
  expect((await generate({ promptTag: "train", kTo: 2 })).data.generateSamples.job.id).toBe(job.id);

  const lease = await server.services.jobs.lease("test", ["GENERATE_SAMPLES"]);
  const { leaseToken = "" } = lease ?? {};
  const finish = (result: object) =>
    server.ask(
      "mutation ($input: FinishJobInput!) { finishJob(input: $input) { job { state } } }",
      { input: { jobId: job.id, leaseToken, result } },
      Role.WORKER,
    );
  const sampling = { generator: "flow-32", imageSize: 8, steps: 4, guidance: 2.5, scheduler: null };
  const { requests } = await next({ promptTag: "train", kTo: 2, seed: 11 });
  const rows = await Promise.all(
    requests.map(async ({ promptPosition, k, seed }: Record<string, number>, i: number) => ({
      promptPosition,
      k,
      seed,
      artifactSha256: (await server.upload(await plainPng(i), {})).body.sha256,
    })),
  );
  await log(rows.slice(1));
  expect((await finish({ drawn: 4, sampling })).errors?.[0]).toMatchObject({
    message: expect.stringMatching(/1 samples/),
    extensions: { code: "BAD_INPUT", field: "result" },
  });
  expect((await next({ promptTag: "train", kTo: 2, seed: 11 })).requests).toEqual([requests[0]]);
  await log(rows);
  expect((await finish({ drawn: 4, sampling })).data.finishJob.job.state).toBe("SUCCEEDED");
  const { data } = await server.ask("query ($id: ID!) { round(id: $id) { sampleCount sampling } }", {
    id: lab.roundId,
  });
  expect(data.round).toEqual({
    sampleCount: 4,
    sampling: { seed: 11, asked, ...sampling, weightsSha256: lab.weightsSha256 },
  });

  // the others of the round are drawn in the same way, or not at all
  expect((await generate({ steps: 5 })).errors?.[0]?.extensions).toEqual({ code: "CONFLICT", field: "steps" });
  expect((await generate({ seed: 12 })).errors?.[0]?.extensions).toEqual({ code: "CONFLICT", field: "seed" });
  const rest = (await generate({})).data.generateSamples.job;
  expect(rest.id).not.toBe(job.id);
  expect(rest.input).toMatchObject({ promptTag: null, kFrom: 0, kTo: 3, steps: 4, guidance: 2.5, seed: 11 });
});

test("what another round has drawn with the same policy, seed and settings is taken over, and nothing else", async () => {
  const openIn = async (changes: object) => {
    const { id } = await server.services.experiments.fork(lab.experimentId, { name: randomUUID(), ...changes });
    return server.services.rounds.open({ experimentId: id });
  };
  const drawnOf = (id: string) =>
    server.db.query(
      `select prompt_position, k, seed, artifact_sha256, count(*) over ()::int as n,
         (select sample_count from rounds where id = $1) as counted from samples where round_id = $1 order by 1, 2`,
      [id],
    );
  const alike = await openIn({ k: 2 });
  await generate({ steps: 4 }, { ...lab, roundId: alike.id });
  const taken = await drawnOf(alike.id);
  expect(taken).toMatchObject([{ n: 4, counted: 4 }, {}, {}, {}]);
  const plain = ({ n: _n, counted: _c, ...row }: Record<string, unknown>) => row;
  expect(taken.map(plain)).toEqual((await drawnOf(lab.roundId)).map(plain));
  expect((await next({ kTo: 2, seed: 11 }, alike.id)).missing).toBe(2);
  for (const [changes, input] of [
    [{}, { steps: 5 }],
    [{ seed: 12 }, { steps: 4 }],
    [{}, { steps: 4, promptTag: "eval" }],
  ] as const) {
    const other = await openIn(changes);
    await generate(input, { ...lab, roundId: other.id });
    expect(await drawnOf(other.id)).toEqual([]);
  }
});
