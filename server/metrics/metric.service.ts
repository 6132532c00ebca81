import { createHash } from "node:crypto";
import type { DataSource } from "typeorm";
import { z } from "zod";
import { MetricDirection, MetricSubject } from "../../shared/enums.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { inTransaction } from "../database/transaction.ts";
import { keysetPage, type Page, type PageArgs, selectOf } from "../graphql/connection.ts";
import { MetricPoint, MetricSeries } from "./metric.entity.ts";
import { FIRST_DIFFERENT_POINT, INSERT_POINTS, INSERT_SERIES } from "./metric.sql.ts";

declare module "../graphql/context.ts" {
  interface Services {
    metrics: MetricService;
  }
}

const TABLE_OF: Record<MetricSubject, string> = {
  [MetricSubject.EXPERIMENT]: "experiments",
  [MetricSubject.ROUND]: "rounds",
  [MetricSubject.POLICY]: "policies",
  [MetricSubject.REWARD_MODEL]: "reward_models",
};
const KNOWN_SERIES = 20_000;

const batch = z.object({
  points: z
    .array(
      z
        .object({
          subject: z.enum(MetricSubject),
          subjectId: z.uuid("must be the subject's id"),
          name: z.string().trim().min(1, "must not be empty").max(200),
          direction: z.enum(MetricDirection),
          provenance: z.record(z.string(), z.unknown()).default({}),
          step: z.number().int().min(0).max(2_147_483_647).default(0),
          value: z.number("must be a finite number"),
          n: z.number().int().min(1).nullish(),
          low: z.number().nullish(),
          high: z.number().nullish(),
        })
        .refine((p) => p.low == null || p.high == null || p.low <= p.high, {
          path: ["low"],
          message: "must not be above high",
        }),
    )
    .min(1, "must hold at least one point")
    .max(5000, "must hold at most 5000 points"),
});
type Point = z.output<typeof batch>["points"][number];

/** JSON with sorted keys, so that equal provenances have equal text. */
function canonical(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, v]) => `${JSON.stringify(key)}:${canonical(v)}`).join(",")}}`;
}

export class MetricService {
  /** Series never change and are never renamed, so their ids can be remembered. */
  private readonly seriesIds = new Map<string, string>();
  constructor(private readonly db: DataSource) {}

  /**
   * Stores up to 5,000 points; a point that is there already with the same value is left alone.
   * @returns how many were new. @throws UserError BAD_INPUT, NOT_FOUND, CONFLICT (same series and step, other value)
   */
  async log(input: unknown): Promise<number> {
    const { points } = parseInput(batch, input);
    const series = await this.seriesOf(points);
    const column = <T>(pick: (p: Point) => T) => points.map(pick);
    const [steps, values] = [column((p) => p.step), column((p) => p.value)];
    return inTransaction(this.db, async (tx) => {
      const inserted: unknown[] = await tx.query(INSERT_POINTS, [
        series,
        steps,
        values,
        column((p) => p.n ?? null),
        column((p) => p.low ?? null),
        column((p) => p.high ?? null),
      ]);
      if (inserted.length < points.length) {
        const [other]: { place: number; stored: number }[] = await tx.query(FIRST_DIFFERENT_POINT, [
          series,
          steps,
          values,
        ]);
        const point = other && points[other.place - 1];
        if (point)
          throw new UserError(
            "CONFLICT",
            `${point.name} at step ${point.step} is ${other.stored} already; recorded values never change.`,
            `points[${other.place - 1}].value`,
          );
      }
      return inserted.length;
    });
  }

  /** All series of a subject, by name. */
  async seriesOfSubject(subjectId: string, args: PageArgs & { name?: string | null }): Promise<Page<MetricSeries>> {
    const params: unknown[] = [subjectId];
    const where = ["m.subject_id = $1"];
    if (args.name) where.push(`m.name = $${params.push(args.name)}`);
    const ordering = {
      name: "series",
      columns: [
        { sql: "m.name", type: "text" },
        { sql: "m.id", type: "uuid" },
      ],
    };
    const select = selectOf(this.db.manager, MetricSeries, "m");
    return keysetPage(this.db.manager, { select, from: "metric_series m", where, params, ordering }, args);
  }

  points(seriesId: string, args: PageArgs): Promise<Page<MetricPoint>> {
    const ordering = { name: "points", columns: [{ sql: "p.step", type: "int" }] };
    const select = selectOf(this.db.manager, MetricPoint, "p");
    return keysetPage(
      this.db.manager,
      { select, from: "metric_points p", where: ["p.series_id = $1"], params: [seriesId], ordering },
      args,
    );
  }

  private async seriesOf(points: Point[]): Promise<string[]> {
    const keys = points.map((p) => {
      const provenanceKey = createHash("sha256").update(canonical(p.provenance)).digest("hex");
      return { provenanceKey, key: `${p.subjectId}\n${p.name}\n${provenanceKey}` };
    });
    for (const [i, { key, provenanceKey }] of keys.entries()) {
      const p = points[i];
      if (!p || this.seriesIds.has(key)) continue;
      const id = await this.findOrAddSeries(p, provenanceKey, i);
      if (this.seriesIds.size >= KNOWN_SERIES) this.seriesIds.clear();
      this.seriesIds.set(key, id);
    }
    return keys.map(({ key }) => this.seriesIds.get(key) ?? "");
  }

  private async findOrAddSeries(p: Point, provenanceKey: string, place: number): Promise<string> {
    const [subject] = await this.db.query(`select 1 from ${TABLE_OF[p.subject]} where id = $1`, [p.subjectId]);
    if (!subject) throw new UserError("NOT_FOUND", `No ${p.subject} ${p.subjectId}.`, `points[${place}].subjectId`);
    await this.db.query(INSERT_SERIES, [
      p.subject,
      p.subjectId,
      p.name,
      p.direction,
      JSON.stringify(p.provenance),
      provenanceKey,
    ]);
    const series = await this.db
      .getRepository(MetricSeries)
      .findOneByOrFail({ subjectId: p.subjectId, name: p.name, provenanceKey });
    if (series.direction !== p.direction)
      throw new UserError(
        "CONFLICT",
        `${p.name} is recorded as ${series.direction} is better.`,
        `points[${place}].direction`,
      );
    return series.id;
  }
}
