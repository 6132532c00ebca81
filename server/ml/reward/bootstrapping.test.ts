import { expect, test } from "vitest";
import { type BootstrapOptions, bootstrapTraining, defaultM, pseudoLabels } from "./bootstrapping.ts";

const LOGITS = Float32Array.of(0.5, 3, -2, 1, 1, -1, 2, 0);
const label = (options: BootstrapOptions & { m: number }) => pseudoLabels(LOGITS, { seed: 1, ...options });

test("the M highest become positives, best first, the M lowest negatives; equal logits keep the pool's order", () => {
  const { positives, negatives } = label({ m: 3 });
  expect([...positives]).toEqual([1, 6, 3]);
  expect([...negatives]).toEqual([2, 5, 7]);
});

test.each<[BootstrapOptions, number[]]>([
  [{}, [2 ** (-1 / 3), 2 ** (-2 / 3), 1 / 2]],
  [{ alpha: 0.3, rankScale: "RAW" }, [Math.exp(-0.3), Math.exp(-0.6), Math.exp(-0.9)]],
  [{ alpha: 0.3, rankScale: "RAW", rankFrom: 0 }, [1, Math.exp(-0.3), Math.exp(-0.6)]],
  [{ alpha: 0.3, rankFrom: 0 }, [1, Math.exp(-0.1), Math.exp(-0.2)]],
])("y = exp(-alpha r) with %o", (options, labels) => {
  for (const [i, y] of label({ m: 3, ...options }).labels.entries()) expect(y).toBeCloseTo(labels[i] ?? 0, 6);
});

test("random negatives are below the top M, each once, and fixed by the seed", () => {
  const draw = (seed: number) => [...label({ m: 3, pseudoNegatives: "RANDOM", seed } as never).negatives];
  const drawn = Array.from({ length: 20 }, (_, seed) => draw(seed));
  for (const negatives of drawn) {
    expect(new Set(negatives).size).toBe(3);
    for (const i of negatives) expect([1, 6, 3]).not.toContain(i);
  }
  expect(draw(4)).toEqual(draw(4));
  expect(new Set(drawn.map(String)).size).toBeGreaterThan(5);
});

test("M by default: a tenth of the proxy items, at most a tenth of the pool, so both classes always fit", () => {
  expect(defaultM({ positives: 400, pool: 1600 })).toBe(40);
  expect(defaultM({ positives: 400, pool: 41 })).toBe(4);
  expect(defaultM({ positives: 8, pool: 8 })).toBe(1);
});

test.each([
  ["more than half of the pool", { m: 5 }, "A pool of 8 gives 1 to 4 pseudo-positives, not 5."],
  ["none", { m: 0 }, "not 0"],
  ["alpha 0", { m: 2, alpha: 0 }, "alpha must be above 0"],
])("%s is refused", (_what, options, sentence) => {
  expect(() => label(options)).toThrow(sentence);
});

test("a logit that is no number is refused: it has no rank", () => {
  expect(() => pseudoLabels(Float32Array.of(1, Number.NaN), { m: 1, seed: 1 })).toThrow("logit of sample 1");
});

test("the second stage has D_r first, then the pseudo-labelled rows, and nothing else changed", () => {
  const first = {
    width: 2,
    positives: Float32Array.of(1, 1),
    negatives: Float32Array.of(0, 0, 0.5, 0.5),
    heldOutPositives: Float32Array.of(9, 9),
    heldOutNegatives: Float32Array.of(8, 8),
    hyperparameters: { seed: 3, steps: 7 },
  };
  const pseudo = {
    positives: Float32Array.of(2, 2),
    labels: Float32Array.of(0.75),
    negatives: Float32Array.of(-2, -2),
  };
  expect(bootstrapTraining(first, pseudo)).toEqual({
    ...first,
    positives: Float32Array.of(1, 1, 2, 2),
    positiveLabels: Float32Array.of(1, 0.75),
    negatives: Float32Array.of(0, 0, 0.5, 0.5, -2, -2),
    negativeLabels: undefined,
    hyperparameters: { seed: 3, steps: 7, snapshots: 1 },
  });
});
