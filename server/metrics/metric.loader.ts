import { pagesByParent } from "../graphql/child-pages.ts";
import { type PageArgs, selectOf } from "../graphql/connection.ts";
import { entityById, type LoaderDefinition } from "../graphql/loader.ts";
import { MetricPoint, MetricSeries } from "./metric.entity.ts";
import { BUCKETS } from "./metric.sql.ts";

export const metricSeriesById = entityById(MetricSeries);

/**
 * All series of a subject or those of one name, by name; a reward model's rank slices, which have its id, are not its own.
 * Index metric_series_subject_id_name_provenance_key_subject_key.
 */
export const seriesBySubject = pagesByParent<MetricSeries, PageArgs & { name?: string | null }>(
  "seriesBySubject",
  (db, { name }) => ({
    select: selectOf(db, MetricSeries, "m"),
    from: "metric_series m",
    parent: "m.subject_id",
    where: ["m.subject <> 'RANK_SLICE'", ...(name == null ? [] : ["m.name = $2"])],
    params: name == null ? [] : [name],
    ordering: {
      name: "series",
      columns: [
        { sql: "m.name", type: "text" },
        { sql: "m.id", type: "uuid" },
      ],
    },
  }),
);

/** By step. Primary key of metric_points. */
export const pointsBySeries = pagesByParent<MetricPoint>("pointsBySeries", (db) => ({
  select: selectOf(db, MetricPoint, "p"),
  from: "metric_points p",
  parent: "p.series_id",
  ordering: { name: "points", columns: [{ sql: "p.step", type: "int" }] },
}));

/** The point with the largest step; null for an empty series. Primary key of metric_points, one index probe a series. */
export const latestPointBySeries: LoaderDefinition<string, MetricPoint | null> = {
  name: "latestPointBySeries",
  async loadMany(db, ids) {
    const rows: MetricPoint[] = await db.query(
      `select s.id as "seriesId", p.step, p.value, p.n, p.low, p.high, p.bias from unnest($1::uuid[]) as s(id)
       cross join lateral (select * from metric_points where series_id = s.id order by step desc limit 1) p`,
      [ids],
    );
    const bySeries = new Map(rows.map((row) => [row.seriesId, row]));
    return ids.map((id) => bySeries.get(id) ?? null);
  },
};

/** What a chart of limited width draws of a stretch of a series. */
export interface BucketRow {
  seriesId: string;
  fromStep: number;
  toStep: number;
  min: number;
  max: number;
  mean: number;
  count: number;
}

/** Key `<seriesId>:<buckets>:<from>:<to>` (from and to may be empty); an empty series gives []. One statement per window. */
export const bucketsBySeries: LoaderDefinition<string, BucketRow[]> = {
  name: "bucketsBySeries",
  async loadMany(db, keys) {
    const windows = new Map<string, string[]>();
    for (const key of keys) windows.set(key.slice(37), [...(windows.get(key.slice(37)) ?? []), key.slice(0, 36)]);
    const found = new Map<string, BucketRow[]>(keys.map((key) => [key, []]));
    for (const [window, ids] of windows) {
      const [buckets, from, to] = window.split(":");
      const rows: BucketRow[] = await db.query(BUCKETS, [ids, from || null, to || null, Number(buckets)]);
      for (const row of rows) found.get(`${row.seriesId}:${window}`)?.push(row);
    }
    return keys.map((key) => found.get(key) ?? []);
  },
};
