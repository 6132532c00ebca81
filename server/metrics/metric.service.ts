import { createHash } from "node:crypto";
import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { MetricDirection, MetricSubject } from "../../shared/enums.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { GroupCommit, PartlyThere } from "../database/group-commit.ts";
import type { Announcements } from "../database/notifications.ts";
import { inTransaction } from "../database/transaction.ts";
import { FIND_SERIES, FIRST_DIFFERENT_POINT, INSERT_POINTS, INSERT_SERIES } from "./metric.sql.ts";

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
  [MetricSubject.ABLATION_CELL]: "ablation_cells",
};
const MAX_POINTS = 5000;
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
    .max(MAX_POINTS, `must hold at most ${MAX_POINTS} points`),
});

/** A point with the key of its series. */
type Point = z.output<typeof batch>["points"][number] & { provenanceKey: string; seriesKey: string };

interface Series {
  id: string;
  direction: MetricDirection;
  subjectId: string;
  name: string;
  provenanceKey: string;
}

/** JSON with sorted keys, so that equal provenances have equal text. */
function canonical(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, v]) => `${JSON.stringify(key)}:${canonical(v)}`).join(",")}}`;
}

const seriesKeyOf = (s: Pick<Series, "subjectId" | "name" | "provenanceKey">): string =>
  `${s.subjectId}\n${s.name}\n${s.provenanceKey}`;

function withKeys(point: z.output<typeof batch>["points"][number]): Point {
  const provenanceKey = createHash("sha256").update(canonical(point.provenance)).digest("hex");
  const subjectId = point.subjectId.toLowerCase();
  return { ...point, subjectId, provenanceKey, seriesKey: seriesKeyOf({ ...point, subjectId, provenanceKey }) };
}

export class MetricService {
  /** Committed series. They never change and are never renamed, so they can be remembered. */
  private readonly known = new Map<string, Series>();
  /** Requests that arrive together are stored together, whatever they are about. */
  private readonly writers: GroupCommit<Point[], number>;

  constructor(
    private readonly db: DataSource,
    private readonly announcements: Announcements,
  ) {
    this.writers = new GroupCommit({
      maxRows: MAX_POINTS,
      rowsOf: (points) => points.length,
      write: (requests) => this.write(requests),
    });
  }

  /**
   * Stores up to 5,000 points; a point that is there already and equal is left alone.
   * @returns how many were new. @throws UserError BAD_INPUT, NOT_FOUND, CONFLICT (same series and step, other content)
   */
  async log(input: unknown): Promise<number> {
    return this.writers.submit("points", parseInput(batch, input).points.map(withKeys));
  }

  /** As `log`, in the transaction of a caller whose points must stand or fall with something else. Nothing is announced. */
  async logWithin(tx: EntityManager, input: unknown): Promise<void> {
    await this.store(tx, parseInput(batch, input).points.map(withKeys), false);
  }

  /** Series and points of all requests, by one statement each and one commit: no series stays without its points. */
  private async write(requests: Point[][]): Promise<number[]> {
    const points = requests.flat();
    const { series, inserted } = await inTransaction(this.db, (tx) => this.store(tx, points, requests.length > 1));
    if (this.known.size + series.size > KNOWN_SERIES) this.known.clear();
    for (const [key, one] of series) this.known.set(key, one);
    if (inserted > 0)
      this.announcements.announce(
        [...series.values()].map(({ id, subjectId }) => ({ topic: "metrics", id, parentId: subjectId })),
      );
    return requests.length > 1 ? requests.map((request) => request.length) : [inserted];
  }

  private async store(tx: EntityManager, points: Point[], ofSeveral: boolean) {
    const series = await this.seriesOf(tx, points);
    const column = <T>(pick: (point: Point) => T) => points.map(pick);
    const columns = [
      column((p) => series.get(p.seriesKey)?.id),
      column((p) => p.step),
      column((p) => p.value),
      column((p) => p.n ?? null),
      column((p) => p.low ?? null),
      column((p) => p.high ?? null),
    ];
    const [{ inserted }]: [{ inserted: number }] = await tx.query(INSERT_POINTS, columns);
    if (inserted < points.length) {
      if (ofSeveral) throw new PartlyThere();
      const [other]: DifferentPoint[] = await tx.query(FIRST_DIFFERENT_POINT, columns);
      if (other) throw conflict(other, points);
    }
    return { series, inserted };
  }

  /** The series of the points by key; those that are new are added. @throws UserError NOT_FOUND, CONFLICT (direction) */
  private async seriesOf(tx: EntityManager, points: Point[]): Promise<Map<string, Series>> {
    const series = new Map<string, Series>();
    const added = new Map<string, Point>();
    for (const point of points) {
      const known = this.known.get(point.seriesKey);
      if (known) series.set(point.seriesKey, known);
      else if (!added.has(point.seriesKey)) added.set(point.seriesKey, point);
    }
    if (added.size > 0)
      for (const one of await this.addSeries(tx, points, [...added.values()])) series.set(seriesKeyOf(one), one);
    const contrary = points.findIndex((p) => p.direction !== series.get(p.seriesKey)?.direction);
    if (contrary >= 0)
      throw new UserError(
        "CONFLICT",
        `${points[contrary]?.name} is recorded as ${series.get(points[contrary]?.seriesKey ?? "")?.direction} is better.`,
        `points[${contrary}].direction`,
      );
    return series;
  }

  private async addSeries(tx: EntityManager, points: Point[], added: Point[]): Promise<Series[]> {
    await this.subjectsMustExist(tx, points, added);
    const column = <T>(pick: (point: Point) => T) => added.map(pick);
    const [subjectIds, names, keys] = [
      column((p) => p.subjectId),
      column((p) => p.name),
      column((p) => p.provenanceKey),
    ];
    await tx.query(INSERT_SERIES, [
      column((p) => p.subject),
      subjectIds,
      names,
      column((p) => p.direction),
      column((p) => JSON.stringify(p.provenance)),
      keys,
    ]);
    return tx.query(FIND_SERIES, [subjectIds, names, keys]);
  }

  private async subjectsMustExist(tx: EntityManager, points: Point[], added: Point[]): Promise<void> {
    for (const [subject, table] of Object.entries(TABLE_OF)) {
      const ids = new Set(added.filter((p) => p.subject === subject).map((p) => p.subjectId));
      if (ids.size === 0) continue;
      const present: { id: string }[] = await tx.query(`select id from ${table} where id = any($1)`, [[...ids]]);
      for (const { id } of present) ids.delete(id);
      const absent = points.findIndex((p) => p.subject === subject && ids.has(p.subjectId));
      if (absent >= 0)
        throw new UserError("NOT_FOUND", `No ${subject} ${points[absent]?.subjectId}.`, `points[${absent}].subjectId`);
    }
  }
}

/** What FIRST_DIFFERENT_POINT says. */
interface DifferentPoint {
  place: number;
  field: "value" | "n" | "low" | "high";
  stored: number | null;
}

function conflict({ place, field, stored }: DifferentPoint, points: Point[]): UserError {
  const point = points[place - 1];
  return new UserError(
    "CONFLICT",
    `${point?.name} at step ${point?.step} is recorded with ${field} ${stored ?? "none"}; recorded points never change.`,
    `points[${place - 1}].${field}`,
  );
}
