import { afterAll, beforeAll, expect, test } from "vitest";
import { Role } from "../../shared/enums.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const CREATE = `mutation ($input: CreatePolicyInput!) { createPolicy(input: $input) {
  policy { id origin folder weights { sha256 byteSize kind } job { id } } } }`;
const create = async (input: object) => {
  const { data, errors } = await server.ask(CREATE, { input }, Role.MEMBER);
  if (errors) throw new Error(JSON.stringify(errors));
  return data.createPolicy.policy;
};

test("a policy carries uploaded weights, which are kept from collection as long as it is there", async () => {
  const bytes = Buffer.from("weights of a generator");
  const { sha256 } = (await server.upload(bytes, { "x-artifact-kind": "MODEL" })).body;
  const policy = await create({ name: "embedded", origin: "BASE", weightsSha256: sha256 });
  expect(policy).toMatchObject({
    origin: "BASE",
    folder: null,
    job: null,
    weights: { sha256, byteSize: bytes.length, kind: "MODEL" },
  });
  const collect = async () => {
    await server.db.query("update artifacts set uploaded_at = '-infinity'");
    return (await server.services.artifactCollector.collect()).artifacts;
  };
  expect(await collect()).toBe(0);
  await server.db.query("delete from policies");
  expect(await collect()).toBe(1);
});

test("a policy may lie in a folder of the workers, and one drawn with elsewhere has neither weights nor folder", async () => {
  expect(await create({ name: "sd", folder: "stable-diffusion-v1-5/onnx" })).toMatchObject({
    folder: "stable-diffusion-v1-5/onnx",
    weights: null,
  });
  expect(await create({ name: "elsewhere" })).toMatchObject({ origin: "IMPORTED", folder: null, weights: null });
});

test("a worker reads what it draws with", async () => {
  const { id } = await create({ name: "for workers", folder: "sd" });
  const { data } = await server.ask("query ($id: ID!) { policy(id: $id) { folder } }", { id }, Role.WORKER);
  expect(data.policy).toEqual({ folder: "sd" });
});
