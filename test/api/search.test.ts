import { afterAll, beforeAll, expect, test } from "vitest";
import { Role } from "../../shared/enums.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { readingOf, type Statement, statementsOf } from "../support/statements.ts";
import { comparedRounds } from "./compared-rounds.ts";

let server: TestServer;
let world: Awaited<ReturnType<typeof comparedRounds>>;
let studyId: string;
beforeAll(async () => {
  server = await startTestServer();
  world = await comparedRounds(server, 4);
  const arms = world.roundIds.map((roundId, i) => ({ name: `arm ${i}`, roundId }));
  studyId = (await server.services.studies.create({ name: "Zebra study, SD-1.5", arms })).id;
  const named: [table: string, name: string, id: string | undefined][] = [
    ["experiments", "Zebras (night), Émile’s", world.experimentId],
    ["policies", "SD-1.5 + DPO", undefined],
  ];
  await server.db.query("update experiments set name = $1 where id = $2", [named[0]?.[1], world.experimentId]);
  await server.db.query("update policies set name = $1 where id = (select policy_in_id from rounds where id = $2)", [
    named[1]?.[1],
    world.roundIds[1],
  ]);
  await server.db.query("update prompts set text = 'a zebra at night' where prompt_set_id = $1 and position = 2", [
    world.promptSetId,
  ]);
  await server.db.query(
    `insert into reward_models (round_id, name, strategy, encoder, hyperparameters, seed)
     values ($1, 'R_zebra.naive', 'NAIVE', 'mobilenet-v2-mid', '{}', 0)`,
    [world.roundIds[1]],
  );
  await server.db.query(
    `insert into jobs (kind, natural_key, input, state, worker, error) values ('TRAIN_REWARD_MODEL', 'x', '{}', 'FAILED', 'box-7', 'no')`,
  );
});
afterAll(() => server?.stop());

async function found(text: string, first?: number) {
  const { data, errors } = await server.ask(
    "query ($text: String!, $first: Int) { search(text: $text, first: $first) { kind id title detail experimentId roundId } }",
    { text, first },
    Role.VIEWER,
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data.search as {
    kind: string;
    id: string;
    title: string;
    detail: string;
    experimentId: string;
    roundId: string;
  }[];
}
const kindsOf = async (text: string) => (await found(text)).map(({ kind, title }) => `${kind} ${title}`);

test("everything with the words is found, whatever stands between them, and says where it is shown", async () => {
  const hits = await found("zebra");
  expect(hits.map(({ kind, title }) => `${kind} ${title}`)).toEqual([
    "EXPERIMENT Zebras (night), Émile’s",
    "REWARD_MODEL R_zebra.naive",
    "STUDY Zebra study, SD-1.5",
    "PROMPT a zebra at night",
  ]);
  const [, model, study, prompt] = hits;
  expect(model).toMatchObject({ roundId: world.roundIds[1], detail: "round 3 of Zebras (night), Émile’s" });
  expect(study).toMatchObject({ id: studyId, detail: "draft" });
  expect(prompt).toMatchObject({ roundId: world.roundIds[1], experimentId: world.experimentId });
  expect(await kindsOf("sd 1.5")).toEqual(["POLICY SD-1.5 + DPO", "STUDY Zebra study, SD-1.5"]);
  expect(await kindsOf("NIGHT zeb")).toEqual(["EXPERIMENT Zebras (night), Émile’s", "PROMPT a zebra at night"]);
  expect(await kindsOf("émile")).toEqual(["EXPERIMENT Zebras (night), Émile’s"]);
  expect(await kindsOf("ebra")).toEqual([]);
});

test("rounds by number and experiment, jobs by kind, state and worker, anything by its id", async () => {
  expect((await found("round 3")).map(({ id }) => id)).toContain(world.roundIds[1]);
  expect((await found("zebras round 2")).map(({ kind, id }) => [kind, id])).toEqual([["ROUND", world.roundIds[0]]]);
  expect(await kindsOf("train failed")).toEqual(["JOB TRAIN_REWARD_MODEL"]);
  expect(await kindsOf("box-7")).toEqual(["JOB TRAIN_REWARD_MODEL"]);
  expect((await found(studyId.toUpperCase())).map(({ kind, id }) => [kind, id])).toEqual([["STUDY", studyId]]);
  expect((await found(world.roundIds[0] ?? "")).map(({ kind }) => kind)).toEqual(["ROUND"]);
});

test("what is no search is refused by its field; signs alone find nothing; none of them is an operator", async () => {
  for (const [text, first, field] of [
    [" ", 6, "text"],
    ["x".repeat(201), 6, "text"],
    ["x", 0, "first"],
    ["x", 21, "first"],
  ] as const) {
    const { errors } = await server.ask("query ($t: String!, $f: Int) { search(text: $t, first: $f) { id } }", {
      t: text,
      f: first,
    });
    expect(errors?.[0]?.extensions).toEqual({ code: "BAD_INPUT", field });
  }
  expect(await found("&|!():*'\\ <->")).toEqual([]);
  expect(await kindsOf("zebra & !night | 'x")).toEqual([]);
  expect(await kindsOf("(zebra) *night*")).toEqual(["EXPERIMENT Zebras (night), Émile’s", "PROMPT a zebra at night"]);
});

test("one statement, bounded, and no prompt is read that has not the words", async () => {
  expect((await found("prompt", 2)).filter(({ kind }) => kind === "PROMPT").length).toBe(2);
  await server.db.query(
    `insert into prompts (prompt_set_id, position, text) select $1, 100 + i, 'a common thing, number n' || i from generate_series(1, 20000) i`,
    [world.promptSetId],
  );
  await server.db.query("analyze prompts");
  expect((await found("common thing")).length).toBe(6);
  const [statement, ...others] = await statementsOf(server.db, () => found("n12345"));
  expect(others).toEqual([]);
  const { rows, wholeTables } = await readingOf(server.db, statement as Statement);
  expect(rows).toBeLessThan(100);
  expect(wholeTables).not.toContain("prompts");
});
