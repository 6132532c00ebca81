import { setTimeout as sleep } from "node:timers/promises";
import { type Table, tableFromIPC } from "apache-arrow";
import { readParquet } from "parquet-wasm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Role } from "../../shared/enums.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { statementsOf } from "../support/statements.ts";
import { type ExportedRound, exportedRound, NASTY_PROMPTS } from "./exported-round.ts";

let server: TestServer;
let world: ExportedRound;
beforeAll(async () => {
  server = await startTestServer();
  world = await exportedRound(server);
});
afterAll(() => server?.stop());

const get = (path: string, role: Role = Role.VIEWER, init: RequestInit = {}) =>
  fetch(server.url + path, { ...init, headers: { authorization: `Bearer ${server.tokens[role]}` } });
const bytesOf = async (path: string) => new Uint8Array(await (await get(path)).arrayBuffer());
const linesOf = async (path: string) =>
  (await (await get(path)).text())
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const pairs = (rest: string) => `/exports/reward-models/${world.modelId}/pairs.${rest}`;

/** By arrow-rs and Arrow's own JavaScript, which share no line with what wrote the file. */
const readByArrow = (bytes: Uint8Array): Table => tableFromIPC(readParquet(bytes).intoIPCStream());

interface Wanted {
  pairId: string;
  caption: string;
  margin: number;
  policy: string;
  chosen: { id: string; sha256: string; reward: number; seed: number | null };
  rejected: { id: string; sha256: string; reward: number; seed: number | null };
}

/** What the database says, asked in another way than the export asks. */
async function wantedPairs(): Promise<Wanted[]> {
  const side = (sample: string) =>
    `(select json_build_object('id', s.id, 'sha256', s.artifact_sha256, 'seed', s.seed, 'reward', c.score)
      from samples s join sample_scores c on c.sample_id = s.id where s.id = p.${sample})`;
  return server.db.query(
    `select p.id as "pairId", r.text as caption, p.margin, g.name as policy, ${side("chosen_sample_id")} as chosen,
       ${side("rejected_sample_id")} as rejected
     from pairs p join prompts r on r.id = p.prompt_id join rounds o on o.id = p.round_id join policies g on g.id = o.policy_in_id
     order by r.position`,
  );
}

test("an independent reader finds in the Parquet file what the database holds, images included", async () => {
  const table = readByArrow(await bytesOf(pairs("parquet")));
  const wanted = await wantedPairs();
  expect(wanted.map((pair) => pair.caption)).toEqual(NASTY_PROMPTS);
  expect(table.numRows).toBe(NASTY_PROMPTS.length);
  for (const [i, pair] of wanted.entries()) {
    const row = table.get(i)?.toJSON();
    const sides = row?.label_0 === 1 ? [pair.chosen, pair.rejected] : [pair.rejected, pair.chosen];
    expect(row).toMatchObject({
      are_different: true,
      best_image_uid: pair.chosen.id,
      caption: pair.caption,
      has_label: true,
      label_1: 1 - Number(row?.label_0),
      model_0: pair.policy,
      model_1: pair.policy,
      ranking_id: BigInt(i),
      user_id: null,
      num_example_per_prompt: 1n,
      pair_id: pair.pairId,
      source: "REWARD_MODEL",
      margin: pair.margin,
    });
    for (const [side, sample] of sides.entries()) {
      expect(row?.[`image_${side}_uid`]).toBe(sample.id);
      expect(row?.[`image_${side}_sha256`]).toBe(sample.sha256);
      expect(row?.[`reward_${side}`]).toBe(sample.reward);
      expect(row?.[`seed_${side}`]).toBe(sample.seed === null ? null : BigInt(sample.seed));
      expect(Buffer.from(row?.[`jpg_${side}`])).toEqual(Buffer.from(await bytesOf(row?.[`image_${side}_url`])));
    }
  }
});

test("the columns have the names and types of Pick-a-Pic, in its order, and ours come after", async () => {
  const { fields } = readByArrow(await bytesOf(pairs("parquet"))).schema;
  const columns = fields.map(({ name, type }) => `${name}: ${type}`);
  expect(columns.slice(0, 18)).toEqual([
    ...["are_different: Bool", "best_image_uid: Utf8", "caption: Utf8", "created_at: Timestamp<MILLISECOND, UTC>"],
    ...["has_label: Bool", "image_0_uid: Utf8", "image_0_url: Utf8", "image_1_uid: Utf8", "image_1_url: Utf8"],
    ...["jpg_0: Binary", "jpg_1: Binary", "label_0: Float64", "label_1: Float64", "model_0: Utf8", "model_1: Utf8"],
    ...["ranking_id: Int64", "user_id: Int64", "num_example_per_prompt: Int64"],
  ]);
  expect(columns.slice(18)).toEqual([
    ...["pair_id: Utf8", "source: Utf8", "margin: Float64", "reward_0: Float64", "reward_1: Float64"],
    ...["votes_0: Float64", "votes_1: Float64"],
    ...["seed_0: Int64", "seed_1: Int64", "image_0_sha256: Utf8", "image_1_sha256: Utf8"],
  ]);
});

