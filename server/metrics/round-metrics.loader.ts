import type { EntityManager } from "typeorm";
import type { LoaderDefinition } from "../graphql/loader.ts";
import { PAIRED_DIFFERENCES, ROUND_VALUES } from "./round-metrics.sql.ts";
import {
  byMetric,
  changeOf,
  type PairedDifference,
  pairsOf,
  type RoundMean,
  type RoundMetric,
  type RoundValue,
  sampleProvenanceOf,
  type ValuePair,
} from "./round-metrics.ts";

/** By experiment: each metric of its rounds, by name, with what its changes are evidence of. Two statements. */
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

/** Of the pairs that are means of single samples' values, those that have such values of common prompts; by `pairKey`. */
export async function pairedDifferences(
  db: EntityManager,
  pairs: readonly ValuePair<RoundMean>[],
): Promise<ReadonlyMap<string, PairedDifference>> {
  const wanted = pairs.flatMap((pair) => {
    const samples = sampleProvenanceOf(pair.earlier.provenance);
    return samples ? [{ pair, samples }] : [];
  });
  if (wanted.length === 0) return new Map();
  const column = <T>(pick: (one: (typeof wanted)[number]) => T) => wanted.map(pick);
  const rows: (PairedDifference & { place: number })[] = await db.query(PAIRED_DIFFERENCES, [
    column(({ pair }) => pair.earlier.roundId),
    column(({ pair }) => pair.later.roundId),
    column(({ pair }) => pair.earlier.name),
    column(({ samples }) => JSON.stringify(samples.provenance)),
    column(({ samples }) => samples.promptTag),
  ]);
  return new Map(
    rows.flatMap(({ place, ...difference }) => {
      const one = wanted[place - 1];
      return one ? [[pairKey(one.pair), difference] as const] : [];
    }),
  );
}
