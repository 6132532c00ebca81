import { afterAll, beforeAll, expect, test } from "vitest";
import { prepared } from "../server/database/prepared.ts";
import { createTestDatabase } from "./support/database.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

test("what is marked is planned once on a connection and answers as before; the rest leaves nothing behind", async () => {
  const sql = "select count(*)::int as n from users where name <> $1";
  const runner = database.dataSource.createQueryRunner();
  const plans = () => runner.query("select statement, generic_plans::int as kept from pg_prepared_statements");
  for (let i = 0; i < 3; i++) expect(await runner.query(sql, ["nobody"])).toEqual([{ n: 0 }]);
  expect(await plans()).toEqual([]);
  for (let i = 0; i < 8; i++) expect(await runner.query(prepared(sql), ["nobody"])).toEqual([{ n: 0 }]);
  expect(await plans()).toEqual([{ statement: sql, kept: 3 }]);
  await expect(runner.query(prepared("select 1 / $1::int as n"), [0])).rejects.toThrow("division by zero");
  expect(await runner.query(prepared("select 1 / $1::int as n"), [1])).toEqual([{ n: 1 }]);
  await runner.release();
});

test("texts beyond the most that are kept run like any other", async () => {
  const runner = database.dataSource.createQueryRunner();
  for (let i = 0; i < 300; i++)
    expect(await runner.query(prepared(`select $1::int + ${i} as n`), [1])).toEqual([{ n: i + 1 }]);
  const [{ n }] = await runner.query("select count(*)::int as n from pg_prepared_statements");
  expect(n).toBeLessThanOrEqual(250);
  await runner.release();
});
