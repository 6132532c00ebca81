import { MetricDirection } from "../../shared/enums.ts";
import {
  type MeasuredSet,
  type MeasureRoundInput,
  type MeasureRoundResult,
  ofPrompts,
  type SetValue,
} from "../../shared/jobs/measure-round.ts";
import { takeRows } from "../ml/reward/bootstrapping.ts";
import { distanceProvenance, measureDistance } from "./distance.ts";
import { type FeatureSource, featureSources } from "./feature-source.ts";
import type { JobRun } from "./handler.ts";
import type { MeasuringCheckpoint } from "./measure-round.ts";
import { type RankedSample, type Slice, samplesOf, slicesOf, thinned } from "./rank-slices.ts";
import type { FeatureScorer } from "./sample-scorers.ts";

/** Share of a source's progress that its features have. */
const FEATURES_SHARE = 0.7;
/** Images with a covariance. */
const SMALLEST_SET = 2;

const REFERENCE = `query MeasuringReference($roundId: ID!) {
  round(id: $roundId) { measuringReference { proxySetId digest images } } }`;

interface Reference {
  proxySetId: string;
  digest: string;
  images: string[];
}

interface Measuring {
  readonly input: MeasureRoundInput;
  readonly features: FeatureScorer[];
  readonly checkpoint: MeasuringCheckpoint;
  save(news: Partial<MeasuringCheckpoint>): void;
}

/** Distances of the round's samples, and of those of each rank, from the held-out proxy items. */
export async function measureDistances(
  run: JobRun,
  { input, features, checkpoint, save }: Measuring,
): Promise<Pick<MeasureRoundResult, "sets" | "samples" | "ranked">> {
  const all = await samplesOf(run, input);
  const size = { samples: all.length, ranked: all.filter(({ rank }) => rank !== null).length };
  const unchanged = checkpoint.samples === size.samples && checkpoint.ranked === size.ranked;
  const sets = new MeasuredSets(unchanged ? checkpoint.sets : []);
  const sources = featureSources(input, features);
  if (sources.length === 0) return { ...size, sets: sets.list() };
  const { round } = await run.client.ask<{ round: { measuringReference: Reference } }>(REFERENCE, {
    roundId: input.roundId,
  });
  const reference = round.measuringReference;
  if (reference.images.length < SMALLEST_SET)
    throw new Error(`The proxy set holds ${reference.images.length} images out; a distance needs ${SMALLEST_SET}.`);
  const samples = thinned(all);
  if (samples.length < all.length)
    run.log(`distances are of ${samples.length} of ${all.length} samples, those of prompts at even intervals`);
  const slices = slicesOf(samples).filter(({ rows }) => rows.length >= SMALLEST_SET);
  for (const [i, source] of sources.entries()) {
    const report = (done: number, what: string) => run.report((i + done) / sources.length, what);
    const work = { source, reference, samples, slices, input };
    await measureSource({ ...run, report }, work, sets, () => save({ ...size, sets: sets.list() }));
  }
  return { ...size, sets: sets.list() };
}

interface SourceWork {
  source: FeatureSource;
  reference: Reference;
  samples: RankedSample[];
  slices: Slice[];
  input: MeasureRoundInput;
}

/** Every distance on one source's features, of every slice that is not measured yet. */
async function measureSource(
  run: JobRun,
  { source, reference, samples, slices, input: { resamples, promptTag } }: SourceWork,
  sets: MeasuredSets,
  save: () => void,
): Promise<void> {
  const missing = source.wanted.flatMap((wanted) =>
    slices.filter(({ rank }) => !sets.has(wanted.name, rank)).map((slice) => ({ ...wanted, slice })),
  );
  if (missing.length === 0) return;
  const images = [...reference.images, ...samples.map(({ artifactSha256 }) => artifactSha256)];
  const features = await source.load(run, images, (done) =>
    run.report((FEATURES_SHARE * done) / images.length, `features of ${done} of ${images.length} images`),
  );
  const held = { ...features, values: features.values.subarray(0, reference.images.length * features.width) };
  for (const [done, { name, distance, slice }] of missing.entries()) {
    const of = slice.rank === null ? "the round" : `rank ${slice.rank}`;
    run.report(FEATURES_SHARE + ((1 - FEATURES_SHARE) * done) / missing.length, `${name} of ${of}`);
    const places = slice.rows.map((row) => reference.images.length + row);
    const generated = { ...features, values: takeRows(features.values, features.width, places) };
    const clusters = slice.rows.map((row) => samples[row]?.promptPosition ?? -1);
    const value = await measureDistance(distance, { reference: held, generated, clusters, resamples });
    sets.add(
      { name, provenance: { ...distanceProvenance(features.provenance, reference), ...ofPrompts(promptTag) } },
      {
        ...value,
        // Ranks are not compared between rounds.
        resampled: slice.rank === null ? value.resampled : null,
        rank: slice.rank,
        n: slice.rows.length,
      },
    );
    save();
  }
}

/** What was measured so far, by metric. All of these distances are better where they are lower. */
class MeasuredSets {
  private readonly sets: Map<string, MeasuredSet>;
  constructor(sets: MeasuredSet[]) {
    this.sets = new Map(sets.map((set) => [set.name, { ...set, values: [...set.values] }]));
  }

  has(name: string, rank: number | null): boolean {
    return this.sets.get(name)?.values.some((value) => value.rank === rank) ?? false;
  }

  add({ name, provenance }: Pick<MeasuredSet, "name" | "provenance">, value: SetValue): void {
    const set = this.sets.get(name) ?? { name, direction: MetricDirection.LOWER, provenance, values: [] };
    set.values.push(value);
    this.sets.set(name, set);
  }

  list(): MeasuredSet[] {
    return [...this.sets.values()];
  }
}
