import { selectOf } from "../graphql/connection.ts";
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
      `select s.reward_model_id as "rewardModelId", s.sample_id as "sampleId", s.score, s.logit, s.rank from sample_scores s
       join unnest($1::uuid[], $2::uuid[]) as k(model, sample) on s.reward_model_id = k.model and s.sample_id = k.sample`,
      split(keys),
    );
    const byKey = new Map(rows.map((row) => [`${row.rewardModelId}:${row.sampleId}`, row]));
    return keys.map((key) => byKey.get(key) ?? null);
  },
};

/** A sample with what one model says of it; `score` is null when that model has not scored it. */
export type ScoredSample = Sample & Omit<SampleScore, "score"> & { score: number | null };

/**
 * Key `<roundId>:<promptId>`, or `<roundId>:<promptId>:<rewardModelId>` for that model's scores with the samples. In
 * order of k; [] when there are none. Index samples_prompt_id_round_id_k_key.
 */
export const samplesByRoundAndPrompt: LoaderDefinition<string, (Sample | ScoredSample)[]> = {
  name: "samplesByRoundAndPrompt",
  async loadMany(db, keys) {
    const parts = keys.map((key) => key.split(":"));
    // The rows themselves are the answer: a page has hundreds, so none is copied.
    const rows: (ScoredSample & { key: string })[] = await db.query(
      `select ${selectOf(db, Sample, "s")}, wanted.key, wanted.model as "rewardModelId", s.id as "sampleId", sc.score, sc.logit, sc.rank
       from unnest($1::text[], $2::uuid[], $3::uuid[], $4::uuid[]) as wanted(key, round, prompt, model)
       join samples s on s.round_id = wanted.round and s.prompt_id = wanted.prompt
       left join sample_scores sc on sc.reward_model_id = wanted.model and sc.sample_id = s.id
       order by s.k`,
      [
        keys,
        parts.map(([round]) => round),
        parts.map(([, prompt]) => prompt),
        parts.map(([, , model]) => model ?? null),
      ],
    );
    const byKey = new Map<string, ScoredSample[]>(keys.map((key) => [key, []]));
    for (const row of rows) byKey.get(row.key)?.push(row);
    return keys.map((key) => byKey.get(key) ?? []);
  },
};
