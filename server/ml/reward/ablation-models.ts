import { RewardModelStrategy } from "../../../shared/enums.ts";
import type { BootstrapOptions } from "./bootstrapping.ts";
import type { Snapshot } from "./history.ts";
import type { RewardWeights } from "./rpl.ts";
import { applyStrategy, type Pool } from "./strategies.ts";
import { type RewardRun, trainRewardModel } from "./train.ts";
import type { RewardTraining } from "./training.ts";

/** A model that is to be made of a base run. */
export interface WantedModel {
  readonly strategy: RewardModelStrategy | `${RewardModelStrategy}`;
  /** of BOOTSTRAP */
  readonly bootstrap?: BootstrapOptions;
}

export interface AblationModel<Wanted extends WantedModel> {
  readonly wanted: Wanted;
  /** one set of weights, and for VOTING all snapshots of the base run */
  readonly members: readonly Snapshot[];
  /** what it took to make it out of nothing: the base run, and what its strategy adds */
  readonly seconds: number;
}

/** A training of an ablation: what it reports to, and where it goes on from. */
export interface StageOptions extends Pick<RewardTraining, "checkpoint" | "onProgress"> {
  /** that an earlier attempt has spent on it */
  readonly secondsBefore?: number;
}

export interface AblationTraining<Wanted extends WantedModel> {
  readonly training: Omit<RewardTraining, "checkpoint" | "onProgress">;
  readonly wanted: readonly Wanted[];
  /** what BOOTSTRAP labels; may be left out where no such model is wanted */
  readonly pool?: Pool;
  /** of the base run (null), or of the second stage of a BOOTSTRAP model */
  stage?(of: Wanted | null): StageOptions | Promise<StageOptions>;
  /** The base run's last weights, where an earlier attempt has kept them: nothing but BOOTSTRAP models is made of these. */
  readonly base?: { readonly weights: RewardWeights; readonly step: number; readonly seconds: number };
  /** Hears of the base run as soon as it is there. */
  onBase?(run: RewardRun, seconds: number): Promise<void>;
}

/**
 * The models of one base run, one after the other: those of table 4's first three strategies out of the same snapshots, and
 * for each BOOTSTRAP model a second training that the last snapshot labels. The base run is trained once, whatever is wanted.
 * Nothing is measured here: whoever wants held-out numbers scores the rows once with all others.
 */
export async function* ablationModels<Wanted extends WantedModel>(
  ablation: AblationTraining<Wanted>,
): AsyncGenerator<AblationModel<Wanted>> {
  const { training, pool, wanted, stage = NO_OPTIONS } = ablation;
  if (wanted.length === 0) return;
  const { run, seconds } = await baseRun(ablation);
  for (const one of wanted) {
    const second: StageOptions = one.strategy === "BOOTSTRAP" ? await stage(one) : {};
    const start = performance.now();
    const model = await applyStrategy(one.strategy, {
      training: { ...withoutHeldOut(training), ...second },
      run,
      pool,
      bootstrap: one.bootstrap,
    });
    const spent = (performance.now() - start) / 1e3 + (second.secondsBefore ?? 0);
    const steps = one.strategy === "VOTING" ? run.snapshots.map(({ step }) => step) : [model.step];
    const members = model.members.map((weights, i) => ({ step: steps[i] ?? model.step, weights }));
    yield { wanted: one, members, seconds: seconds + spent };
  }
}

const NO_OPTIONS = (): StageOptions => ({});

async function baseRun<Wanted extends WantedModel>({
  training,
  wanted,
  stage = NO_OPTIONS,
  base,
  onBase,
}: AblationTraining<Wanted>): Promise<{ run: RewardRun; seconds: number }> {
  if (base && wanted.every(({ strategy }) => strategy === "BOOTSTRAP")) {
    const { step, weights, seconds } = base;
    return { run: { snapshots: [{ step, weights }], lossCurve: [], heldOutCurve: [], stoppedEarly: false }, seconds };
  }
  const first = await stage(null);
  const start = performance.now();
  const run = await trainRewardModel({ ...withoutHeldOut(training), ...first });
  const seconds = (performance.now() - start) / 1e3 + (first.secondsBefore ?? 0);
  await onBase?.(run, seconds);
  return { run, seconds };
}

/** Held-out rows are evaluated again and again while a run trains: only one that may stop early by them is given them. */
function withoutHeldOut<T extends Pick<RewardTraining, "hyperparameters" | "heldOutPositives" | "heldOutNegatives">>(
  training: T,
): T {
  return training.hyperparameters.earlyStopping
    ? training
    : { ...training, heldOutPositives: undefined, heldOutNegatives: undefined };
}
