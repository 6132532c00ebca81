/** A round's value of a metric by which a run may stop. */
export interface StopValue {
  roundIndex: number;
  metric: "KID" | "fidelity";
  value: number;
  /** Lower end of its interval, where it has one. */
  low: number | null;
}

/** Why a run post-trains no further. */
export interface EarlyStop extends Pick<StopValue, "roundIndex" | "metric" | "value"> {
  /** What the value was compared with: the lowest KID before, or the lower end of round 1's fidelity. */
  threshold: number;
}

/**
 * The first round after which a run stops, on what is recorded. KID is patient as early stopping usually is: a round counts against it unless
 * it is below every round before, and so many in a row end the run. Fidelity has no patience: below round 1's interval the
 * policy has begun to draw something else.
 * @param values of measured rounds, in any order; a metric that was not measured stops nothing
 * @param patience rounds in a row, from 1 on
 */
export function earlyStopOf(values: readonly StopValue[], patience: number): EarlyStop | null {
  const of = (metric: StopValue["metric"]) =>
    values.filter((value) => value.metric === metric).sort((a, b) => a.roundIndex - b.roundIndex);
  const stops = [stopByKid(of("KID"), patience), stopByFidelity(of("fidelity"))].filter((stop) => stop !== null);
  return stops.sort((a, b) => a.roundIndex - b.roundIndex)[0] ?? null;
}

function stopByKid(values: readonly StopValue[], patience: number): EarlyStop | null {
  let threshold = Number.POSITIVE_INFINITY;
  let without = 0;
  for (const { roundIndex, metric, value } of values) {
    without = value < threshold ? 0 : without + 1;
    if (without >= patience) return { roundIndex, metric, value, threshold };
    threshold = Math.min(threshold, value);
  }
  return null;
}

function stopByFidelity([first, ...later]: readonly StopValue[]): EarlyStop | null {
  const threshold = first?.roundIndex === 1 ? first.low : null;
  if (threshold === null) return null;
  const lost = later.find(({ value }) => value < threshold);
  return lost ? { roundIndex: lost.roundIndex, metric: lost.metric, value: lost.value, threshold } : null;
}
