import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Role } from "../../shared/enums.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const ABSENT = "01900000-0000-7000-8000-000000000000";
const PROMPT_SET = "mutation ($input: CreatePromptSetInput!) { createPromptSet(input: $input) { promptSet { id } } }";
const POLICY = "mutation ($input: CreatePolicyInput!) { createPolicy(input: $input) { policy { id } } }";
const METRICS = "mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }";
const point = { subject: "POLICY", subjectId: ABSENT, name: "FD", direction: "LOWER", value: 1 };

test.each([
  ["nobody may read", "{ viewer { name } }", {}, null, "UNAUTHENTICATED", null],
  ["a viewer may not write", POLICY, { input: { name: "p" } }, Role.VIEWER, "FORBIDDEN", null],
  ["a worker may not create", POLICY, { input: { name: "p" } }, Role.WORKER, "FORBIDDEN", null],
  [
    "a member may not make tokens",
    'mutation { createToken(input: { name: "x", role: ADMIN }) { secret } }',
    {},
    Role.MEMBER,
    "FORBIDDEN",
    null,
  ],
  ["an id that is no id", '{ round(id: "abc") { id } }', {}, Role.VIEWER, "BAD_INPUT", null],
  ["an unknown field", "{ nonsense }", {}, Role.VIEWER, "BAD_INPUT", null],
  ["a page of nothing", "{ experiments(first: 0) { nodes { id } } }", {}, Role.VIEWER, "BAD_INPUT", "first"],
  ["both ends at once", "{ experiments(first: 1, last: 1) { nodes { id } } }", {}, Role.VIEWER, "BAD_INPUT", "last"],
  ["a cursor of nowhere", '{ experiments(after: "xyz") { nodes { id } } }', {}, Role.VIEWER, "BAD_CURSOR", "after"],
  ["an empty name", PROMPT_SET, { input: { name: " ", prompts: [{ text: "a" }] } }, Role.MEMBER, "BAD_INPUT", "name"],
  ["no prompts", PROMPT_SET, { input: { name: "p", prompts: [] } }, Role.MEMBER, "BAD_INPUT", "prompts"],
  [
    "an empty prompt",
    PROMPT_SET,
    { input: { name: "p", prompts: [{ text: "a" }, { text: "" }] } },
    Role.MEMBER,
    "BAD_INPUT",
    "prompts[1].text",
  ],
  [
    "a parent that is not there",
    POLICY,
    { input: { name: "p", parentId: ABSENT } },
    Role.MEMBER,
    "NOT_FOUND",
    "parentId",
  ],
  ["a metric of nothing", METRICS, { input: { points: [point] } }, Role.MEMBER, "NOT_FOUND", "points[0].subjectId"],
  [
    "a negative step",
    METRICS,
    { input: { points: [{ ...point, step: -1 }] } },
    Role.MEMBER,
    "BAD_INPUT",
    "points[0].step",
  ],
  [
    "an interval upside down",
    METRICS,
    { input: { points: [{ ...point, low: 2, high: 1 }] } },
    Role.MEMBER,
    "BAD_INPUT",
    "points[0].low",
  ],
  [
    "training on no round",
    `mutation { trainRewardModel(input: { roundId: "${ABSENT}" }) { job { id } } }`,
    {},
    Role.MEMBER,
    "NOT_FOUND",
    "roundId",
  ],
  [
    "an odd batch",
    `mutation { trainRewardModel(input: { roundId: "${ABSENT}", hyperparameters: { batchSize: 7 } }) { job { id } } }`,
    {},
    Role.MEMBER,
    "BAD_INPUT",
    "hyperparameters.batchSize",
  ],
  [
    "scores of no model",
    `mutation { scoreSamples(rewardModelId: "${ABSENT}") { job { id } } }`,
    {},
    Role.MEMBER,
    "NOT_FOUND",
    "rewardModelId",
  ],
  [
    "pairs of no model",
    `mutation { buildPairs(input: { rewardModelId: "${ABSENT}" }) { inserted } }`,
    {},
    Role.MEMBER,
    "NOT_FOUND",
    "rewardModelId",
  ],
  [
    "a job that is not there",
    `mutation { cancelJob(id: "${ABSENT}") { job { id } } }`,
    {},
    Role.MEMBER,
    "NOT_FOUND",
    "id",
  ],
  [
    "a lease that is not held",
    `mutation { heartbeat(input: { jobId: "${ABSENT}", leaseToken: "${ABSENT}" }) { cancelRequested } }`,
    {},
    Role.WORKER,
    "LEASE_LOST",
    "leaseToken",
  ],
  [
    "too many aliases",
    `{ ${Array.from({ length: 50 }, (_, i) => `a${i}: viewer { name }`).join(" ")} }`,
    {},
    Role.VIEWER,
    "QUERY_TOO_COMPLEX",
    null,
  ],
  [
    "too many rows",
    "{ experiments(first: 1000) { nodes { rounds { samples(first: 1000) { nodes { id } } } } } }",
    {},
    Role.VIEWER,
    "QUERY_TOO_COMPLEX",
    null,
  ],
] as const)("%s", async (_name, query, variables, role, code, field) => {
  const { errors } = await server.ask(query, variables, role);
  expect(errors?.[0]?.extensions).toEqual({ code, field });
});

test("none of it left anything behind", async () => {
  for (const table of ["prompt_sets", "policies", "jobs", "metric_series", "reward_models"])
    expect(await server.db.query(`select count(*)::int as n from ${table}`)).toEqual([{ n: 0 }]);
});

test("a name that is in use is refused", async () => {
  for (const expected of [undefined, { code: "NAME_TAKEN", field: "name" }])
    expect((await server.ask(POLICY, { input: { name: "taken" } }, Role.MEMBER)).errors?.[0]?.extensions).toEqual(
      expected,
    );
});

test("broken images are refused with their name, and nothing is kept", async () => {
  const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: "#135" } })
    .png()
    .toBuffer();
  const cut = await server.upload(png.subarray(0, png.length / 2), { "x-file-name": "cut.png" });
  const svg = await server.upload(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), {
    "x-file-name": "a.svg",
  });
  const lie = await server.upload(png, { "x-file-name": "lie.jpg", "content-type": "image/jpeg" });
  const hash = await server.upload(png, { "x-artifact-sha256": "0".repeat(64) });
  expect([cut, svg, lie, hash].map(({ body }) => body.error?.code)).toEqual([
    "IMAGE_REFUSED",
    "IMAGE_REFUSED",
    "IMAGE_REFUSED",
    "HASH_MISMATCH",
  ]);
  expect(cut.body.error?.message).toContain("cut.png");
  expect(await server.db.query("select 1 from artifacts")).toEqual([]);
  expect((await server.upload(png)).status).toBe(201);
});
