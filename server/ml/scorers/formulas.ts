import type { Formula, ScorerCard } from "./card.ts";

/** What a scorer says of one sample. */
export type Outcome =
  | {
      readonly kind: "value";
      readonly value: number;
      /** with the formula "probability": whether the value reaches the card's threshold */
      readonly flagged?: boolean;
      /** with the formula "probability": of each class */
      readonly probabilities?: Readonly<Record<string, number>>;
    }
  | { readonly kind: "features"; readonly features: Float32Array }
  /** this sample has no number from this scorer; `reason` is one sentence for the user */
  | { readonly kind: "failure"; readonly reason: string };

/**
 * The card's formula on the model's outputs for the units of a sample: each unit's number, then their mean, or largest where
 * the card says so. A number that is not finite is a failure.
 * @param outputs for each unit, what the model gave   @param text the text model's output for the prompt
 */
export function outcomeOf(card: ScorerCard, outputs: readonly Float32Array[], text: Float32Array | null): Outcome {
  const { formula } = card;
  if (outputs.some((output) => output.some((x) => !Number.isFinite(x))) || text?.some((x) => !Number.isFinite(x)))
    return failure(`The model gave a number that is not finite.`);
  if (formula.kind === "features") return { kind: "features", features: outputs[0] ?? new Float32Array() };
  if (formula.kind === "probability") return probabilityOutcome(card, formula, outputs);
  const values: number[] = [];
  for (const output of outputs) {
    if (formula.kind === "cosine") {
      if (!text || text.length !== output.length)
        return failure(
          `The image has ${output.length} features and the prompt ${text?.length ?? 0}; they must be as many.`,
        );
      values.push(formula.scale * Math.max(cosine(output, text), formula.floor));
    } else {
      if (output.length !== 1) return failure(`The model gave ${output.length} numbers; the formula "affine" wants 1.`);
      values.push(((output[0] ?? Number.NaN) - formula.mean) / formula.deviation);
    }
  }
  const value = aggregate(card, values);
  return Number.isFinite(value) ? { kind: "value", value } : failure("The features are all 0, so there is no angle.");
}

function probabilityOutcome(
  card: ScorerCard,
  { activation, classes, positive, threshold }: Extract<Formula, { kind: "probability" }>,
  outputs: readonly Float32Array[],
): Outcome {
  const wrong = outputs.find((output) => output.length !== classes.length);
  if (wrong) return failure(`The model gave ${wrong.length} classes; the card names ${classes.length}.`);
  const units = outputs.map((output) => ACTIVATIONS[activation](output));
  const outside = units.flat().find((p) => p < -1e-4 || p > 1 + 1e-4);
  if (outside !== undefined) return failure(`The model gave ${outside}, which is no probability; see "activation".`);
  const sums = units.map((unit) => positive.reduce((sum, label) => sum + (unit[classes.indexOf(label)] ?? 0), 0));
  const value = Math.min(1, Math.max(0, aggregate(card, sums)));
  const mean = (i: number) => units.reduce((sum, unit) => sum + (unit[i] ?? 0), 0) / units.length;
  const probabilities = Object.fromEntries(classes.map((label, i) => [label, mean(i)]));
  return { kind: "value", value, flagged: value >= threshold, probabilities };
}

const ACTIVATIONS = {
  none: (x: Float32Array): number[] => [...x],
  sigmoid: (x: Float32Array): number[] => Array.from(x, (logit) => 1 / (1 + Math.exp(-logit))),
  softmax(x: Float32Array): number[] {
    const most = x.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const powers = Array.from(x, (logit) => Math.exp(logit - most));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  },
};

function aggregate({ sample }: ScorerCard, values: readonly number[]): number {
  if (sample.kind === "frames" && sample.aggregate === "max") return Math.max(...values);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** a b / (|a| |b|), in float64; NaN where one is all 0 */
function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    dot += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return dot / Math.sqrt(squareA * squareB);
}

function failure(reason: string): Outcome {
  return { kind: "failure", reason };
}
