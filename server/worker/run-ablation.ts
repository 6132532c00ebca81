import { type RunAblationInput, type RunAblationResult, runAblationInput } from "../../shared/jobs/run-ablation.ts";
import { loadEncoder } from "../ml/encoders/encoder.ts";
import { type AblationModel, ablationModels, type WantedModel } from "../ml/reward/ablation-models.ts";
import type { BootstrapOptions } from "../ml/reward/bootstrapping.ts";
import type { Snapshot } from "../ml/reward/history.ts";
import { writeRewardRun } from "../ml/reward/run-file.ts";
import { poolOf } from "../ml/reward/strategies.ts";
import { writeRewardWeights } from "../ml/reward/weights-file.ts";
import { AblationJudge } from "./ablation-judge.ts";
import { AblationStages } from "./ablation-stages.ts";
import type { JobHandler, JobRun } from "./handler.ts";
import { optionsOfBootstrap, rewardHyperparameters } from "./hyperparameters.ts";
import { ImageFeatures } from "./image-features.ts";
import { throughPolicy } from "./training-features.ts";

const GROUP = `query AblationGroup($ablationId: ID!, $encoder: String!, $n: Int!, $seed: SafeInt!) {
  ablationGroup(ablationId: $ablationId, encoder: $encoder, n: $n, seed: $seed) {
    ablation { keepWeights round { policyIn { weights { sha256 } } experiment { proxySet { id } } } }
    trainingSet { positives negatives heldOutPositives heldOutNegatives pool }
    candidates { promptPosition k artifactSha256 }
    cells { id state strategy k alpha m } } }`;
const RECORD = `mutation RecordAblationCell($input: RecordAblationCellInput!) {
  recordAblationCell(input: $input) { cell { id } } }`;

interface Cell {
  id: string;
  state: "PENDING" | "DONE" | "FAILED";
  strategy: "NAIVE" | "AVERAGE" | "VOTING" | "BOOTSTRAP";
  k: number;
  alpha: number | null;
  m: number | null;
}

export interface Group {
  ablation: {
    keepWeights: boolean;
    round: { policyIn: { weights: { sha256: string } | null }; experiment: { proxySet: { id: string } } };
  };
  trainingSet: Record<"positives" | "negatives" | "heldOutPositives" | "heldOutNegatives" | "pool", string[]>;
  candidates: { promptPosition: number; k: number; artifactSha256: string }[];
  cells: Cell[];
}

/** A model and the cells that share it: they differ by K, which it is only judged by. */
interface Wanted extends WantedModel {
  /** names it among the models of its group */
  readonly key: string;
  readonly cells: readonly Cell[];
}

/** The models that are not yet recorded for every K, in table order; what a cell leaves open is as the hyperparameters say. */
function wantedModels(cells: readonly Cell[], options: BootstrapOptions): Wanted[] {
  const left = cells.filter((cell) => cell.state !== "DONE");
  const byModel = Map.groupBy(left, ({ strategy, alpha, m }) => JSON.stringify([strategy, alpha, m]));
  return [...byModel].map(([key, [first, ...others]]) => ({
    key,
    strategy: (first as Cell).strategy,
    bootstrap: { ...options, alpha: first?.alpha ?? options.alpha, m: first?.m ?? options.m },
    cells: [first as Cell, ...others],
  }));
}

/**
 * The cells of one base run: features once, the base run once, each strategy's model of its snapshots, each model judged for
 * every K. Every cell is recorded as soon as it is there, so another attempt makes only what is left.
 */
export const runAblation: JobHandler = async (run) => {
  const input = runAblationInput.parse(run.input);
  const { ablationId, encoder, n, seed } = input;
  const { ablationGroup } = await run.client.ask<{ ablationGroup: Group }>(GROUP, {
    ablationId,
    encoder,
    n,
    seed,
  });
  const wanted = wantedModels(ablationGroup.cells, optionsOfBootstrap(input.hyperparameters.bootstrap));
  const cells = wanted.reduce((sum, model) => sum + model.cells.length, 0);
  run.log(`${cells} of ${ablationGroup.cells.length} cells to make, of ${wanted.length} models`);
  const result: RunAblationResult = { recorded: cells };
  if (wanted.length === 0) return result;
  const { weights } = ablationGroup.ablation.round.policyIn;
  const noise = input.hyperparameters.passThroughNoise;
  const trainingSet = await throughPolicy(run, ablationGroup.trainingSet, { noise, weights });
  const group = { ...ablationGroup, trainingSet };
  const { features, card } = await loadFeatures(run, input, group);
  const judge = new AblationJudge({ group, features, card, provider: run.provider });
  const stages = new AblationStages(run, input, wanted);
  for await (const model of ablationModels(
    trainingOf(run, input, { group, features, wanted, stages, base: await stages.base() }),
  ))
    await recordModel(run, { group, judge, model });
  return result;
};

async function loadFeatures(run: JobRun, { encoder: id }: RunAblationInput, { trainingSet, candidates }: Group) {
  const encoder = await loadEncoder(id, { provider: run.provider });
  const hashes = [...Object.values(trainingSet).flat(), ...candidates.map((candidate) => candidate.artifactSha256)];
  const show = (done: number, of: number) => run.report((0.1 * done) / of, `encoding ${done} of ${of} images`);
  try {
    return { features: await ImageFeatures.load(run.client, encoder, hashes, show), card: encoder };
  } finally {
    await encoder.dispose();
  }
}

function trainingOf(
  run: JobRun,
  { hyperparameters, seed }: RunAblationInput,
  parts: {
    group: Group;
    features: ImageFeatures;
    wanted: readonly Wanted[];
    stages: AblationStages;
    base: Awaited<ReturnType<AblationStages["base"]>>;
  },
) {
  const { group, features, wanted, stages, base } = parts;
  const { positives, negatives, heldOutPositives, heldOutNegatives, pool } = group.trainingSet;
  return {
    training: {
      width: features.width,
      positives: features.of(positives),
      negatives: features.of(negatives),
      heldOutPositives: features.of(heldOutPositives),
      heldOutNegatives: features.of(heldOutNegatives),
      provider: run.provider,
      hyperparameters: rewardHyperparameters(hyperparameters, seed),
    },
    wanted,
    pool: pool.length > 0 ? poolOf(features.of(pool), features.width) : undefined,
    base,
    stage: (of: Wanted | null) => stages.optionsOf(of),
    onBase: stages.baseDone,
  };
}

async function recordModel(
  run: JobRun,
  { group, judge, model }: { group: Group; judge: AblationJudge; model: AblationModel<Wanted> },
): Promise<void> {
  const scored = await judge.score(model.members.map(({ weights }) => weights));
  const weightsSha256 = group.ablation.keepWeights
    ? await run.client.upload(new Uint8Array(fileOf(model.members)), "MODEL", "rpl.safetensors")
    : null;
  for (const { id, k } of model.wanted.cells) {
    const { picks, metrics } = await judge.judge(scored, k, model.seconds);
    await run.client.ask(RECORD, { input: { cellId: id, picks, weightsSha256, metrics } });
    run.log(
      `${model.wanted.key}, K = ${k}: ${metrics.map(({ name, value }) => `${name} ${value.toFixed(4)}`).join(", ")}`,
    );
  }
}

/** As the weights of a reward model: one state_dict, or a run file with one for each snapshot. */
function fileOf(members: readonly Snapshot[]): Uint8Array {
  const [one, ...others] = members;
  if (one && others.length === 0) return writeRewardWeights(one.weights, one.step);
  return writeRewardRun({ snapshots: members, lossCurve: [], heldOutCurve: [], stoppedEarly: false });
}
