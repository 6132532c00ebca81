/** Whether what scores images prefers what people prefer. Pure. */
import { AssignmentKind } from "../../shared/enums.ts";
import { clusteredWinRate, type Vote } from "../../shared/statistics/clustered-win-rate.ts";
import type { Interval } from "../../shared/statistics/wilson.ts";
import { outcomeOf, type VoteRow } from "./study-analysis.ts";

/** A reward model or a metric of single samples, with what it says of the study's. */
export interface Scorer {
  id: string;
  name: string;
  rewardModel: boolean;
  /** 1: more is better, -1: less is */
  sign: 1 | -1;
  /** sample -> value; of a reward model the logit */
  values: ReadonlyMap<string, number>;
}

/** A tenth of the predicted probabilities, with how often people agreed. */
export interface CalibrationBin {
  predicted: number;
  observed: number;
  n: number;
}

export interface ScorerAgreement extends Pick<Scorer, "id" | "name" | "rewardModel"> {
  /** votes about pairs of which it has scored both, ties left out */
  votes: number;
  items: number;
  /** share of votes for the image it scores better; equal scores count half */
  accuracy: number;
  /** 95%, two-way clustered */
  interval: Interval;
  /** share of items whose majority is for the image it scores better; even items are left out; null: all are */
  itemAccuracy: number | null;
  /** of a reward model: its P(a over b) = sigma(logit a - logit b) against the votes */
  calibration: { bins: CalibrationBin[]; brier: number; error: number } | null;
}

interface Judged {
  row: VoteRow;
  /** value of arm b's sample less that of arm a's, better being more */
  margin: number;
  outcome: 0 | 1;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const right = ({ margin, outcome }: { margin: number; outcome: number }): 0 | 0.5 | 1 =>
  margin === 0 ? 0.5 : margin > 0 === outcome > 0.5 ? 1 : 0;

/** Null where the scorer has not scored both images of any pair that was judged. */
export function scorerAgreement(rows: readonly VoteRow[], { values, sign, ...scorer }: Scorer): ScorerAgreement | null {
  const judged = rows.flatMap((row): Judged[] => {
    const [a, b, outcome] = [values.get(row.sampleAId), values.get(row.sampleBId), outcomeOf(row)];
    if (row.kind !== AssignmentKind.VOTE || a === undefined || b === undefined) return [];
    return outcome === 0 || outcome === 1 ? [{ row, margin: sign * (b - a), outcome }] : [];
  });
  if (judged.length === 0) return null;
  const votes = judged.map(
    (one): Vote => ({
      participant: String(one.row.participant),
      item: String(one.row.promptPosition),
      value: right(one),
    }),
  );
  const { rate, low, high } = clusteredWinRate(votes);
  const items = [...Map.groupBy(judged, ({ row }) => row.itemId).values()];
  const majorities = items.flatMap((own) => {
    const lean = own.reduce((sum, { outcome }) => sum + outcome - 0.5, 0);
    return lean === 0 ? [] : [right({ margin: own[0]?.margin ?? 0, outcome: lean > 0 ? 1 : 0 })];
  });
  return {
    ...{ id: scorer.id, name: scorer.name, rewardModel: scorer.rewardModel },
    ...{ votes: judged.length, items: items.length, accuracy: rate, interval: { low, high } },
    itemAccuracy:
      majorities.length > 0 ? majorities.reduce<number>((sum, value) => sum + value, 0) / majorities.length : null,
    calibration: scorer.rewardModel ? calibrationOf(judged) : null,
  };
}

const BINS = 10;

/** Reliability in ten bins, Brier score and expected calibration error. Source: Guo et al. 2017, equation 3. */
function calibrationOf(judged: readonly Judged[]): NonNullable<ScorerAgreement["calibration"]> {
  const points = judged.map(({ margin, outcome }) => ({ predicted: sigmoid(margin), outcome }));
  const binOf = (predicted: number) => Math.min(BINS - 1, Math.floor(predicted * BINS));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const bins = [...Map.groupBy(points, ({ predicted }) => binOf(predicted)).values()]
    .map((own) => ({
      predicted: mean(own.map(({ predicted }) => predicted)),
      observed: mean(own.map(({ outcome }) => outcome)),
      n: own.length,
    }))
    .sort((a, b) => a.predicted - b.predicted);
  return {
    bins,
    brier: mean(points.map(({ predicted, outcome }) => (predicted - outcome) ** 2)),
    error:
      bins.reduce((sum, { predicted, observed, n }) => sum + n * Math.abs(predicted - observed), 0) / points.length,
  };
}
