import {
  decimal,
  decimalWithInterval,
  digitsOf,
  percent,
  percentWithInterval,
  signed,
} from "../../../shared/format/number.ts";
import { differenceInterval, differenceOf, type Estimate } from "../../../shared/statistics/newcombe.ts";
import type { ExperimentQuery, RoundOutcomesQuery } from "../../graphql/generated/graphql.ts";

export type Experiment = NonNullable<ExperimentQuery["experiment"]>;
export type Round = Experiment["rounds"][number];
export type RewardModel = Round["rewardModels"][number];
export type Outcomes = NonNullable<RoundOutcomesQuery["experiment"]>["rounds"][number]["rewardModels"][number];
type BestOfK = Outcomes["bestOfKByLabel"][number];

/** A line of the table of rounds: one reward model, or a round that has none yet. */
export interface RoundRow {
  round: Round;
  model: RewardModel | null;
  /** Undefined while it is being counted. */
  outcomes: Outcomes | undefined;
  /** Best of K for the label asked for. */
  best: BestOfK | undefined;
}

export function prepareRounds(
  experiment: Experiment,
  outcomes: RoundOutcomesQuery["experiment"] | undefined,
  label: string | null,
): RoundRow[] {
  const byModel = new Map(outcomes?.rounds.flatMap((round) => round.rewardModels).map((m) => [m.id, m]));
  return experiment.rounds.flatMap((round) => {
    const models = round.rewardModels.length > 0 ? round.rewardModels : [null];
    return models.map((model) => {
      const found = model ? byModel.get(model.id) : undefined;
      return { round, model, outcomes: found, best: found?.bestOfKByLabel.find((b) => b.label === label) };
    });
  });
}

/** Every label of the samples, the one that the newest ranking picks most often first. */
export function labelsOf(outcomes: RoundOutcomesQuery["experiment"] | undefined): string[] {
  const rankings = (outcomes?.rounds ?? []).flatMap((round) => round.rewardModels).map((m) => m.bestOfKByLabel);
  return [...new Set(rankings.reverse().flatMap((ranking) => ranking.map(({ label }) => label)))];
}

export const bestOfKText = (best: BestOfK): string => percentWithInterval(best.accuracy, best.low, best.high);

export function rewardText(summary: NonNullable<Outcomes["rewardSummary"]>): string {
  const { mean, low, high } = summary;
  return low == null || high == null ? decimal(mean) : decimalWithInterval(mean, low, high);
}

/** One measure of round t + 1 beside round t. */
export interface Difference {
  measure: string;
  before: string;
  after: string;
  change: string;
  reading: string;
}

/** The two lines to compare of neighbouring rounds: models of one name where there are, else the newest of each. */
export function neighbours(rows: readonly RoundRow[]): [RoundRow, RoundRow][] {
  const trained = rows.filter((row) => row.model?.state === "TRAINED");
  const of = (index: number) => trained.filter((row) => row.round.index === index);
  return [...new Set(trained.map((row) => row.round.index))].flatMap((index) => {
    const [earlier, later] = [of(index - 1), of(index)];
    const same =
      later.findLast((row) => earlier.some((other) => other.model?.name === row.model?.name)) ?? later.at(-1);
    const before = earlier.findLast((row) => row.model?.name === same?.model?.name) ?? earlier.at(-1);
    return before && same ? [[before, same] as [RoundRow, RoundRow]] : [];
  });
}

function ofBestOfK(before: BestOfK, after: BestOfK): Difference {
  const [a, b] = [
    { wins: after.wins, n: after.prompts },
    { wins: before.wins, n: before.prompts },
  ];
  const { low, high } = differenceInterval(a, b);
  const digits = digitsOf(100 * low, 100 * high, 2);
  const points = (value: number) => signed(100 * value, digits);
  return {
    measure: `Best of K picks “${after.label}”`,
    before: percent(before.accuracy),
    after: percent(after.accuracy),
    change: `${points(after.accuracy - before.accuracy)} points (${points(low)} to ${points(high)})`,
    reading: low > 0 ? "picked more often" : high < 0 ? "picked less often" : "within chance",
  };
}

/** The AUC of a trained model; null while there is none. */
export function aucText({
  heldOutAuc,
  heldOutAucLow,
  heldOutAucHigh,
}: Pick<RewardModel, "heldOutAuc" | "heldOutAucLow" | "heldOutAucHigh">): string | null {
  if (heldOutAuc == null) return null;
  return heldOutAucLow == null || heldOutAucHigh == null
    ? decimal(heldOutAuc)
    : decimalWithInterval(heldOutAuc, heldOutAucLow, heldOutAucHigh);
}

function aucOf(model: RewardModel): Estimate | null {
  const { heldOutAuc: value, heldOutAucLow: low, heldOutAucHigh: high } = model;
  return value == null || low == null || high == null ? null : { value, low, high };
}

const OF_AUC = "the lower, the harder the samples are to tell from the proxy data";

/** Models from before their intervals were kept are compared without one. */
function ofAuc(before: RewardModel, after: RewardModel): Difference | null {
  if (before.heldOutAuc == null || after.heldOutAuc == null) return null;
  const change = after.heldOutAuc - before.heldOutAuc;
  const plain = { measure: "Held-out AUC", before: aucText(before) ?? "", after: aucText(after) ?? "" };
  const [a, b] = [aucOf(after), aucOf(before)];
  if (!a || !b) return { ...plain, change: signed(change), reading: OF_AUC };
  const { low, high } = differenceOf(a, b);
  const digits = digitsOf(low, high);
  const [from, to] = [signed(low, digits), signed(high, digits)];
  return {
    ...plain,
    change: `${signed(change, digits)} (${from} to ${to})`,
    reading: low > 0 || high < 0 ? OF_AUC : "within chance",
  };
}

/** Round t + 1 beside round t, measure by measure, and what each difference means. */
export function compareRounds(before: RoundRow, after: RoundRow): Difference[] {
  const differences: Difference[] = [];
  const auc = before.model && after.model && ofAuc(before.model, after.model);
  if (auc) differences.push(auc);
  if (before.best && after.best) differences.push(ofBestOfK(before.best, after.best));
  const [rewardBefore, rewardAfter] = [before.outcomes?.rewardSummary, after.outcomes?.rewardSummary];
  if (rewardBefore && rewardAfter)
    differences.push({
      measure: "Mean reward",
      before: decimal(rewardBefore.mean),
      after: decimal(rewardAfter.mean),
      change: signed(rewardAfter.mean - rewardBefore.mean),
      reading: "each by its own round's model: two scales, read the direction with care",
    });
  return differences;
}
