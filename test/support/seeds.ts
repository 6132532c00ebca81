/** Large records made by SQL, for benchmarks and tests of reading, which are not about how the rows got there. */
import { randomUUID } from "node:crypto";

/** Runs a statement of the database to be filled and gives its rows. */
// biome-ignore lint/suspicious/noExplicitAny: rows of any shape
export type Sql = (statement: string, values?: unknown[]) => Promise<any[]>;

export interface SeededExperiment {
  readonly experimentId: string;
  readonly promptSetId: string;
  readonly policyId: string;
  /** The one image that all samples show. */
  readonly sha256: string;
  readonly prompts: number;
  readonly k: number;
}

/** An experiment over `prompts` prompts with K samples each, and no round yet. */
export async function seedExperiment(sql: Sql, prompts: number, k: number): Promise<SeededExperiment> {
  const name = randomUUID();
  const sha256 = "ab".repeat(32);
  const insert = async (statement: string, values: unknown[]): Promise<string> =>
    (await sql(`${statement} returning id`, values))[0].id;
  await sql(
    "insert into artifacts (sha256, kind, media_type, byte_size) values ($1, 'IMAGE', 'image/png', 100) on conflict do nothing",
    [sha256],
  );
  const policyId = await insert("insert into policies (name, origin) values ($1, 'BASE')", [name]);
  const proxySetId = await insert("insert into proxy_sets (name) values ($1)", [name]);
  const promptSetId = await insert("insert into prompt_sets (name, prompt_count) values ($1, $2)", [name, prompts]);
  await sql(
    `insert into prompts (prompt_set_id, position, text, tags)
     select $1, i, 'a drawing of thing number ' || i, '{train}' from generate_series(0, $2::int - 1) i`,
    [promptSetId, prompts],
  );
  const experimentId = await insert(
    `insert into experiments (name, status, base_policy_id, prompt_set_id, proxy_set_id, encoder, k)
     values ($1, 'RUNNING', $2, $3, $4, 'mobilenet-v2-mid', $5)`,
    [name, policyId, promptSetId, proxySetId, k],
  );
  return { experimentId, promptSetId, policyId, sha256, prompts, k };
}

/** The next round of an experiment, without samples. */
export async function seedRound(sql: Sql, { experimentId, policyId }: SeededExperiment): Promise<string> {
  const [round] = await sql(
    `insert into rounds (experiment_id, index, policy_in_id)
     select $1, count(*) + 1, $2 from rounds where experiment_id = $1 returning id`,
    [experimentId, policyId],
  );
  return round.id;
}

/** A reward model of a round, with its loss over `points` steps. */
export async function seedRewardModel(sql: Sql, roundId: string, points: number): Promise<string> {
  const [model] = await sql(
    `insert into reward_models (round_id, name, strategy, encoder, hyperparameters, seed)
     values ($1, 'naive', 'NAIVE', 'mobilenet-v2-mid', '{}', 1) returning id`,
    [roundId],
  );
  await seedSeries(sql, { subject: "REWARD_MODEL", subjectId: model.id, name: "loss", points });
  return model.id;
}

/** A series of one metric with a value at every step from 0. */
export async function seedSeries(
  sql: Sql,
  { subject, subjectId, name, points }: { subject: string; subjectId: string; name: string; points: number },
): Promise<void> {
  const [series] = await sql(
    `insert into metric_series (subject, subject_id, name, direction, provenance_key)
     values ($1, $2, $3, 'LOWER', '') returning id`,
    [subject, subjectId, name],
  );
  await sql(
    `insert into metric_points (series_id, step, value) select $1, i, sin(i / 100.0) from generate_series(0, $2::int - 1) i`,
    [series.id, points],
  );
}

/**
 * Every sample of a round, scored and ranked by one model. Indexed as ever, but foreign keys are not looked up row by row.
 * No other connection may write meanwhile.
 */
export async function seedScoredSamples(
  sql: Sql,
  experiment: SeededExperiment,
  { roundId, modelId }: { roundId: string; modelId: string },
): Promise<void> {
  const triggers = async (state: "enable" | "disable") => {
    for (const table of ["samples", "sample_scores"]) await sql(`alter table ${table} ${state} trigger all`);
  };
  await triggers("disable");
  await sql(
    `insert into samples (round_id, prompt_id, prompt_position, k, seed, artifact_sha256)
     select $1, p.id, p.position, k, k, $3 from prompts p, generate_series(0, $4::int - 1) k where p.prompt_set_id = $2`,
    [roundId, experiment.promptSetId, experiment.sha256, experiment.k],
  );
  await sql(
    `insert into sample_scores (reward_model_id, sample_id, score, logit, rank)
     select $1, id, (hashtext(id::text) & 65535) / 65536.0, 0, k + 1 from samples where round_id = $2`,
    [modelId, roundId],
  );
  await sql("update rounds set sample_count = $2 where id = $1", [roundId, experiment.prompts * experiment.k]);
  await triggers("enable");
  await sql("vacuum analyze prompts, samples, sample_scores");
}
