import { createHash } from "node:crypto";
import type { Distance, SetValue } from "../../shared/jobs/measure-round.ts";
import { fdInfinity } from "../ml/metrics/fd-infinity.ts";
import type { FeatureRows } from "../ml/metrics/feature-rows.ts";
import { frechetDistance } from "../ml/metrics/frechet.ts";
import { frechetInterval } from "../ml/metrics/frechet-interval.ts";
import { kid } from "../ml/metrics/kid.ts";
import { VERSION } from "../version.ts";

export interface Comparison {
  readonly reference: FeatureRows;
  readonly generated: FeatureRows;
  /** prompt of each generated row; without them each is of its own */
  readonly clusters?: readonly number[];
  /** of an FD's interval; 0: none */
  readonly resamples: number;
}

/** A distance of two sets of features with what is known of its noise. The same rows give the same numbers. */
export async function measureDistance(
  distance: Distance,
  { reference, generated, clusters, resamples }: Comparison,
): Promise<Pick<SetValue, "value" | "low" | "high" | "bias" | "resampled">> {
  const none = { low: null, high: null, bias: null, resampled: null };
  const drawn = (values: readonly number[]) =>
    values.length < 2 || !clusters ? null : { draws: drawsOf(clusters, generated), values: [...values] };
  if (distance === "KID") {
    const { value, interval, resampled } = await kid(reference, generated, {
      resamples: clusters ? resamples : 0,
      clusters,
    });
    return { ...none, ...interval, value, resampled: drawn(resampled) };
  }
  if (distance === "FD-infinity") return { ...none, value: (await fdInfinity(reference, generated)).value };
  if (resamples === 0 || (clusters && new Set(clusters).size < 2))
    return { ...none, value: await frechetDistance(reference, generated) };
  const { value, low, high, bias, resampled } = await frechetInterval(reference, generated, { resamples, clusters });
  return { value, low, high, bias, resampled: drawn(resampled) };
}

/** What draws depend on: which prompt each row is of. Rows of another encoder are another metric and never compared. */
const drawsOf = (clusters: readonly number[], { width }: FeatureRows): string =>
  createHash("sha256").update(JSON.stringify({ clusters, width })).digest("hex");

/**
 * What makes two distances from held-out proxy items comparable, in a round's metrics and in an ablation's table alike; how many
 * images they are of, and their intervals, are beside the value.
 * @param features what computed the features
 */
export function distanceProvenance(
  features: Record<string, unknown>,
  { proxySetId: proxySet, digest }: { proxySetId: string; digest: string },
): Record<string, unknown> {
  return { ...features, computedBy: `gan-rm-lab ${VERSION}`, reference: { proxySet, split: "HELD_OUT", digest } };
}
