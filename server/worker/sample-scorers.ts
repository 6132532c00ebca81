import { type MeasureRoundInput } from "../../shared/jobs/measure-round.ts";
import { availableScorers } from "../ml/scorers/available.ts";
import type { ScorerCard } from "../ml/scorers/card.ts";
import type { Outcome } from "../ml/scorers/formulas.ts";
import type { JobRun } from "./handler.ts";

/** A number that a scorer gives for a sample, as it is recorded. */
export interface ScorerNumber {
  readonly name: string;
  readonly of: (outcome: Extract<Outcome, { kind: "value" }>) => number;
}

/** A scorer whose features are compared as an encoder's are. */
export type FeatureScorer = Pick<ScorerCard, "id" | "metric">;

const RECORDED = `query RecordedSampleMetrics($roundId: ID!) { round(id: $roundId) { sampleMetrics { name } } }`;

/**
 * What is recorded of a scorer: its metric; of a classifier, whether the sample is flagged (0 or 1, so that the mean is
 * the share flagged) and the probability that says so.
 */
export function numbersOf({ metric, formula }: ScorerCard): ScorerNumber[] {
  if (formula.kind !== "probability") return [{ name: metric, of: ({ value }) => value }];
  return [
    { name: metric, of: ({ flagged }) => Number(flagged ?? false) },
    { name: `${metric} probability`, of: ({ value }) => value },
  ];
}

/**
 * Which scorers of this worker give the metrics that are wanted: numbers of single samples, or features for a Frechet
 * distance. A metric that no scorer gives must have been logged.
 * @throws Error naming the first metric that can't be had, and why
 */
export async function sampleScorersOf(
  { client }: JobRun,
  { roundId, sampleMetrics }: MeasureRoundInput,
): Promise<{ scorers: string[]; features: FeatureScorer[] }> {
  const scorers = new Set<string>();
  const features = new Map<string, FeatureScorer>();
  if (sampleMetrics.length === 0) return { scorers: [], features: [] };
  const { scorers: available, broken } = await availableScorers();
  const { round } = await client.ask<{ round: { sampleMetrics: { name: string }[] } }>(RECORDED, { roundId });
  const logged = new Set(round.sampleMetrics.map(({ name }) => name));
  for (const name of sampleMetrics) {
    const found = available.filter(({ card }) => numbersOf(card).some((number) => number.name === name));
    for (const { card, needs, state, reason } of found) {
      if (state === "MISSING") throw new Error(`${name}: ${reason}`);
      if (needs.reference)
        throw new Error(`${name}: the scorer "${card.id}" compares with a reference image, which samples do not have.`);
      if (card.formula.kind === "features") features.set(card.id, card);
      else scorers.add(card.id);
    }
    if (found.length > 0 || logged.has(name)) continue;
    const known = available.map(({ card }) => card.metric).join(", ");
    const wrong = broken.map(({ source, reason }) => ` ${source} is no scorer card: ${reason}`).join("");
    throw new Error(
      `${name}: no scorer of this worker gives it, and it was logged for no sample of the round; scorers give ${known}.${wrong}`,
    );
  }
  return { scorers: [...scorers], features: [...features.values()].map(({ id, metric }) => ({ id, metric })) };
}
