import "reflect-metadata";
import { Field, ID, ObjectType } from "type-graphql";
import { Column, Entity, type MigrationInterface, PrimaryColumn, type QueryRunner } from "typeorm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDataSource } from "../../server/database/data-source.ts";
import { migrate } from "../../server/database/migrate.ts";
import { inTransaction, isForeignKeyViolation, isUniqueViolation } from "../../server/database/transaction.ts";
import { schemaDrift } from "../../tools/schema-drift.ts";
import { createEmptyDatabase, createTestDatabase, productSchema, type TestDatabase } from "./database.ts";

@ObjectType()
@Entity("counters")
class Counter {
  @Field(() => ID)
  @PrimaryColumn("text", { name: "id" })
  id!: string;

  @Column("bigint", { name: "total_count" })
  totalCount!: number;
}

class CreateCounters1795000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table counters (
      id text constraint counters_pkey primary key,
      total_count bigint not null,
      parent_id text constraint counters_parent_id_fkey references counters)`);
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query("drop table counters");
  }
}

const schema = { entities: [Counter], migrations: [CreateCounters1795000000000] };

describe("a test database", () => {
  let first: TestDatabase;
  let second: TestDatabase;
  beforeAll(async () => {
    [first, second] = await Promise.all([createTestDatabase(schema), createTestDatabase(schema)]);
  });
  afterAll(async () => {
    await Promise.all([first?.drop(), second?.drop()]);
  });

  it("decorated entities work without emitted metadata, and bigint is a number", async () => {
    await first.dataSource.manager.insert(Counter, { id: "a", totalCount: 2 ** 40 });
    expect(await first.dataSource.manager.findOneBy(Counter, { id: "a" })).toEqual({ id: "a", totalCount: 2 ** 40 });
  });

  it("what one file writes another does not see", async () => {
    await first.dataSource.manager.save(Counter, { id: "mine", totalCount: 1 });
    expect(await second.dataSource.manager.countBy(Counter, { id: "mine" })).toBe(0);
  });

  it("names the violated constraint", async () => {
    await first.dataSource.manager.save(Counter, { id: "twice", totalCount: 1 });
    const twice = await first.dataSource.manager.insert(Counter, { id: "twice", totalCount: 1 }).catch((e) => e);
    expect(isUniqueViolation(twice)).toBe(true);
    expect(isUniqueViolation(twice, "counters_pkey")).toBe(true);
    expect(isUniqueViolation(twice, "another_key")).toBe(false);
    expect(isForeignKeyViolation(twice)).toBe(false);
  });

  it("two transactions that deadlock both commit: the victim is tried again", async () => {
    const { manager } = first.dataSource;
    await manager.save(Counter, [
      { id: "x", totalCount: 0 },
      { id: "y", totalCount: 0 },
    ]);
    let attempts = 0;
    const addTo = (one: string, other: string) =>
      inTransaction(first.dataSource, async (tx) => {
        attempts++;
        await tx.increment(Counter, { id: one }, "totalCount", 1);
        await tx.query("select pg_sleep(0.1)");
        await tx.increment(Counter, { id: other }, "totalCount", 1);
      });
    await Promise.all([addTo("x", "y"), addTo("y", "x")]);
    const counts = await manager.find(Counter, { where: [{ id: "x" }, { id: "y" }] });
    expect(counts.map((counter) => counter.totalCount)).toEqual([2, 2]);
    expect(attempts).toBeGreaterThan(2);
  });

  it("an error of the work itself is not tried again", async () => {
    let attempts = 0;
    const work = inTransaction(first.dataSource, async () => {
      attempts++;
      throw new Error("no");
    });
    await expect(work).rejects.toThrow("no");
    expect(attempts).toBe(1);
  });

  it("a column that no migration makes is reported as drift", async () => {
    const { up } = await schemaDrift(first.dataSource);
    // The table has a parent_id that the entity lacks.
    expect(up.join("\n")).toMatch(/parent_id/);
  });
});

describe("migrations of the product", () => {
  it("make exactly what the entities say", async () => {
    const database = await createTestDatabase();
    try {
      expect((await schemaDrift(database.dataSource)).up).toEqual([]);
      expect(await database.dataSource.query("select count(*) as n from migrations")).not.toEqual([{ n: 0 }]);
    } finally {
      await database.drop();
    }
  });

  it("freeze an experiment's configuration once it runs, but neither its name nor its status", async () => {
    const database = await createTestDatabase();
    const { dataSource } = database;
    try {
      const [{ id }] = await dataSource.query(`
        with policy as (insert into policies (name, origin) values ('base', 'BASE') returning id),
          prompts as (insert into prompt_sets (name) values ('prompts') returning id),
          proxy as (insert into proxy_sets (name) values ('proxy') returning id)
        insert into experiments (name, base_policy_id, prompt_set_id, proxy_set_id, encoder, k)
        select 'experiment', policy.id, prompts.id, proxy.id, 'encoder', 4 from policy, prompts, proxy returning id`);
      const set = (change: string) => dataSource.query(`update experiments set ${change} where id = $1`, [id]);
      const changes = ["setting = 'VIDEO'", "encoder = 'another'", "k = 5", "planned_rounds = 2", "seed = 1"];
      const references = ["base_policy_id", "prompt_set_id", "proxy_set_id"].map((column) => `${column} = uuidv7()`);
      await set("k = 6");
      await set("status = 'RUNNING'");
      for (const change of [...changes, "post_training = 'DPO'", ...references]) {
        await expect(set(change), change).rejects.toMatchObject({ constraint: "experiments_frozen" });
      }
      await set("name = 'renamed', description = 'why', status = 'COMPLETED'");
      expect(await dataSource.query("select k, name from experiments")).toEqual([{ k: 6, name: "renamed" }]);
    } finally {
      await database.drop();
    }
  });

  it("three servers that start at once apply each migration once", async () => {
    const database = await createEmptyDatabase();
    const product = await productSchema();
    const servers = await Promise.all(
      [1, 2, 3].map(() => createDataSource({ url: database.url, ...product, poolSize: 2 }).initialize()),
    );
    try {
      const applied = await Promise.all(servers.map((server) => migrate(server)));
      expect(applied.flat()).toHaveLength(Object.values(product.migrations).length);
      expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
    } finally {
      await Promise.all(servers.map((server) => server.destroy()));
      await database.drop();
    }
  });
});
