import { seedExperiment, seedSeries } from "../support/seeds.ts";
import type { Benchmark } from "./benchmark.ts";
import { inTurns, medianMs } from "./in-turns.ts";
import { graphqlBody, laboratory } from "./laboratory.ts";

const SERIES = 10;
const POINTS = 10_000;
const BUCKETS = 200;
const TIMES = 15;
const ROUNDS = 5;

const HISTORY = `query ($id: ID!) { experiment(id: $id) { metrics(first: ${SERIES}) {
  nodes { id name buckets(count: ${BUCKETS}) { fromStep toStep min max mean count } } } } }`;
/** $1 experiment. The same buckets, for one who knows that the steps are 0 to ${POINTS - 1}. */
const HISTORY_SQL = `
select s.id, s.name, min(p.step), max(p.step), min(p.value), max(p.value), avg(p.value), count(*)
from metric_series s join metric_points p on p.series_id = s.id
where s.subject_id = $1 group by s.id, s.name, p.step / ${POINTS / BUCKETS} order by s.name, 3`;

/** Ten series of 10,000 points as a chart draws them, through GraphQL over one SQL statement. */
export const history: Benchmark = {
  name: "history",
  async run() {
    const lab = await laboratory();
    const { experimentId } = await seedExperiment(lab.sql, 1, 2);
    for (let i = 0; i < SERIES; i++)
      await seedSeries(lab.sql, {
        subject: "EXPERIMENT",
        subjectId: experimentId,
        name: `metric ${i}`,
        points: POINTS,
      });
    await lab.sql("vacuum analyze metric_series, metric_points");
    const body = graphqlBody(HISTORY, { id: experimentId });
    const { experiment } = await lab.ask(body);
    const buckets = experiment.metrics.nodes.flatMap((one: { buckets: { count: number }[] }) => one.buckets);
    const counted = buckets.reduce((sum: number, bucket: { count: number }) => sum + bucket.count, 0);
    if (buckets.length !== SERIES * BUCKETS || counted !== SERIES * POINTS)
      throw new Error(`${buckets.length} buckets hold ${counted} points.`);
    const middle = await inTurns(ROUNDS, {
      ours: () => medianMs(TIMES, () => lab.ask(body)),
      reference: () => medianMs(TIMES, () => lab.pool.query(HISTORY_SQL, [experimentId])),
    });
    return {
      name: "history",
      ratio: middle.ours / middle.reference,
      ...middle,
      unit: "ms",
      how: `${SERIES} series of ${POINTS} points as ${BUCKETS} buckets each (range, minimum, maximum, mean, count; no point left out) through GraphQL over one grouped SQL statement; in turns, median of ${ROUNDS} medians of ${TIMES}`,
    };
  },
};
