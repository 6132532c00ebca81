import { readFileSync } from "node:fs";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Role } from "../../shared/enums.ts";
import { type Call, TEN_CALLS, UPLOAD, WATCH_JOB } from "../../shared/ten-calls.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { subscriberOf } from "../support/subscriber.ts";
import { startWorker, type TestWorker } from "../support/worker.ts";

const PROMPTS = 16;
const K = 4;
const PROXIES = 60;
/** Enough to tell circles from noise; the example's are for pictures. */
const FEW_STEPS = { steps: 60, batchSize: 32, warmupSteps: 5 };
const MINUTES = 2;

let server: TestServer;
let worker: TestWorker;
beforeAll(async () => {
  server = await startTestServer();
  await server.services.jobs.watch();
  worker = startWorker(server);
});
afterAll(async () => {
  await worker?.stop();
  await server?.stop();
});

const inOneLine = (text: string) => text.replace(/\s+/g, " ");

it("README quotes the calls that run here, word for word", () => {
  const readme = inOneLine(readFileSync(new URL("../../README.md", import.meta.url), "utf8"));
  expect(readme).toContain(inOneLine(UPLOAD));
  for (const { operation, variables } of [...TEN_CALLS, WATCH_JOB]) {
    if (operation === null) continue;
    expect(readme).toContain(inOneLine(operation));
    expect(readme).toContain(inOneLine(JSON.stringify(variables, null, 1)));
  }
});

/** The headers that the upload command shows, with the token filled in. */
const uploadHeaders = (): Record<string, string> =>
  Object.fromEntries(
    [...UPLOAD.matchAll(/-H "([^:]+): ([^"]+)"/g)].map(([, name = "", value = ""]) => [
      name.toLowerCase(),
      value.replace("$TOKEN", server.tokens.MEMBER),
    ]),
  );

/** Circles are wanted; noise is what the generator mostly makes. */
async function upload(kind: "circle" | "noise", n: number): Promise<string> {
  const circle = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><circle cx="32" cy="32" r="${20 + (n % 8)}" fill="hsl(${n * 37}, 80%, 50%)"/></svg>`;
  const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (Math.imul(i + 1, 2654435761) * (n + 1)) >>> 24);
  const picture =
    kind === "circle" ? sharp(Buffer.from(circle)) : sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
  const response = await fetch(`${server.url}/artifacts`, {
    method: "POST",
    headers: uploadHeaders(),
    body: new Uint8Array(await picture.png().toBuffer()),
  });
  const { sha256 } = (await response.json()) as { sha256: string };
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  return sha256;
}

/** Ids put where the example has `<name>`, and `own` values, such as lists of real length, for the example's. */
function filledIn(call: Call, ids: Record<string, string>, own: Record<string, unknown>): Record<string, unknown> {
  const text = JSON.stringify(call.variables).replace(/"<(\w+)>"/g, (_, name: string) =>
    JSON.stringify(ids[name] ?? null),
  );
  const variables = JSON.parse(text) as { input?: Record<string, unknown> };
  return variables.input ? { ...variables, input: { ...variables.input, ...own } } : variables;
}

async function send(call: Call, ids: Record<string, string>, own: Record<string, unknown> = {}) {
  const { data, errors } = await server.ask(call.operation ?? "", filledIn(call, ids, own), Role.MEMBER);
  expect(errors, call.title).toBeUndefined();
  return data;
}

async function untilDone(jobId: string): Promise<void> {
  const subscriber = subscriberOf(server.url, { token: server.tokens.MEMBER });
  const job = subscriber.subscribe(WATCH_JOB.operation, { id: jobId });
  const ended = await job.next(({ data }) => !["QUEUED", "RUNNING"].includes(data.jobUpdated.state), MINUTES * 60_000);
  expect(ended.data.jobUpdated, worker.log()).toMatchObject({ state: "SUCCEEDED", error: null });
  await subscriber.close();
}

it("the ten calls lead from prompts to pairs, as a lab member sends them", { timeout: MINUTES * 60_000 }, async () => {
  const [prompts, , proxies, policy, experiment, open, log, train, score, pairs] = TEN_CALLS;
  const ids: Record<string, string> = {};
  const texts = Array.from({ length: PROMPTS }, (_, i) => ({ text: `shape ${i}`, tags: [i % 2 ? "eval" : "train"] }));
  ids.promptSetId = (await send(prompts, ids, { prompts: texts })).createPromptSet.promptSet.id;

  const liked = await Promise.all(Array.from({ length: PROXIES }, (_, n) => upload("circle", n)));
  ids.sha256 = liked[0] ?? "";
  const items = liked.map((artifactSha256) => ({ artifactSha256 }));
  ids.proxySetId = (await send(proxies, ids, { items })).createProxySet.proxySet.id;
  ids.policyId = (await send(policy, ids)).createPolicy.policy.id;
  ids.experimentId = (await send(experiment, ids)).createExperiment.experiment.id;
  ids.roundId = (await send(open, ids)).openRound.round.id;

  const places = texts.flatMap((_, promptPosition) => Array.from({ length: K }, (_, k) => ({ promptPosition, k })));
  const samples = await Promise.all(
    places.map(async ({ promptPosition, k }) => {
      const wanted = k === promptPosition % K;
      const artifactSha256 = await upload(wanted ? "circle" : "noise", 100 + promptPosition * K + k);
      return { promptPosition, k, artifactSha256, label: wanted ? "flat" : "noise" };
    }),
  );
  expect((await send(log, ids, { samples })).logSamples).toEqual({
    inserted: PROMPTS * K,
    round: { sampleCount: PROMPTS * K },
  });

  const { trainRewardModel } = await send(train, ids, { hyperparameters: FEW_STEPS });
  ids.rewardModelId = trainRewardModel.rewardModel.id;
  await untilDone(trainRewardModel.job.id);
  await untilDone((await send(score, ids)).scoreSamples.job.id);
  const { inserted, rewardModel } = (await send(pairs, ids)).buildPairs;
  expect(inserted).toBe(PROMPTS);
  // A quarter of the generator's own outputs are circles too, so 0.875 is the best there is.
  expect(rewardModel.heldOutAuc).toBeGreaterThan(0.5);
  expect(rewardModel.bestOfK).toMatchObject({ prompts: PROMPTS, chance: 1 / K });
  expect(rewardModel.bestOfK.low).toBeGreaterThan(rewardModel.bestOfK.chance);
  expect(rewardModel.pairs.nodes).toHaveLength(3);
});
