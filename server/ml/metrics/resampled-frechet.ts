import { assertComparable, type FeatureRows, rowCount } from "./feature-rows.ts";
import { frechetMoments, frechetOfMoments, type Moments } from "./frechet.ts";
import { frechetOfCounts, gramsOf, type RowCounts } from "./gram.ts";

/** Most rows of both sides together whose inner products are kept (8 bytes x 3,000^2 = 72 MB). */
const GRAM_ROWS = 3000;

/** Frechet distances of many parts or resamples of the rows of two sets. */
export interface ResampledFrechet {
  /** Without counts every row of that side counts once. */
  distance(counts: { reference?: RowCounts; generated?: RowCounts }): Promise<number>;
}

/**
 * Where a side has no more rows than columns, and both together up to 3,000: by their inner products, computed once, so that a
 * distance costs the singular values of one matrix [different rows of a side, of the other] (250 x 100 rows: 2 ms, whatever the
 * width). Otherwise by written-out rows, so that a distance costs a `frechetDistance`, in which the moments of a side that is left
 * as it is are computed once.
 * @throws RangeError as frechetDistance
 */
export async function resampledFrechet(reference: FeatureRows, generated: FeatureRows): Promise<ResampledFrechet> {
  assertComparable(reference, generated);
  const [m, n] = [rowCount(reference), rowCount(generated)];
  if (Math.min(m, n) > reference.width || m + n > GRAM_ROWS) return byRows(reference, generated);
  const grams = await gramsOf(reference, generated);
  const [allFirst, allSecond] = [new Uint8Array(m).fill(1), new Uint8Array(n).fill(1)];
  return {
    distance: (counts) =>
      frechetOfCounts(grams, { first: counts.reference ?? allFirst, second: counts.generated ?? allSecond }),
  };
}

async function byRows(reference: FeatureRows, generated: FeatureRows): Promise<ResampledFrechet> {
  const whole = { reference: await frechetMoments(reference), generated: await frechetMoments(generated) };
  const moments = async (rows: FeatureRows, all: Moments, counts?: RowCounts) =>
    counts ? frechetMoments(written(rows, counts)) : all;
  return {
    distance: async (counts) =>
      frechetOfMoments(
        await moments(reference, whole.reference, counts.reference),
        await moments(generated, whole.generated, counts.generated),
      ),
  };
}

function written({ values, width }: FeatureRows, counts: RowCounts): FeatureRows {
  const chosen = Array.from(counts).flatMap((count, i) => Array.from({ length: count }, () => i));
  const out =
    values instanceof Float32Array ? new Float32Array(chosen.length * width) : new Float64Array(chosen.length * width);
  for (const [k, i] of chosen.entries()) out.set(values.subarray(i * width, (i + 1) * width), k * width);
  return { values: out, width };
}
