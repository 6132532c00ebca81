import type { EntityManager } from "typeorm";
import type { MetricDirection, MetricSubject } from "../../shared/enums.ts";
import { csvLine, numberCell, quoted, textCell } from "../../shared/format/csv.ts";
import { pagesOf } from "./pages.ts";

/**
 * Whose metrics: an experiment's with those of its rounds and of their models, policies and ablations; a round's likewise; a
 * model's.
 */
export interface MetricScope {
  experimentId?: string;
  roundId?: string;
  rewardModelId?: string;
}

interface Series {
  id: string;
  subject: MetricSubject;
  subjectId: string;
  subjectName: string;
  name: string;
  direction: MetricDirection;
  provenance: Record<string, unknown>;
}

interface Point {
  seriesId: string;
  step: number;
  value: number;
  low: number | null;
  high: number | null;
  bias: number | null;
  n: number | null;
}

const SERIES_PAGE = 1000;
const POINTS_PAGE = 5000;
const NOTHING = "00000000-0000-0000-0000-000000000000";
const HEADER = [
  "subject",
  "subject_id",
  "subject_name",
  "name",
  "direction",
  "step",
  "value",
  "low",
  "high",
  "bias",
  "n",
  "provenance",
];

/**
 * $1 experiment, $2 round, $3 reward model (each null or given), $4 series before, $5 rows. In order of creation. A subject's
 * id is enough to find its series, whatever they are about of it. Unique index of metric_series that begins with subject_id.
 */
const SERIES = `
with r as (select * from rounds where experiment_id = $1::uuid or id = $2::uuid),
m as (select * from reward_models where round_id in (select id from r) or id = $3::uuid),
subjects (id, name) as (
  select id, name from experiments where id = $1::uuid
  union all select id, 'Round ' || index from r
  union all select id, name from m
  union all select c.id, a.name || ': ' || c.settings from ablations a join ablation_cells c on c.ablation_id = a.id
    where a.round_id in (select id from r)
  union all select id, name from policies
    where id in (select policy_in_id from r union select base_policy_id from experiments where id = $1::uuid))
select s.id, s.subject, s.subject_id as "subjectId", o.name as "subjectName", s.name, s.direction, s.provenance
from subjects o join metric_series s on s.subject_id = o.id
where s.id > $4::uuid order by s.id limit $5`;

/**
 * $1 series in order of id, $2, $3 series and step of the point before, $4 rows. Primary key of metric_points, which since
 * Postgres 17 is walked in order for a list of series, so that a page costs what it holds.
 */
const POINTS = `
select series_id as "seriesId", step, value, low, high, bias, n from metric_points
where series_id = any($1::uuid[]) and (series_id, step) > ($2::uuid, $3::int)
order by series_id, step limit $4`;

function pointsOf(db: EntityManager, series: Series[]): AsyncGenerator<Point[]> {
  const ids = series.map(({ id }) => id);
  return pagesOf<Point>((after) => {
    const from = after ? ids.indexOf(after.seriesId) : 0;
    return db.query(POINTS, [ids.slice(from), after?.seriesId ?? NOTHING, after?.step ?? 0, POINTS_PAGE]);
  }, POINTS_PAGE);
}

/** Every point of every series of the scope, a line each, by series in order of their creation, then by step. */
export async function* metricsCsv(db: EntityManager, scope: MetricScope): AsyncGenerator<Uint8Array> {
  const subjects = [scope.experimentId, scope.roundId, scope.rewardModelId].map((id) => id ?? null);
  const pages = pagesOf<Series>(
    (after) => db.query(SERIES, [...subjects, after?.id ?? NOTHING, SERIES_PAGE]),
    SERIES_PAGE,
  );
  yield Buffer.from(csvLine(HEADER));
  for await (const page of pages) {
    const byId = new Map(page.map((series) => [series.id, cellsOf(series)]));
    for await (const points of pointsOf(db, page)) {
      const lines = points.map(({ seriesId, step, value, low, high, bias, n }) => {
        const { before, after } = byId.get(seriesId) ?? { before: [], after: "" };
        return csvLine([...before, ...[step, value, low, high, bias, n].map(numberCell), after]);
      });
      yield Buffer.from(lines.join(""));
    }
  }
}

/** The cells of a series, which stand before and after those of a point. */
function cellsOf({ subject, subjectId, subjectName, name, direction, provenance }: Series) {
  const before = [subject, subjectId, textCell(subjectName), textCell(name), direction];
  return { before, after: quoted(JSON.stringify(provenance)) };
}
