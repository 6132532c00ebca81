import { afterAll, beforeAll, expect, test } from "vitest";
import { Role } from "../../shared/enums.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { trainableRound } from "./trainable-round.ts";

let server: TestServer;
let shown: Experiment;
let hidden: Experiment;

interface Experiment {
  id: string;
  name: string;
  roundId: string;
  /** Of its samples and of its proxy data. */
  images: string[];
  proxies: string[];
}

async function experimentOf(roundId: string): Promise<Experiment> {
  const { data } = await server.ask(
    `query ($id: ID!) { round(id: $id) { experiment { id name proxySet { items(first: 50) { nodes { artifact { sha256 } } } } }
      samples(first: 50) { nodes { artifactSha256 } } } }`,
    { id: roundId },
  );
  const { experiment, samples } = data.round;
  const images = samples.nodes.map((node: { artifactSha256: string }) => node.artifactSha256);
  const { id, name, proxySet } = experiment;
  const proxies = proxySet.items.nodes.map((node: { artifact: { sha256: string } }) => node.artifact.sha256);
  return { id, name, roundId, images, proxies };
}

beforeAll(async () => {
  server = await startTestServer();
  shown = await experimentOf(await trainableRound(server, 2));
  hidden = await experimentOf(await trainableRound(server, 4));
});
afterAll(() => server?.stop());

const CREATE = "mutation ($input: CreateShareLinkInput!) { createShareLink(input: $input) { path link { id } } }";
async function makeLink(experimentId = shown.id): Promise<{ id: string; token: string }> {
  const input = { experimentId, name: "A reviewer", expiresInDays: 7 };
  const { data } = await server.ask(CREATE, { input }, Role.MEMBER);
  const [, id = "", token = ""] = /^\/share\/([0-9a-f-]{36})#([\w-]{43})$/.exec(data.createShareLink.path) ?? [];
  expect(id).toBe(data.createShareLink.link.id);
  return { id, token };
}

