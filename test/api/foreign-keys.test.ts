import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

/** Foreign keys whose columns are not the first of any index over all their values, as `table.constraint`. */
const UNSUPPORTED = `
select c.conrelid::regclass || '.' || c.conname as name from pg_constraint c
where c.contype = 'f' and c.connamespace = 'public'::regnamespace and not exists (
  select 1 from pg_index i where i.indrelid = c.conrelid
    and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) =
      (select '(' || attname || ' IS NOT NULL)' from pg_attribute where attrelid = c.conrelid and attnum = c.conkey[1]))
    and (string_to_array(i.indkey::text, ' ')::smallint[])[:cardinality(c.conkey)] @> c.conkey)
order by 1`;

test("every foreign key has an index: deleting what it points to reads no table from end to end", async () => {
  const [{ count }] = await database.dataSource.query("select count(*)::int from pg_constraint where contype = 'f'");
  expect(count).toBeGreaterThan(20);
  const rows: { name: string }[] = await database.dataSource.query(UNSUPPORTED);
  expect(rows.map((row) => row.name)).toEqual([]);
});
