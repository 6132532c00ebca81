import { ENCODER_IDS } from "../../shared/encoders.ts";
import type { Distance, MeasureRoundInput } from "../../shared/jobs/measure-round.ts";
import { loadEncoder } from "../ml/encoders/encoder.ts";
import type { FeatureRows } from "../ml/metrics/feature-rows.ts";
import { frechetName } from "../ml/metrics/metric-name.ts";
import { ScorerEngine } from "../ml/scorers/engine.ts";
import { download } from "./download.ts";
import { encoderProvenance } from "./encoder-provenance.ts";
import { featuresOf } from "./features.ts";
import type { JobRun } from "./handler.ts";
import type { FeatureScorer } from "./sample-scorers.ts";

/** Features of images, and what fixes them: equal provenance, comparable distances. */
export interface SourcedFeatures extends FeatureRows {
  readonly values: Float32Array;
  readonly provenance: Record<string, unknown>;
}

/** Where the features of some distances come from. */
export interface FeatureSource {
  readonly wanted: readonly { name: string; distance: Distance }[];
  /** A row for each of the hashes, in their order. @throws Error naming the image that has none */
  load(run: JobRun, images: string[], onProgress: (done: number) => void): Promise<SourcedFeatures>;
}

/** Encoders of the distances that are wanted, then scorers that give features. */
export function featureSources({ distances }: MeasureRoundInput, scorers: readonly FeatureScorer[]): FeatureSource[] {
  const ofEncoder = (id: string) => distances.filter(({ encoder }) => encoder === id);
  return [
    ...ENCODER_IDS.map((id) => ({ wanted: ofEncoder(id), load: (...args: LoadArguments) => encoded(id, ...args) })),
    ...scorers.map((scorer) => ({
      wanted: scorer.wanted,
      load: (...args: LoadArguments) => scored(scorer, ...args),
    })),
  ].filter(({ wanted }) => wanted.length > 0);
}

type LoadArguments = Parameters<FeatureSource["load"]>;

/** From the store where any worker has encoded an image before. */
async function encoded(id: string, ...[run, images, onProgress]: LoadArguments): Promise<SourcedFeatures> {
  const encoder = await loadEncoder(id, { provider: run.provider });
  try {
    const values = await featuresOf(run.client, encoder, images, { onProgress });
    return { values, width: 2 * encoder.width, provenance: encoderProvenance(encoder) };
  } finally {
    await encoder.dispose();
  }
}

async function scored(
  { id, wanted }: FeatureScorer,
  ...[run, images, onProgress]: LoadArguments
): Promise<SourcedFeatures> {
  const engine = await ScorerEngine.open([id], { provider: run.provider });
  try {
    const places = Map.groupBy(images.keys(), (i) => images[i] ?? "");
    let rows: { values: Float32Array; width: number } | undefined;
    let done = 0;
    for await (const { key, outcomes } of engine.score(itemsOf(run, [...places.keys()]))) {
      const outcome = outcomes.get(id);
      if (outcome?.kind !== "features")
        throw new Error(
          `Image ${key} has no features of "${id}": ${outcome?.kind === "failure" ? outcome.reason : ""}`,
        );
      const width = outcome.features.length;
      rows ??= { values: new Float32Array(images.length * width), width };
      for (const i of places.get(key) ?? []) rows.values.set(outcome.features, i * width);
      onProgress(++done);
    }
    const [scorer] = engine.scorers;
    if (!rows || !scorer) throw new Error(`The scorer "${id}" gave no features.`);
    if (wanted.some(({ name }) => name === "FID") && frechetName({ id, width: rows.width }) !== "FID")
      throw new Error(`The card "${id}" calls its metric FID, which is of the standard Inception's features alone.`);
    return { ...rows, provenance: { ...scorer.provenance } };
  } finally {
    await engine.dispose();
  }
}

async function* itemsOf({ client }: JobRun, images: string[]) {
  for await (const { key, bytes } of download(client, images)) yield { key, media: bytes };
}
