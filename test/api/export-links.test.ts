import { afterAll, beforeAll, expect, test } from "vitest";
import { Role } from "../../shared/enums.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type ExportedRound, exportedRound } from "./exported-round.ts";

let server: TestServer;
let world: ExportedRound;
beforeAll(async () => {
  server = await startTestServer();
  world = await exportedRound(server);
  const [{ sha256 }] = await server.db.query("select artifact_sha256 as sha256 from samples limit 1");
  await server.db.query(
    "update reward_models set state = 'TRAINED', weights_sha256 = $2, onnx_sha256 = $2, image_onnx_sha256 = $2 where id = $1",
    [world.modelId, sha256],
  );
  await server.db.query("update experiments set name = $2 where id = $1", [
    world.experimentId,
    'Füchse, "rot" / 2026 日本語',
  ]);
});
afterAll(() => server?.stop());

const get = (path: string, role: Role | null = Role.VIEWER, init: RequestInit = {}) =>
  fetch(server.url + path, { ...init, headers: role ? { authorization: `Bearer ${server.tokens[role]}` } : {} });

interface Link {
  kind: string;
  url: string;
  fileName: string;
}

async function linksOf(field: string, id: string): Promise<Link[]> {
  const query = `query ($id: ID!) { ${field}(id: $id) { exports { kind url fileName } } }`;
  const { data, errors } = await server.ask(query, { id }, Role.VIEWER);
  if (errors) throw new Error(JSON.stringify(errors));
  return data[field].exports;
}

const allLinks = async () =>
  (
    await Promise.all([
      linksOf("experiment", world.experimentId),
      linksOf("round", world.roundId),
      linksOf("rewardModel", world.modelId),
      linksOf("proxySet", world.proxySetId),
    ])
  ).flat();

test("every object says what it can be had as, and each link leads to a file that calls itself so", async () => {
  const links = await allLinks();
  expect(links.map(({ fileName }) => fileName).filter((name) => !/^[0-9a-f-]{36}-/.test(name))).toEqual([
    "Fuchse-rot-2026-metrics.csv",
    "Fuchse-rot-2026-round-1-features.safetensors",
    "Fuchse-rot-2026-round-1-metrics.csv",
    "Fuchse-rot-2026-round-1-R-1-naive-weights.safetensors",
    "Fuchse-rot-2026-round-1-R-1-naive-scorer.onnx",
    "Fuchse-rot-2026-round-1-R-1-naive-image-scorer.onnx",
    "Fuchse-rot-2026-round-1-R-1-naive-pairs.parquet",
    "Fuchse-rot-2026-round-1-R-1-naive-pairs.jsonl",
    "Fuchse-rot-2026-round-1-R-1-naive-sft.zip",
    "Fuchse-rot-2026-round-1-R-1-naive-metrics.csv",
  ]);
  for (const { url, fileName, kind } of links) {
    const response = await get(url);
    await response.arrayBuffer();
    if (kind === "FEATURES_SAFETENSORS") {
      expect(response.status).toBe(409);
      continue;
    }
    expect([kind, response.status, response.headers.get("content-disposition")]).toEqual([
      kind,
      200,
      `attachment; filename="${fileName}"`,
    ]);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("cache-control")).toMatch(/^private, /);
    const head = await get(url, Role.VIEWER, { method: "HEAD" });
    expect([head.status, head.headers.get("content-disposition")]).toEqual([
      200,
      response.headers.get("content-disposition"),
    ]);
  }
});

test("whoever may read gets exports: with a token or a session; workers and nobody don't", async () => {
  const paths = (await allLinks()).filter(({ url }) => url.startsWith("/exports/")).map(({ url }) => url);
  expect(paths).toHaveLength(8);
  for (const path of paths) {
    const statuses = await Promise.all(
      [null, Role.WORKER, Role.VIEWER, Role.MEMBER, Role.ADMIN].map(async (role) => (await get(path, role)).status),
    );
    const found = path.includes("features") ? 409 : 200;
    expect([path, ...statuses]).toEqual([path, 401, 403, found, found, found]);
  }
  const signIn = await fetch(`${server.url}/auth/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: server.tokens.VIEWER }),
  });
  const cookie = signIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  expect((await fetch(server.url + (paths[0] ?? ""), { headers: { cookie } })).status).toBe(200);
});

const refused: [string, number, string, string | null][] = [
  ["/exports/reward-models/nonsense/pairs.parquet", 400, "BAD_INPUT", "id"],
  ["/exports/reward-models/01900000-0000-7000-8000-000000000000/pairs.parquet", 404, "NOT_FOUND", "id"],
  ["/exports/reward-models/01900000-0000-7000-8000-000000000000/sft.zip", 404, "NOT_FOUND", "id"],
  ["/exports/rounds/01900000-0000-7000-8000-000000000000/features.safetensors", 404, "NOT_FOUND", "id"],
  ["/exports/proxy-sets/01900000-0000-7000-8000-000000000000/features.safetensors", 404, "NOT_FOUND", "id"],
  ["/exports/experiments/01900000-0000-7000-8000-000000000000/metrics.csv", 404, "NOT_FOUND", "id"],
  ["/exports/reward-models/MODEL/pairs.jsonl?images=png", 400, "BAD_INPUT", "images"],
  ["/exports/reward-models/MODEL/pairs.parquet?images=url", 400, "BAD_INPUT", null],
  ["/exports/reward-models/MODEL/pairs.jsonl?promptTag=a%00b", 400, "BAD_INPUT", "promptTag"],
  ["/exports/reward-models/MODEL/sft.zip?promptTag=a&promptTag=b", 400, "BAD_INPUT", "promptTag"],
  ["/exports/reward-models/MODEL/metrics.csv?since=1", 400, "BAD_INPUT", null],
  ["/exports/rounds/ROUND/features.safetensors?encoderKey=abc", 400, "BAD_INPUT", "encoderKey"],
  ["/exports/reward-models/MODEL/pairs.xlsx", 404, "NOT_FOUND", null],
  ["/artifacts/0000?name=a%22b", 400, "BAD_INPUT", "name"],
  ["/artifacts/0000?name=..%2Fpasswd", 400, "BAD_INPUT", "name"],
];

test.each(refused)("%s is refused with %i %s", async (path, status, code, field) => {
  const response = await get(path.replace("MODEL", world.modelId).replace("ROUND", world.roundId));
  expect([response.status, ((await response.json()) as { error: unknown }).error]).toEqual([
    status,
    { code, field, message: expect.any(String) },
  ]);
});
