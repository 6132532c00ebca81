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

test("a frozen experiment's configuration can't be changed, even by SQL", async () => {
  const db = database.dataSource;
  const one = async (sql: string) => (await db.query(`${sql} returning id`))[0].id;
  const policy = await one("insert into policies (name, origin) values ('p', 'BASE')");
  const prompts = await one("insert into prompt_sets (name) values ('p')");
  const proxy = await one("insert into proxy_sets (name) values ('p')");
  const id = await one(
    `insert into experiments (name, base_policy_id, prompt_set_id, proxy_set_id, encoder, k) values ('e', '${policy}', '${prompts}', '${proxy}', 'x', 4)`,
  );
  await db.query("update experiments set k = 5 where id = $1", [id]);
  await db.query("update experiments set status = 'RUNNING' where id = $1", [id]);
  await expect(db.query("update experiments set k = 6 where id = $1", [id])).rejects.toThrow(/frozen/);
  await db.query("update experiments set description = 'words may change' where id = $1", [id]);
});
