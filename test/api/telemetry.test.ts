import { afterAll, beforeAll, expect, test } from "vitest";
import { Role } from "../../shared/enums.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const scrape = (token: string | null) =>
  fetch(`${server.url}/metrics`, { headers: token ? { authorization: `Bearer ${token}` } : {} });

/** The samples of one metric as `{labels} value` lines without the name. */
async function samplesOf(name: string): Promise<string[]> {
  const text = await (await scrape(server.tokens.VIEWER)).text();
  return text.split("\n").flatMap((line) => (line.startsWith(`${name}{`) ? [line.slice(name.length)] : []));
}

test("metrics are for those who may read: nobody else learns what the lab does", async () => {
  expect((await scrape(null)).status).toBe(401);
  expect((await scrape("ganrm_made_up_token")).status).toBe(401);
  for (const role of [Role.VIEWER, Role.ADMIN]) expect((await scrape(server.tokens[role])).status).toBe(200);
});

test("requests are counted and timed by route and status", async () => {
  const graphql = async () => {
    const line = (await samplesOf("ganrm_http_seconds_count")).find((one) =>
      one.includes('route="graphql",status="200"'),
    );
    return Number(line?.split(" ").at(-1) ?? 0);
  };
  const before = await graphql();
  for (let i = 0; i < 3; i++) await server.ask("{ viewer { name } }");
  expect(await graphql()).toBe(before + 3);
});

test("jobs are counted by kind and state as they are now", async () => {
  const add = (state: string, n: number) =>
    server.db.query(
      "insert into jobs (kind, natural_key, state, input) select 'score-samples', $1 || i, $1, '{}' from generate_series(1, $2::int) i",
      [state, n],
    );
  await add("SUCCEEDED", 2);
  await add("FAILED", 3);
  expect(await samplesOf("ganrm_jobs")).toEqual([
    '{kind="score-samples",state="FAILED"} 3',
    '{kind="score-samples",state="SUCCEEDED"} 2',
  ]);
  await server.db.query("delete from jobs where state = 'FAILED'");
  expect(await samplesOf("ganrm_jobs")).toEqual(['{kind="score-samples",state="SUCCEEDED"} 2']);
});

test("connections to Postgres are counted", async () => {
  const states = (await samplesOf("ganrm_database_connections")).map((line) => line.replace(/ \d+$/, ""));
  expect(states).toEqual(['{state="busy"}', '{state="idle"}', '{state="waiting"}']);
});
