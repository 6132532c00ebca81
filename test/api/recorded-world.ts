import type { TestServer } from "../support/server.ts";
import { comparedRounds } from "./compared-rounds.ts";
import { drawableRound } from "./drawable-round.ts";
import { openExperiment } from "./open-experiment.ts";

/** Ids of a small record in which every kind of object and state occurs, for requests that must be refused. */
export interface RecordedWorld {
  experimentId: string;
  /** Experiment without rounds. */
  draftExperimentId: string;
  /** Experiment that is over. */
  completedExperimentId: string;
  promptSetId: string;
  proxySetId: string;
  policyId: string;
  /** Round with samples at prompt 0 and 1, k = 0. */
  roundId: string;
  /** Round of another experiment, without samples. */
  emptyRoundId: string;
  completedRoundId: string;
  /** Round whose policy carries weights, K = 2, without samples; its prompts are tagged train and eval. */
  drawableRoundId: string;
  drawableExperimentId: string;
  /** Trained reward model of that round. */
  drawnModelId: string;
  policyName: string;
  /** Two images; the samples show the first. */
  sha256: string;
  otherSha256: string;
  sampleId: string;
  /** Sample of another experiment. */
  foreignSampleId: string;
  /** Reward models of the round with samples; the trained one has scored nothing. */
  trainedModelId: string;
  untrainedModelId: string;
  completedModelId: string;
  /** Ablation of the round, of one cell that is not done: one judged prompt, K = 2. */
  ablationId: string;
  ablationCellId: string;
  /** Study of two rounds with samples of three prompts, a draft. */
  draftStudyId: string;
  openStudyId: string;
  studyName: string;
  /** Arms that a study may have. */
  armRoundIds: string[];
  finishedJobId: string;
  runningJobId: string;
  leaseToken: string;
}

/** Records the world through the API, and by SQL where only a worker or a later day could. */
export async function recordWorld(server: TestServer): Promise<RecordedWorld> {
  const main = await openExperiment(server, 3, 2);
  const empty = await openExperiment(server, 3, 2);
  const over = await openExperiment(server, 3, 2);
  const drawable = await drawableRound(server, { k: 2, tags: ["train", "eval"] });
  const log = (roundId: string, samples: object[]) =>
    server.ask(
      "mutation ($input: LogSamplesInput!) { logSamples(input: $input) { round { samples { nodes { id } } } } }",
      {
        input: { roundId, samples },
      },
    );
  const sample = (promptPosition: number) => ({ promptPosition, k: 0, artifactSha256: main.sha256 });
  const logged = await log(main.roundId, [sample(0), sample(1)]);
  const elsewhere = await log(over.roundId, [sample(0)]);
  const insert = async (sql: string, parameters: unknown[]): Promise<string> =>
    (await server.db.query(`insert into ${sql} returning id`, parameters))[0].id;
  const model = (roundId: string, name: string, state: string, weights: string | null) =>
    insert(
      "reward_models (round_id, name, strategy, encoder, hyperparameters, seed, state, weights_sha256) values ($1, $2, 'NAIVE', 'mobilenet-v2-mid', '{}', 0, $3, $4)",
      [roundId, name, state, weights],
    );
  const trainedModelId = await model(main.roundId, "trained", "TRAINED", main.sha256);
  const input = {
    input: { points: [{ subject: "POLICY", subjectId: main.policyId, name: "FD", direction: "LOWER", value: 1 }] },
  };
  await server.ask("mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }", input);
  const sampleId: string = logged.data.logSamples.round.samples.nodes[0].id;
  const measured = { name: "VBench", direction: "HIGHER", provenance: { model: "a" } };
  await server.ask("mutation ($input: LogSampleMetricsInput!) { logSampleMetrics(input: $input) { inserted } }", {
    input: { roundId: main.roundId, ...measured, values: [{ sampleId, value: 0.25 }] },
  });
  const started = await server.ask("mutation ($id: ID!) { scoreSamples(rewardModelId: $id) { job { id } } }", {
    id: trainedModelId,
  });
  const leased = await server.services.jobs.lease("a worker", ["SCORE_SAMPLES"]);
  const ablationId = await insert(
    "ablations (round_id, name, axes, seeds, hyperparameters, keep_weights, split_seed, judged_positions, sample_count) values ($1, 'begun', $2, '[0]', '{}', false, 0, '{0}', 2)",
    [main.roundId, { encoders: ["e"], strategies: ["NAIVE"], n: [8], k: [2], alpha: [1], m: [null] }],
  );
  const ablationCellId = await insert(
    "ablation_cells (ablation_id, position, encoder, strategy, n, k, settings, seed) values ($1, 0, 'e', 'NAIVE', 8, 2, '', 0)",
    [ablationId],
  );
  await server.services.rounds.complete(over.roundId);
  await server.services.experiments.complete(over.experimentId);
  const compared = await comparedRounds(server, 3);
  const study = (name: string) =>
    server.services.studies.create({
      name,
      arms: compared.roundIds.map((id, i) => ({ name: `arm ${i}`, roundId: id })),
    });
  const opened = await server.services.studies.open((await study("open")).id);
  await server.services.participants.invite({ studyId: opened.id, count: 1 });
  const draft = await server.services.experiments.fork(main.experimentId, { name: "not begun" });
  return {
    ...main,
    draftExperimentId: draft.id,
    completedExperimentId: over.experimentId,
    emptyRoundId: empty.roundId,
    completedRoundId: over.roundId,
    drawableRoundId: drawable.roundId,
    drawableExperimentId: drawable.experimentId,
    drawnModelId: await model(drawable.roundId, "trained", "TRAINED", main.sha256),
    policyName: (await server.db.query("select name from policies where id = $1", [main.policyId]))[0].name,
    sampleId,
    foreignSampleId: elsewhere.data.logSamples.round.samples.nodes[0].id,
    trainedModelId,
    untrainedModelId: await model(main.roundId, "untrained", "TRAINING", null),
    completedModelId: await model(over.roundId, "trained", "TRAINED", main.sha256),
    ablationId,
    ablationCellId,
    draftStudyId: (await study("draft")).id,
    openStudyId: opened.id,
    studyName: opened.name,
    armRoundIds: compared.roundIds,
    finishedJobId: await insert(
      "jobs (kind, natural_key, input, state) values ('SCORE_SAMPLES', 'finished', '{}', 'SUCCEEDED')",
      [],
    ),
    runningJobId: started.data.scoreSamples.job.id,
    leaseToken: leased?.leaseToken ?? "",
  };
}
