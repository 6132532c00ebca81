import type { FeatureRows } from "../../server/ml/metrics/feature-rows.ts";

/** The rows of tools/reference/metrics_reference.py, which says what they are. */
export function referenceRows(n: number, width: number, seed: number, { scale = 1, shift = 0 } = {}): FeatureRows {
  let state = BigInt(seed);
  const raw = Float64Array.from({ length: n * width }, (_, i) => {
    state = (1103515245n * state + 12345n) % 2n ** 31n;
    return (Number(state / 2n ** 11n) / 2 ** 19 - 1) * (1 + (i % width)) ** -0.5 * scale;
  });
  const roll = (seed % 7) + 1;
  const values = Float32Array.from(raw, (own, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    const rolled = row * width + ((((column - roll) % width) + width) % width);
    return own + 0.5 * (raw[rolled] ?? 0) + shift;
  });
  return { values, width };
}