test("JSON Lines say the same, with images by address or in base64; every export gives the same bytes again", async () => {
  const table = readByArrow(await bytesOf(pairs("parquet")));
  const rows = Array.from(table, (row) => row.toJSON());
  const named = await linesOf(pairs("jsonl"));
  const embedded = await linesOf(pairs("jsonl?images=base64"));
  const plain = ({ jpg_0, jpg_1, ...row }: Record<string, unknown>) => ({
    ...Object.fromEntries(Object.entries(row).map(([k, v]) => [k, typeof v === "bigint" ? Number(v) : v])),
    created_at: new Date(row.created_at as number).toISOString(),
  });
  expect(named).toEqual(rows.map(plain));
  expect(embedded.map(({ jpg_0, jpg_1, ...row }) => row)).toEqual(named);
  for (const side of ["jpg_0", "jpg_1"])
    expect(embedded.map((row) => row[side])).toEqual(rows.map((row) => Buffer.from(row[side]).toString("base64")));
  for (const file of ["parquet", "jsonl", "jsonl?images=base64"])
    expect(await bytesOf(pairs(file))).toEqual(await bytesOf(pairs(file)));
});

test("a tag leaves out the pairs of other prompts", async () => {
  const rows = await linesOf(pairs("jsonl?promptTag=train"));
  expect(rows.map((row) => row.caption)).toEqual(NASTY_PROMPTS.slice(0, -2));
});

/** A reward model of the round with so many pairs, all of the same two images, for prompts of their own. */
async function manyPairs(count: number): Promise<string> {
  const { db } = server;
  const [{ id: setId }] = await db.query(
    "insert into prompt_sets (name) values ('many ' || gen_random_uuid()) returning id",
  );
  await db.query(
    "insert into prompts (prompt_set_id, position, text) select $1, i, 'prompt ' || i from generate_series(0, $2::int - 1) i",
    [setId, count],
  );
  const [{ id }] = await db.query(
    `insert into reward_models (round_id, name, strategy, encoder, hyperparameters, seed)
     values ($1, 'many ' || gen_random_uuid(), 'NAIVE', 'mobilenet-v2-mid', '{}', 0) returning id`,
    [world.roundId],
  );
  await db.query(
    `insert into pairs (round_id, reward_model_id, prompt_id, chosen_sample_id, rejected_sample_id, margin)
     select $1, $2, p.id, p2.chosen_sample_id, p2.rejected_sample_id, 0.5
     from prompts p, (select * from pairs limit 1) p2 where p.prompt_set_id = $3`,
    [world.roundId, id, setId],
  );
  return id;
}

test("pages and row groups lose no pair and repeat none, and either side is chosen half of the time", async () => {
  const id = await manyPairs(3001);
  const table = readByArrow(await bytesOf(`/exports/reward-models/${id}/pairs.parquet`));
  const captions = Array.from({ length: 3001 }, (_, i) => `prompt ${i}`);
  expect(table.getChild("caption")?.toJSON()).toEqual(captions);
  expect((await linesOf(`/exports/reward-models/${id}/pairs.jsonl`)).map((row) => row.caption)).toEqual(captions);
  const first = Array.from(table, (row) => row.label_0).filter((label) => label === 1).length;
  expect(first).toBeGreaterThan(1350);
  expect(first).toBeLessThan(1650);
});

test("a client that goes away ends the reading, and no connection stays in use", { timeout: 60_000 }, async () => {
  const id = await manyPairs(20_000);
  const leaving = new AbortController();
  const statements = await statementsOf(server.db, async () => {
    const path = `/exports/reward-models/${id}/pairs.jsonl?images=base64`;
    const { body } = await get(path, Role.VIEWER, { signal: leaving.signal });
    await body?.getReader().read();
    leaving.abort();
    await sleep(1500);
  });
  const pages = statements.filter(({ sql }) => sql.includes("from pairs p"));
  expect(pages.length).toBeGreaterThan(0);
  expect(pages.length).toBeLessThan(15);
  // Of clients: so many new rows may just then be vacuumed. And the server's own jobs ask now and then.
  await expect
    .poll(
      async () => {
        const [{ busy }] = await server.db.query(
          `select count(*)::int as busy from pg_stat_activity
         where datname = current_database() and backend_type = 'client backend' and state <> 'idle' and pid <> pg_backend_pid()`,
        );
        return busy;
      },
      { timeout: 10_000 },
    )
    .toBe(0);
  // Eight exports at a time are allowed; those that were left don't count for long.
  for (let i = 0; i < 10; i++) {
    const abort = new AbortController();
    await get(`/exports/reward-models/${id}/pairs.parquet`, Role.VIEWER, { signal: abort.signal });
    abort.abort();
  }
  while ((await get(pairs("jsonl"))).status !== 200) await sleep(50);
});

test("an image that the store has lost breaks the answer off: nobody takes the rest for the whole", async () => {
  const id = await manyPairs(2);
  const [{ sha256 }] = await server.db.query(
    `insert into artifacts (sha256, kind, media_type, byte_size) values (repeat('0', 64), 'IMAGE', 'image/png', 10) returning sha256`,
  );
  const [pair] = await server.db.query("select * from pairs where reward_model_id = $1 limit 1", [id]);
  const before = await server.db.query("select artifact_sha256 from samples where id = $1", [pair.chosen_sample_id]);
  await server.db.query("update samples set artifact_sha256 = $2 where id = $1", [pair.chosen_sample_id, sha256]);
  await expect(bytesOf(`/exports/reward-models/${id}/pairs.parquet`)).rejects.toThrow();
  await server.db.query("update samples set artifact_sha256 = $2 where id = $1", [
    pair.chosen_sample_id,
    before[0].artifact_sha256,
  ]);
});
