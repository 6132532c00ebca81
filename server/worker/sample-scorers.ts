import { ENCODER_IDS } from "../../shared/encoders.ts";
import type { Distance, MeasureRoundInput, WantedDistance } from "../../shared/jobs/measure-round.ts";
import { type AvailableScorers, availableScorers, type ScorerAvailability } from "../ml/scorers/available.ts";
import type { ScorerCard } from "../ml/scorers/card.ts";
import type { Outcome } from "../ml/scorers/formulas.ts";
import type { JobRun } from "./handler.ts";

/** A number that a scorer gives for a sample, as it is recorded. */
export interface ScorerNumber {
  readonly name: string;
  readonly of: (outcome: Extract<Outcome, { kind: "value" }>) => number;
}

/** A scorer whose features are compared as an encoder's are, such as a video network's for FVD. */
export interface FeatureScorer extends Pick<ScorerCard, "id"> {
  readonly wanted: { name: string; distance: Distance }[];
}

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
 * Which scorers of this worker give the metrics that are wanted: numbers of single samples, or features for distances. A
 * metric that no scorer gives must have been logged.
 * @throws Error naming the first metric that can't be had, and why
 */
export async function sampleScorersOf(
  { client }: JobRun,
  { roundId, sampleMetrics, distances }: MeasureRoundInput,
): Promise<{ scorers: string[]; features: FeatureScorer[] }> {
  const plugged = distances.filter(({ encoder }) => !ENCODER_IDS.some((id) => id === encoder));
  if (sampleMetrics.length + plugged.length === 0) return { scorers: [], features: [] };
  const available = await availableScorers();
  const { round } = await client.ask<{ round: { sampleMetrics: { name: string }[] } }>(RECORDED, { roundId });
  const logged = new Set(round.sampleMetrics.map(({ name }) => name));
  const scorers = new Set<string>();
  const features = new Map<string, FeatureScorer["wanted"]>();
  const compare = (id: string, name: string, distance: Distance) =>
    features.set(id, [...(features.get(id) ?? []), { name, distance }]);
  for (const name of sampleMetrics) {
    const found = available.scorers.filter(({ card }) => numbersOf(card).some((number) => number.name === name));
    for (const scorer of found) {
      mustServe(name, scorer);
      if (givesFeatures(scorer)) compare(scorer.card.id, name, "FD");
      else scorers.add(scorer.card.id);
    }
    if (found.length === 0 && !logged.has(name)) throw nobodyGives(name, available);
  }
  for (const { name, distance, encoder } of plugged) {
    const scorer = available.scorers.filter(givesFeatures).find(({ card }) => isOf(card, encoder));
    if (!scorer) throw nobodyGives(name, available);
    mustServe(name, scorer);
    compare(scorer.card.id, name, distance);
  }
  return { scorers: [...scorers], features: [...features].map(([id, wanted]) => ({ id, wanted })) };
}

const givesFeatures = ({ card }: ScorerAvailability): boolean => card.formula.kind === "features";
const isOf = ({ id, metric }: ScorerCard, encoder: string): boolean => id === encoder || metric === `FD(${encoder})`;

/**
 * The id of this worker's scorer of two images that a diversity names.
 * @throws Error naming the metric where there is none, or its model is not here
 */
export async function pairScorerOf({ name, encoder }: Pick<WantedDistance, "name" | "encoder">): Promise<string> {
  const available = await availableScorers();
  const pairs = available.scorers.filter(({ needs }) => needs.reference);
  const scorer = pairs.find(({ card }) => card.id === encoder || card.metric === encoder);
  if (!scorer) {
    const ids = pairs.map(({ card }) => card.id).join(", ");
    throw new Error(`${name}: "${encoder}" is no encoder (${ENCODER_IDS.join(", ")}) and compares no images (${ids}).`);
  }
  mustBeHere(name, scorer);
  return scorer.card.id;
}

function mustServe(name: string, scorer: ScorerAvailability): void {
  mustBeHere(name, scorer);
  const { id } = scorer.card;
  if (scorer.needs.reference)
    throw new Error(
      `${name}: the scorer "${id}" compares with a reference image, which samples do not have. By diversity(${id}) the samples of a prompt are compared with each other.`,
    );
}

function mustBeHere(name: string, { state, reason }: ScorerAvailability): void {
  if (state === "MISSING") throw new Error(`${name}: ${reason}`);
}

function nobodyGives(name: string, { scorers, broken }: AvailableScorers): Error {
  const known = scorers.map(({ card }) => card.metric).join(", ");
  const wrong = broken.map(({ source, reason }) => ` ${source} is no scorer card: ${reason}`).join("");
  return new Error(
    `${name}: no scorer of this worker gives it, and it was logged for no sample of the round. Scorers give ${known}; encoders are ${ENCODER_IDS.join(" and ")}.${wrong}`,
  );
}
