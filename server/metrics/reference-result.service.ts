import type { DataSource } from "typeorm";
import { z } from "zod";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { inTransaction } from "../database/transaction.ts";
import { keysetPage, type Page, type PageArgs, selectOf } from "../graphql/connection.ts";
import { ReferenceResult } from "./metric.entity.ts";

declare module "../graphql/context.ts" {
  interface Services {
    referenceResults: ReferenceResultService;
  }
}

const text = z.string().trim().min(1, "must not be empty").max(300);
const batch = z.object({
  source: text,
  results: z
    .array(z.object({ table: text, row: text, column: text, value: z.number("must be a finite number") }))
    .min(1, "must hold at least one result")
    .max(5000, "must hold at most 5000 results"),
});

export class ReferenceResultService {
  constructor(private readonly db: DataSource) {}

  /** Records published numbers, once and for all. @returns how many were new. @throws UserError BAD_INPUT, CONFLICT */
  async import(input: unknown): Promise<number> {
    const { source, results } = parseInput(batch, input);
    const columns = [
      results.map((r) => r.table),
      results.map((r) => r.row),
      results.map((r) => r.column),
      results.map((r) => r.value),
    ];
    return inTransaction(this.db, async (tx) => {
      const inserted: unknown[] = await tx.query(
        `insert into reference_results (source, "table", "row", "column", value)
         select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::float8[]) order by 2, 3, 4
         on conflict (source, "table", "row", "column") do nothing returning 1`,
        [source, ...columns],
      );
      if (inserted.length === results.length) return inserted.length;
      const [other]: { place: number; value: number }[] = await tx.query(
        `select i.place::int as place, r.value from unnest($2::text[], $3::text[], $4::text[], $5::float8[]) with ordinality as i(t, r, c, value, place)
         join reference_results r on r.source = $1 and r."table" = i.t and r."row" = i.r and r."column" = i.c
         where r.value <> i.value order by i.place limit 1`,
        [source, ...columns],
      );
      if (other)
        throw new UserError(
          "CONFLICT",
          `This result is recorded as ${other.value}; published numbers never change here.`,
          `results[${other.place - 1}].value`,
        );
      return inserted.length;
    });
  }

  list(args: PageArgs & { table?: string | null }): Promise<Page<ReferenceResult>> {
    const ordering = {
      name: "referenceResults",
      columns: [
        { sql: 'r."table"', type: "text" },
        { sql: "r.id", type: "uuid" },
      ],
    };
    const where = args.table ? ['r."table" = $1'] : [];
    const params = args.table ? [args.table] : [];
    const select = selectOf(this.db.manager, ReferenceResult, "r");
    return keysetPage(this.db.manager, { select, from: "reference_results r", where, params, ordering }, args);
  }
}
