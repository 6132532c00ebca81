import { entityById, type LoaderDefinition } from "../graphql/loader.ts";
import { Sample, type SampleScore } from "./sample.entity.ts";

export const sampleById = entityById(Sample);

const split = (keys: readonly string[]): [string[], string[]] => [
  keys.map((k) => k.slice(0, 36)),
  keys.map((k) => k.slice(37)),
];

/** Key `<rewardModelId>:<sampleId>`; null when that model has not scored that sample. Primary key of sample_scores. */
export const scoreByModelAndSample: LoaderDefinition<string, SampleScore | null> = {
  name: "scoreByModelAndSample",
  async loadMany(db, keys) {
    const rows: SampleScore[] = await db.query(
      `select s.reward_model_id as "rewardModelId", s.sample_id as "sampleId", s.score, s.logit, s.votes, s.rank from sample_scores s
       join unnest($1::uuid[], $2::uuid[]) as k(model, sample) on s.reward_model_id = k.model and s.sample_id = k.sample`,
      split(keys),
    );
    const byKey = new Map(rows.map((row) => [`${row.rewardModelId}:${row.sampleId}`, row]));
    return keys.map((key) => byKey.get(key) ?? null);
  },
};
