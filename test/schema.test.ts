import { afterAll, beforeAll, expect, test } from "vitest";
import { schemaDrift } from "../tools/schema-drift.ts";
import { createTestDatabase } from "./support/database.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test("the migrations give exactly the schema that the entities describe", async () => {
  expect((await schemaDrift(database.dataSource)).up).toEqual([]);
});

/** A record of one experiment, made by SQL alone. @returns its id, and how to record something */
async function oneExperiment(name: string) {
  const db = database.dataSource;
  const one = async (sql: string) => (await db.query(`${sql} returning id`))[0].id;
  const policy = await one(`insert into policies (name, origin) values ('${name}', 'BASE')`);
  const prompts = await one(`insert into prompt_sets (name) values ('${name}')`);
  const proxy = await one(`insert into proxy_sets (name) values ('${name}')`);
  const id = await one(
    `insert into experiments (name, base_policy_id, prompt_set_id, proxy_set_id, encoder, k) values ('${name}', '${policy}', '${prompts}', '${proxy}', 'x', 4)`,
  );
  return { db, id, policy, one };
}

test("a frozen experiment's configuration can't be changed, even by SQL", async () => {
  const { db, id } = await oneExperiment("frozen");
  await db.query("update experiments set k = 5 where id = $1", [id]);
  await db.query("update experiments set status = 'RUNNING' where id = $1", [id]);
  await expect(db.query("update experiments set k = 6 where id = $1", [id])).rejects.toThrow(/frozen/);
  await db.query("update experiments set description = 'words may change' where id = $1", [id]);
});

test("a status goes forward only, even by SQL", async () => {
  const { db, id, policy, one } = await oneExperiment("forward");
  const round = await one(`insert into rounds (experiment_id, index, policy_in_id) values ('${id}', 1, '${policy}')`);
  const set = (table: string, row: string, status: string) =>
    db.query(`update ${table} set status = $2 where id = $1`, [row, status]);
  await set("experiments", id, "RUNNING");
  await expect(set("experiments", id, "DRAFT")).rejects.toThrow(/is RUNNING and never DRAFT again/);
  await set("experiments", id, "COMPLETED");
  await set("experiments", id, "COMPLETED");
  for (const earlier of ["RUNNING", "DRAFT"])
    await expect(set("experiments", id, earlier)).rejects.toMatchObject({ constraint: "status_goes_forward_only" });
  await set("rounds", round, "COMPLETED");
  await expect(set("rounds", round, "OPEN")).rejects.toThrow(/is COMPLETED and never OPEN again/);
});
