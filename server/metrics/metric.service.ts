import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { MetricDirection, MetricSubject, RoundAspect } from "../../shared/enums.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { GroupCommit, PartlyThere } from "../database/group-commit.ts";
import type { Announcements } from "../database/notifications.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Change } from "../graphql/changes.ts";
import { roundChange } from "../rounds/round.entity.ts";
import { FIRST_DIFFERENT_POINT, INSERT_POINTS } from "./metric.sql.ts";
import { addSeries, provenanceKeyOf, type Series, seriesKeyOf } from "./series.ts";

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
  [MetricSubject.RANK_SLICE]: "reward_models",
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
          bias: z.number().nullish(),
        })
        .refine((p) => p.low == null || p.high == null || p.low <= p.high, {
          path: ["low"],
          message: "must not be above high",
        })
        .refine((p) => p.subject !== MetricSubject.RANK_SLICE || p.step > 0, {
          path: ["step"],
          message: "must be a rank, from 1",
        }),
    )
    .min(1, "must hold at least one point")
    .max(MAX_POINTS, `must hold at most ${MAX_POINTS} points`),
});

/** A series, and the experiment whose round it measures; null: it is about something else. */
type KnownSeries = Series & { experimentId: string | null };

/** A point with the key of its series. */
type Point = z.output<typeof batch>["points"][number] & { provenanceKey: string; seriesKey: string };

function withKeys(point: z.output<typeof batch>["points"][number]): Point {
  const provenanceKey = provenanceKeyOf(point.provenance);
  const subjectId = point.subjectId.toLowerCase();
  return { ...point, subjectId, provenanceKey, seriesKey: seriesKeyOf({ ...point, subjectId, provenanceKey }) };
}

export class MetricService {
  /** Committed series. They never change and are never renamed, so they can be remembered. */
  private readonly known = new Map<string, KnownSeries>();
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
    if (inserted > 0) this.announcements.announce([...series.values()].flatMap(changesOf));
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
      column((p) => p.bias ?? null),
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
  private async seriesOf(tx: EntityManager, points: Point[]): Promise<Map<string, KnownSeries>> {
    const series = new Map<string, KnownSeries>();
    const added = new Map<string, Point>();
    for (const point of points) {
      const known = this.known.get(point.seriesKey);
      if (known) series.set(point.seriesKey, known);
      else if (!added.has(point.seriesKey)) added.set(point.seriesKey, point);
    }
    if (added.size > 0) {
      const wanted = [...added.values()];
      const experimentOf = await this.subjectsMustExist(tx, points, wanted);
      for (const one of await addSeries(tx, wanted))
        series.set(seriesKeyOf(one), { ...one, experimentId: experimentOf.get(one.subjectId) ?? null });
    }
    const contrary = points.findIndex((p) => p.direction !== series.get(p.seriesKey)?.direction);
    if (contrary >= 0)
      throw new UserError(
        "CONFLICT",
        `${points[contrary]?.name} is recorded as ${series.get(points[contrary]?.seriesKey ?? "")?.direction} is better.`,
        `points[${contrary}].direction`,
      );
    return series;
  }

  /** @returns the experiments of those that are rounds @throws UserError NOT_FOUND */
  private async subjectsMustExist(tx: EntityManager, points: Point[], added: Point[]): Promise<Map<string, string>> {
    const experimentOf = new Map<string, string>();
    for (const [subject, table] of Object.entries(TABLE_OF)) {
      const ids = new Set(added.filter((p) => p.subject === subject).map((p) => p.subjectId));
      if (ids.size === 0) continue;
      const experiment = subject === MetricSubject.ROUND ? "experiment_id" : "null";
      const present: { id: string; experimentId: string | null }[] = await tx.query(
        `select id, ${experiment} as "experimentId" from ${table} where id = any($1)`,
        [[...ids]],
      );
      for (const { id, experimentId } of present) {
        ids.delete(id);
        if (experimentId) experimentOf.set(id, experimentId);
      }
      const absent = points.findIndex((p) => p.subject === subject && ids.has(p.subjectId));
      if (absent >= 0)
        throw new UserError("NOT_FOUND", `No ${subject} ${points[absent]?.subjectId}.`, `points[${absent}].subjectId`);
    }
    return experimentOf;
  }
}

/** Whom new points of a series concern: those who watch the series' subject, and those who watch the round that it measures. */
function changesOf({ id, subjectId, experimentId }: KnownSeries): Change[] {
  const ofSeries = { topic: "metrics", id, parentId: subjectId };
  return experimentId ? [ofSeries, roundChange(subjectId, experimentId, RoundAspect.METRICS)] : [ofSeries];
}

/** What FIRST_DIFFERENT_POINT says. */
interface DifferentPoint {
  place: number;
  field: "value" | "n" | "low" | "high" | "bias";
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