const open = ({ id, token }: { id: string; token: string }, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/shared/${id}/session`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ token }),
  });
const get = (path: string, token: string | null) =>
  fetch(`${server.url}/shared/${path}`, { headers: token ? { cookie: `ganrm_share=${token}` } : {} });
const codeOf = async (response: Response) => (await response.json()).error.code;

test("who has the experiment's answer is told that nothing changed, until a round or the experiment itself does", async () => {
  const { id, token } = await makeLink();
  const ask = (tag?: string) =>
    fetch(`${server.url}/shared/${id}`, {
      headers: { cookie: `ganrm_share=${token}`, ...(tag && { "If-None-Match": tag }) },
    });
  const tagOf = (response: Response) => response.headers.get("etag") ?? "";
  const first = tagOf(await ask());
  const same = await ask(first);
  expect([same.status, tagOf(same), await same.text()]).toEqual([304, first, ""]);
  const points = [{ subject: "ROUND", subjectId: shown.roundId, name: "shared", direction: "LOWER", value: 3 }];
  await server.ask("mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }", {
    input: { points },
  });
  await expect.poll(async () => (await ask(first)).status, { timeout: 10_000 }).toBe(200);
  const measured = await ask(first);
  expect((await measured.json()).experiment.roundMetrics).toMatchObject([{ name: "shared" }]);
  await server.db.query("update experiments set description = 'said later' where id = $1", [shown.id]);
  const said = await ask(tagOf(measured));
  expect((await said.json()).experiment.description).toBe("said later");
  expect((await fetch(`${server.url}/shared/${id}`, { headers: { "If-None-Match": tagOf(said) } })).status).toBe(401);
});

test("a link opens its experiment, its rounds' samples and their images", async () => {
  const link = await makeLink();
  const session = await open(link);
  expect(session.status).toBe(204);
  const cookie = session.headers.getSetCookie()[0] ?? "";
  for (const part of [`ganrm_share=${link.token}`, `Path=/shared/${link.id}`, "HttpOnly", "SameSite=Strict"])
    expect(cookie).toContain(part);
  const report = await get(link.id, link.token);
  expect(report.headers.get("cache-control")).toBe("no-store");
  const { experiment } = await report.json();
  expect(experiment).toMatchObject({ id: shown.id, name: shown.name, rounds: [{ index: 1, sampleCount: 2 }] });
  const { round } = await (await get(`${link.id}/rounds/1`, link.token)).json();
  const rows: { samples: { artifactSha256: string }[] }[] = round.promptRows.nodes;
  expect(rows.flatMap((row) => row.samples.map((s) => s.artifactSha256)).toSorted()).toEqual(shown.images.toSorted());
  const image = await get(`${link.id}/images/${shown.images[0]}`, link.token);
  expect([image.status, image.headers.get("content-type")]).toEqual([200, "image/webp"]);
});

test("it opens nothing else: no other experiment, no image but its samples, no other list's place", async () => {
  const [link, other] = [await makeLink(), await makeLink(hidden.id)];
  const foreign = hidden.images.filter((sha256) => !shown.images.includes(sha256));
  expect(foreign.length).toBeGreaterThan(0);
  for (const sha256 of [...foreign, ...shown.proxies, "0".repeat(64), "nonsense"])
    expect((await get(`${link.id}/images/${sha256}`, link.token)).status).toBe(404);
  for (const index of ["2", "0", "-1", hidden.roundId, "1e0"])
    expect((await get(`${link.id}/rounds/${index}`, link.token)).status).toBe(404);
  expect(await codeOf(await get(`${link.id}/rounds/1?after=nonsense`, link.token))).toBe("BAD_CURSOR");
  for (const path of [other.id, `${other.id}/rounds/1`, `${other.id}/images/${foreign[0]}`])
    expect(await codeOf(await get(path, link.token))).toBe("UNAUTHENTICATED");
  const everything = await (await get(link.id, link.token)).text();
  for (const secret of [hidden.id, hidden.name, hidden.roundId, "artifactSha256"])
    expect(everything).not.toContain(secret);
});

test("without its secret, after its expiry and once revoked it opens nothing, and no other site can open it", async () => {
  const link = await makeLink();
  const paths = [link.id, `${link.id}/rounds/1`, `${link.id}/images/${shown.images[0]}`];
  const refusals = async (token: string | null) =>
    Promise.all(paths.map(async (path) => codeOf(await get(path, token))));
  const refused = paths.map(() => "UNAUTHENTICATED");
  expect(await refusals(null)).toEqual(refused);
  expect(await refusals("x".repeat(43))).toEqual(refused);
  expect((await open({ ...link, token: "x".repeat(43) })).status).toBe(401);
  expect((await open({ id: shown.id, token: link.token })).status).toBe(401);
  expect((await open(link, { origin: "https://elsewhere.example" })).status).toBe(403);
  expect((await get(link.id, link.token)).status).toBe(200);
  const expire = (at: string) =>
    server.db.query(`update share_links set created_at = now() - interval '2 days', expires_at = ${at} where id = $1`, [
      link.id,
    ]);
  await expire("now() - interval '1 second'");
  expect(await refusals(link.token)).toEqual(refused);
  await expire("now() + interval '1 day'");
  expect((await get(link.id, link.token)).status).toBe(200);
  const REVOKE = "mutation ($id: ID!) { revokeShareLink(id: $id) { link { revokedAt } } }";
  const [first, second] = [await server.ask(REVOKE, { id: link.id }), await server.ask(REVOKE, { id: link.id })];
  expect(second.data).toEqual(first.data);
  expect(await refusals(link.token)).toEqual(refused);
});

test("members see an experiment's links, when they were used and never a secret, which nothing keeps", async () => {
  const link = await makeLink();
  const LINKS =
    "query ($id: ID!) { shareLinks(experimentId: $id) { id name createdBy expiresAt lastUsedAt revokedAt } }";
  const listed = async () => {
    const { data } = await server.ask(LINKS, { id: shown.id }, Role.MEMBER);
    return data.shareLinks.find((one: { id: string }) => one.id === link.id);
  };
  expect(await listed()).toMatchObject({ name: "A reviewer", lastUsedAt: null, revokedAt: null });
  await get(link.id, link.token);
  expect((await listed()).lastUsedAt).not.toBeNull();
  const [{ kept }] = await server.db.query("select to_jsonb(s)::text as kept from share_links s where id = $1", [
    link.id,
  ]);
  expect(kept).not.toContain(link.token);
  expect(kept).not.toContain(Buffer.from(link.token).toString("hex"));
});
