import { z } from "zod";
import { MetricDirection } from "../enums.ts";

export const MEASURE_ROUND = "MEASURE_ROUND";

/** Distances of a set of images from the held-out proxy items, on an encoder's features. */
export const DISTANCES = ["FD", "KID", "FD-infinity"] as const;
export type Distance = (typeof DISTANCES)[number];

const distance = z.object({
  /** what it is recorded as, such as FD(mobilenet-v2-mid) */
  name: z.string(),
  distance: z.enum(DISTANCES),
  encoder: z.string(),
});
export type WantedDistance = z.output<typeof distance>;

/** The distance and the encoder that a metric names, as FD(mobilenet-v2-mid) does; null for other metrics. */
export function distanceNamed(name: string): WantedDistance | null {
  const [, kind, encoder = ""] = /^([^(]+)\((.+)\)$/.exec(name) ?? [];
  const found = DISTANCES.find((distance) => distance === kind);
  return found ? { name, distance: found, encoder } : null;
}

/**
 * How different the samples of a prompt are: each one's mean distance to the others, on the features of an encoder or by a scorer
 * that compares two images (LPIPS), named by its id or its metric.
 */
const diversity = z.object({ kind: z.literal("DIVERSITY"), name: z.string(), encoder: z.string() });
/**
 * Whether a sample would be found by its prompt: 1 where, of the samples that the experiment's first round drew for all prompts, those of
 * its own prompt are nearest. Style that is bought with content lowers it.
 */
const fidelity = z.object({
  kind: z.literal("FIDELITY"),
  name: z.string(),
  encoder: z.string(),
  referenceRoundId: z.uuid(),
});
/** The logit of a reward model, of this round or another: one judge for all rounds. */
const judgement = z.object({
  kind: z.literal("REWARD"),
  name: z.string(),
  encoder: z.string(),
  rewardModelId: z.uuid(),
  weightsSha256: z.string().regex(/^[0-9a-f]{64}$/),
});
/** A metric of single samples that is computed from their features, or from what the others of their prompt look like. */
const derivedMetric = z.discriminatedUnion("kind", [diversity, fidelity, judgement]);
export type DerivedMetric = z.output<typeof derivedMetric>;

/** By what a metric names diversity, as diversity(mobilenet-v2-mid) and diversity(lpips-alex) do; null for other metrics. */
export function diversityNamed(name: string): z.output<typeof diversity> | null {
  const [, encoder] = /^diversity\((.+)\)$/.exec(name) ?? [];
  return encoder === undefined ? null : { kind: "DIVERSITY", name, encoder };
}

/** Samples of a prompt that fidelity needs: two to be compared with, one to be looked up. */
export const SMALLEST_FIDELITY_K = 3;

/** The encoder that fidelity(mobilenet-v2-mid) names; null for other metrics. */
export const fidelityNamed = (name: string): string | null => /^fidelity\((.+)\)$/.exec(name)?.[1] ?? null;

export const measureRoundInput = z.object({
  roundId: z.uuid(),
  /** whose ranks make the slices; null: the round alone */
  rewardModelId: z.uuid().nullable(),
  distances: z.array(distance),
  /** metrics of single samples, by name: computed where a scorer of the worker's gives them, else as they were logged */
  sampleMetrics: z.array(z.string()),
  derived: z.array(derivedMetric).default([]),
  /** only samples of prompts with this tag; null: all */
  promptTag: z.string().nullable().default(null),
  /** of the bootstrap of a Frechet distance's interval; 0: no interval */
  resamples: z.number().int().min(0),
});
export type MeasureRoundInput = z.output<typeof measureRoundInput>;

/** What a metric says of the prompts it is of, as part of its provenance: nothing where it is of all. */
export const ofPrompts = (promptTag: string | null): { promptTag?: string } =>
  promptTag === null ? {} : { promptTag };

const setValue = z.object({
  /** the samples that the reward model ranked so, from 1; null: all of the round */
  rank: z.number().int().min(1).nullable(),
  value: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** about what the finite number of images adds to the value; null where it was not estimated */
  bias: z.number().nullable().default(null),
  /** images behind the value */
  n: z.number().int().min(1),
  /** of the round as a whole: the value in each draw of a bootstrap over prompts, by which rounds are compared draw by draw */
  resampled: z
    .object({
      /** equal for draws of the same prompts */
      draws: z.string().min(1).max(100),
      values: z.array(z.number()).min(2).max(10_000),
    })
    .nullable()
    .default(null),
});
export type SetValue = z.output<typeof setValue>;

/** A distance of the round and of each rank's samples. */
const measuredSet = z.object({
  name: z.string(),
  direction: z.enum(MetricDirection),
  provenance: z.record(z.string(), z.unknown()),
  values: z.array(setValue),
});
export type MeasuredSet = z.output<typeof measuredSet>;

export const measureRoundResult = z.object({
  /** values of single samples that this job computed, in all its attempts */
  scored: z.number().int().min(0),
  /** samples of the round that were measured */
  samples: z.number().int().min(0),
  /** of these, with a rank */
  ranked: z.number().int().min(0),
  sets: z.array(measuredSet),
});
export type MeasureRoundResult = z.output<typeof measureRoundResult>;
