import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSchema } from "../../server/schema.ts";
import { Role } from "../../shared/enums.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { tableDigests } from "../support/table-digests.ts";
import { badMutations } from "./bad-mutations.ts";
import { type RecordedWorld, recordWorld } from "./recorded-world.ts";

let server: TestServer;
let world: RecordedWorld;
beforeAll(async () => {
  server = await startTestServer();
  world = await recordWorld(server);
});
afterAll(() => server?.stop());

const mutations = createSchema().getMutationType()?.getFields() ?? {};

/** The mutation as text, asking for nothing but that it ran. */
function document(name: string): string {
  const { args = [] } = mutations[name] ?? {};
  const declared = args.map((arg) => `$${arg.name}: ${arg.type}`).join(", ");
  const passed = args.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
  return `mutation (${declared}) { ${name}(${passed}) { __typename } }`;
}

test("the record holds something of everything that could be damaged", async () => {
  const counted = Object.entries(await tableDigests(server.db)).filter(([, digest]) => !digest.startsWith("0 "));
  expect(counted.map(([name]) => name)).toEqual(
    expect.arrayContaining(["public.samples", "public.metric_points", "public.reward_models", "pgboss.job_common"]),
  );
  expect(Object.values(badMutations(world)).flat().length).toBeGreaterThan(45);
});

test.each(Object.keys(mutations))("%s refuses what is wrong, names it and changes nothing", async (name) => {
  const rows = badMutations(world)[name] ?? [];
  expect(rows.length, `bad inputs of ${name}`).toBeGreaterThan(0);
  const before = await tableDigests(server.db);
  for (const [why, variables, code, field, role = Role.MEMBER] of rows) {
    const { errors } = await server.ask(document(name), variables, role);
    expect.soft({ why, ...errors?.[0]?.extensions }).toEqual({ why, code, field });
    expect.soft(errors?.[0]?.message, why).not.toMatch(/incident|driver|syntax|relation/);
  }
  expect(await tableDigests(server.db)).toEqual(before);
});

const EXPERIMENTS_AFTER = "query ($after: String) { experiments(after: $after) { nodes { id } } }";
const cursor = (...values: unknown[]) => Buffer.from(JSON.stringify(values)).toString("base64url");

test.each([
  ["nobody may read", "{ viewer { name } }", "UNAUTHENTICATED", null],
  ["an id that is no id", '{ round(id: "abc") { id } }', "BAD_INPUT", "id"],
  ["an unknown field", "{ nonsense }", "BAD_INPUT", null],
  ["an operation left open", "query A { viewer { name } } query B { viewer { name } }", "BAD_INPUT", "operationName"],
  ["a page of nothing", "{ experiments(first: 0) { nodes { id } } }", "BAD_INPUT", "first"],
  ["a page too long", "{ experiments(first: 1001) { nodes { id } } }", "BAD_INPUT", "first"],
  ["both ends at once", "{ experiments(first: 1, last: 1) { nodes { id } } }", "BAD_INPUT", "last"],
  [
    "more prompts than are shown at once",
    '{ experiments { nodes { rounds { promptOutcomes(baselineId: "00000000-0000-7000-8000-000000000000", first: 51) { name } } } } }',
    "BAD_INPUT",
    "first",
  ],
  [
    "a baseline that is no id",
    '{ experiments { nodes { rounds { promptOutcomes(baselineId: "abc") { name } } } } }',
    "BAD_INPUT",
    "baselineId",
  ],
  ["a cursor of nowhere", '{ experiments(after: "xyz") { nodes { id } } }', "BAD_CURSOR", "after"],
  ["NUL in a search", '{ experiments(search: "a\\u0000") { nodes { id } } }', "BAD_INPUT", "search"],
  [
    "too many aliases",
    `{ ${Array.from({ length: 50 }, (_, i) => `a${i}: viewer { name }`).join(" ")} }`,
    "QUERY_TOO_COMPLEX",
    null,
  ],
  [
    "too many rows",
    "{ experiments(first: 1000) { nodes { rounds { samples(first: 1000) { nodes { id } } } } } }",
    "QUERY_TOO_COMPLEX",
    null,
  ],
] as const)("a query is refused: %s", async (name, query, code, field) => {
  const { errors } = await server.ask(query, {}, name === "nobody may read" ? null : Role.VIEWER);
  expect(errors?.[0]?.extensions).toEqual({ code, field });
});

test.each([
  ["of another list", () => cursor("promptSets", world.promptSetId)],
  ["with a value that is no id", () => cursor("experiments", "abc")],
  ["with a number", () => cursor("experiments", 1)],
  ["with one value too many", () => cursor("experiments", world.experimentId, "1")],
])("a cursor is refused: %s", async (_name, after) => {
  const { errors } = await server.ask(EXPERIMENTS_AFTER, { after: after() }, Role.VIEWER);
  expect(errors?.[0]?.extensions).toEqual({ code: "BAD_CURSOR", field: "after" });
});

test("numbers beyond a double and broken JSON are refused as such", async () => {
  const headers = { "content-type": "application/json", authorization: `Bearer ${server.tokens.MEMBER}` };
  const send = async (body: string) => {
    const response = await fetch(`${server.url}/graphql`, { method: "POST", headers, body });
    const answer = (await response.json()) as { errors?: { extensions: object }[]; error?: object };
    return { status: response.status, ...answer.errors?.[0]?.extensions, ...answer.error };
  };
  const point = `{ "subject": "POLICY", "subjectId": "${world.policyId}", "name": "FD", "direction": "LOWER", "value": 1e999 }`;
  expect(
    await send(
      JSON.stringify({ query: document("logMetrics"), variables: "POINTS" }).replace(
        '"POINTS"',
        `{ "input": { "points": [${point}] } }`,
      ),
    ),
  ).toMatchObject({ status: 400, code: "BAD_INPUT", field: "points[0].value" });
  expect(await send("{")).toMatchObject({ status: 400, code: "BAD_INPUT" });
});

test.each(["%00", "abc", "0".repeat(63)])("no artifact is at /artifacts/%s", async (name) => {
  const headers = { authorization: `Bearer ${server.tokens.VIEWER}` };
  const response = await fetch(`${server.url}/artifacts/${name}`, { headers });
  expect([response.status, ((await response.json()) as { error: object }).error]).toEqual([
    404,
    { code: "NOT_FOUND", message: "No such artifact.", field: "sha256" },
  ]);
});

test("a name that is in use is refused", async () => {
  for (const expected of [undefined, { code: "NAME_TAKEN", field: "name" }])
    expect(
      (await server.ask(document("createPolicy"), { input: { name: "taken" } }, Role.MEMBER)).errors?.[0]?.extensions,
    ).toEqual(expected);
});

test("broken images are refused with their name, and nothing is kept", async () => {
  const before = await tableDigests(server.db);
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
  expect(await tableDigests(server.db)).toEqual(before);
  expect((await server.upload(png)).status).toBe(201);
});

test.each([
  ["X-Artifact-Kind", "PHOTO"],
  ["X-Artifact-Sha256", "no hash"],
])("an upload is refused for its header %s, by that name", async (header, value) => {
  const { status, body } = await server.upload(Buffer.from("bytes"), { [header.toLowerCase()]: value });
  expect(status).toBe(400);
  expect(body.error).toMatchObject({ code: "BAD_INPUT", field: header });
});
