import { createHash } from "node:crypto";
import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { MetricDirection, MetricSubject } from "../../shared/enums.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import type { Announcements } from "../database/notifications.ts";
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

interface SeriesKey {
  provenanceKey: string;
  key: string;
}

function seriesKey({ subjectId, name, provenance }: Point): SeriesKey {
  const provenanceKey = createHash("sha256").update(canonical(provenance)).digest("hex");
  return { provenanceKey, key: `${subjectId}\n${name}\n${provenanceKey}` };
}

interface KnownSeries {
  id: string;
  direction: MetricDirection;
}

export class MetricService {
  /** Committed series by key: they never change and are never renamed, so they can be remembered. */
  private readonly known = new Map<string, KnownSeries>();
  constructor(
    private readonly db: DataSource,
    private readonly announcements: Announcements,
  ) {}

  /**
   * Stores up to 5,000 points and the series they need, or nothing; a point that is there already with the same value is
   * left alone.
   * @returns how many were new. @throws UserError BAD_INPUT, NOT_FOUND, CONFLICT (same series and step, other value)
   */
  async log(input: unknown): Promise<number> {
    const { points } = parseInput(batch, input);
    const keys = points.map(seriesKey);
    const column = <T>(pick: (p: Point) => T) => points.map(pick);
    const [steps, values] = [column((p) => p.step), column((p) => p.value)];
    const { inserted, found } = await inTransaction(this.db, async (tx) => {
      const found = await this.seriesOf(tx, points, keys);
      const series = keys.map(({ key }) => found.get(key)?.id);
      const rows: unknown[] = await tx.query(INSERT_POINTS, [
        series,
        steps,
        values,
        column((p) => p.n ?? null),
        column((p) => p.low ?? null),
        column((p) => p.high ?? null),
      ]);
      if (rows.length < points.length) {
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
      return { inserted: rows.length, found };
    });
    if (this.known.size + found.size > KNOWN_SERIES) this.known.clear();
    for (const [key, series] of found) this.known.set(key, series);
    if (inserted > 0)
      this.announcements.announce(
        points.map((p, i) => ({
          topic: "metrics",
          id: found.get(keys[i]?.key ?? "")?.id ?? "",
          parentId: p.subjectId,
        })),
      );
    return inserted;
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

  /** The series of all points, those that are new added in key order, so that writers never deadlock. */
  private async seriesOf(tx: EntityManager, points: Point[], keys: SeriesKey[]): Promise<Map<string, KnownSeries>> {
    const found = new Map<string, KnownSeries>();
    const firstPlace = new Map<string, number>();
    for (const [place, { key }] of keys.entries()) {
      const known = this.known.get(key);
      if (known) found.set(key, known);
      else if (!firstPlace.has(key)) firstPlace.set(key, place);
    }
    for (const [key, place] of [...firstPlace].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const [point, provenanceKey] = [points[place], keys[place]?.provenanceKey];
      if (point && provenanceKey) found.set(key, await this.findOrAddSeries(tx, point, provenanceKey, place));
    }
    for (const [place, point] of points.entries()) {
      const series = found.get(keys[place]?.key ?? "");
      if (series && series.direction !== point.direction)
        throw new UserError(
          "CONFLICT",
          `${point.name} is recorded as ${series.direction} is better.`,
          `points[${place}].direction`,
        );
    }
    return found;
  }

  private async findOrAddSeries(
    tx: EntityManager,
    p: Point,
    provenanceKey: string,
    place: number,
  ): Promise<KnownSeries> {
    const [subject] = await tx.query(`select 1 from ${TABLE_OF[p.subject]} where id = $1`, [p.subjectId]);
    if (!subject) throw new UserError("NOT_FOUND", `No ${p.subject} ${p.subjectId}.`, `points[${place}].subjectId`);
    await tx.query(INSERT_SERIES, [
      p.subject,
      p.subjectId,
      p.name,
      p.direction,
      JSON.stringify(p.provenance),
      provenanceKey,
    ]);
    return tx.getRepository(MetricSeries).findOneByOrFail({ subjectId: p.subjectId, name: p.name, provenanceKey });
  }
}
