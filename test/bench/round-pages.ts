import { print } from "graphql";
import { PROMPT_ROWS } from "../../web/features/rounds/RoundPage.graphql.ts";
import { type Sql, seedExperiment, seedRewardModel, seedRound, seedScoredSamples } from "../support/seeds.ts";
import type { Benchmark } from "./benchmark.ts";
import { inTurns, medianMs } from "./in-turns.ts";
import { graphqlBody, type Laboratory, laboratory } from "./laboratory.ts";

const K = 10;
/** Prompts a page of the dashboard shows. */
const PAGE = 25;
const TIMES = 40;
const ROUNDS = 5;
/**
 * Calls of both sides before any is timed: a server that serves is warm, its code compiled and its statements planned. Most of what serves a
 * page runs once a request, and V8 compiles it well only after some hundreds of calls: the server's time a page still falls until about 1,000.
 */
const WARM_UP = 1500;
const QUERY = print(PROMPT_ROWS);

/**
 * $1 round, $2 reward model, $3 last position of the page before. All that the page shows, in one statement. (The prompt set
 * by a subselect: joined, it makes Postgres sort all prompts of the round.)
 */
const PAGE_SQL = `
select p.id as prompt_id, p.position, p.text, p.tags, s.id, s.k, s.seed, s.label, s.artifact_sha256, a.frames, sc.score, sc.logit, sc.rank
from (
  select * from prompts
  where prompt_set_id = (select e.prompt_set_id from rounds r join experiments e on e.id = r.experiment_id where r.id = $1)
    and position > $3 order by position limit ${PAGE + 1}) p
join samples s on s.round_id = $1 and s.prompt_id = p.id
join artifacts a on a.sha256 = s.artifact_sha256
left join sample_scores sc on sc.reward_model_id = $2 and sc.sample_id = s.id
order by p.position, s.k`;

interface SeededRound {
  readonly roundId: string;
  readonly modelId: string;
}

/** By number of samples: the first page and page 300 are pages of the same round. */
const seeded = new Map<number, Promise<SeededRound>>();

function scoredRound(sql: Sql, samples: number): Promise<SeededRound> {
  const round = seeded.get(samples) ?? seedScoredRound(sql, samples / K);
  seeded.set(samples, round);
  return round;
}

/** A page of a round of that many samples, as the dashboard asks for it, over one SQL statement. */
function roundPage(name: string, samples: number, page: number): Benchmark {
  return {
    name,
    async run() {
      const lab = await laboratory();
      const { roundId, modelId } = await scoredRound(lab.sql, samples);
      const before = (page - 1) * PAGE - 1;
      const after = await cursorAt(lab, roundId, before + 1);
      const body = graphqlBody(QUERY, { id: roundId, model: modelId, first: PAGE, after });
      await checkPage(lab, body, before + 1);
      const ours = (times: number) => medianMs(times, () => lab.ask(body));
      const reference = (times: number) => medianMs(times, () => lab.pool.query(PAGE_SQL, [roundId, modelId, before]));
      await ours(WARM_UP);
      await reference(WARM_UP);
      const middle = await inTurns(ROUNDS, { ours: () => ours(TIMES), reference: () => reference(TIMES) });
      return {
        name,
        ratio: middle.ours / middle.reference,
        ...middle,
        unit: "ms",
        how: `page ${page} of a scored round of ${samples} samples, ${PAGE} prompts x ${K} as the dashboard asks for it, over one SQL statement with all it shows; after ${WARM_UP} calls of each to warm up, in turns, median of ${ROUNDS} medians of ${TIMES}`,
      };
    },
  };
}

export const roundPages: Benchmark[] = [
  roundPage("first_page", 100_000, 1),
  roundPage("page_300", 100_000, 300),
  roundPage("first_page_1m", 1_000_000, 1),
  roundPage("page_300_1m", 1_000_000, 300),
];

async function seedScoredRound(sql: Sql, prompts: number): Promise<SeededRound> {
  const experiment = await seedExperiment(sql, prompts, K);
  const roundId = await seedRound(sql, experiment);
  const modelId = await seedRewardModel(sql, roundId, 1);
  await seedScoredSamples(sql, experiment, { roundId, modelId });
  return { roundId, modelId };
}

/** The cursor of row number `rows` of the round's prompts; null for 0. */
async function cursorAt(lab: Laboratory, roundId: string, rows: number): Promise<string | null> {
  const query =
    "query ($id: ID!, $first: Int, $after: String) { round(id: $id) { promptRows(first: $first, after: $after) { pageInfo { endCursor } } } }";
  let after: string | null = null;
  for (let left = rows; left > 0; left -= 1000) {
    const { round } = await lab.ask(graphqlBody(query, { id: roundId, first: Math.min(left, 1000), after }));
    after = round.promptRows.pageInfo.endCursor;
  }
  return after;
}

/** @throws Error unless the answer is the whole page that starts at that position */
async function checkPage(lab: Laboratory, body: Buffer, position: number): Promise<void> {
  const rows: { prompt: { position: number }; samples: { score: object | null }[] }[] = (await lab.ask(body)).round
    .promptRows.nodes;
  const scored = rows.flatMap((row) => row.samples).filter((sample) => sample.score !== null);
  if (rows[0]?.prompt.position !== position || rows.length !== PAGE || scored.length !== PAGE * K)
    throw new Error(`Got ${rows.length} prompts from position ${rows[0]?.prompt.position}, ${scored.length} scores.`);
}
