import type { EntityManager } from "typeorm";
import type { LoaderDefinition } from "../graphql/loader.ts";
import { PAIRED_DIFFERENCES, RESAMPLED_DIFFERENCES, ROUND_VALUES } from "./round-metrics.sql.ts";
import {
  byMetric,
  changeOf,
  type PairedDifference,
  type PromptDifference,
  pairsOf,
  type ResampledDifference,
  type RoundMean,
  type RoundMetric,
  type RoundValue,
  sampleProvenanceOf,
  type ValuePair,
} from "./round-metrics.ts";

/** By experiment: each metric of its rounds, by name, with what its changes are evidence of. Three statements. */
export const roundMetricsByExperiment: LoaderDefinition<string, RoundMetric[]> = {
  name: "roundMetricsByExperiment",
  async loadMany(db, ids) {
    const values: RoundValue[] = await db.query(ROUND_VALUES, [ids]);
    const experiments = Map.groupBy(values, ({ experimentId }) => experimentId);
    const metrics = new Map(ids.map((id) => [id, byMetric(experiments.get(id) ?? [])]));
    const pairs = [...metrics.values()].flat().flatMap(pairsOf);
    const paired = await pairedDifferences(db, pairs);
    const changes = new Map(pairs.map((pair) => [pairKey(pair), changeOf(pair, paired.get(pairKey(pair)) ?? null)]));
    return ids.map((id) =>
      (metrics.get(id) ?? []).flatMap((values) => {
        const [first] = values;
        if (!first) return [];
        const { name, direction, provenance } = first;
        const own = pairsOf(values).flatMap((pair) => changes.get(pairKey(pair)) ?? []);
        return [{ name, direction, provenance, values, changes: own }];
      }),
    );
  },
};

/** Key of a pair in what `pairedDifferences` gives. */
export const pairKey = ({ earlier, later }: ValuePair<RoundMean>): string =>
  [earlier.roundId, later.roundId, earlier.name, earlier.provenanceKey].join("\n");

/**
 * What the pairs have in common, by `pairKey`: those that are means of single samples' values prompt by prompt, distances draw by draw.
 * Pairs without common prompts or draws are left out. Two statements.
 */
export async function pairedDifferences(
  db: EntityManager,
  pairs: readonly ValuePair<RoundMean>[],
): Promise<ReadonlyMap<string, PairedDifference>> {
  const ofSamples = pairs.flatMap((pair) => {
    const samples = sampleProvenanceOf(pair.earlier.provenance);
    return samples ? [{ pair, samples }] : [];
  });
  const ofSets = pairs.filter((pair) => !sampleProvenanceOf(pair.earlier.provenance));
  const found = new Map<string, PairedDifference>();
  if (ofSamples.length > 0) {
    const rows: (PromptDifference & { place: number })[] = await db.query(PAIRED_DIFFERENCES, [
      ...roundsOf(ofSamples.map(({ pair }) => pair)),
      ofSamples.map(({ samples }) => JSON.stringify(samples.provenance)),
      ofSamples.map(({ samples }) => samples.promptTag),
    ]);
    for (const { place, ...difference } of rows) {
      const pair = ofSamples[place - 1]?.pair;
      if (pair && difference.deviation !== null) found.set(pairKey(pair), difference);
    }
  }
  if (ofSets.length > 0) {
    const rows: (ResampledDifference & { place: number })[] = await db.query(RESAMPLED_DIFFERENCES, [
      ...roundsOf(ofSets),
      ofSets.map(({ earlier }) => earlier.provenanceKey),
    ]);
    for (const { place, ...difference } of rows) {
      const pair = ofSets[place - 1];
      if (pair) found.set(pairKey(pair), difference);
    }
  }
  return found;
}

/** Earlier rounds, later rounds and metrics of pairs, as columns. */
const roundsOf = (pairs: readonly ValuePair<RoundMean>[]): string[][] => [
  pairs.map(({ earlier }) => earlier.roundId),
  pairs.map(({ later }) => later.roundId),
  pairs.map(({ earlier }) => earlier.name),
];
