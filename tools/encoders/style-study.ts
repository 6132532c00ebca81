import { fileURLToPath } from "node:url";
import { encodeAll, loadEncoder } from "../../server/ml/encoders/encoder.ts";
import { auc } from "../../server/ml/metrics/classification.ts";
import { commonPrompts, renderEmoji, STYLES, type Style } from "../demo/emoji.ts";

const STEPS = 300;
const LEARNING_RATE = 0.01;
const L2 = 1e-3;

interface Row {
  readonly style: Style;
  readonly heldOut: boolean;
  readonly features: Float32Array;
}

/**
 * How well an encoder tells one drawing style from the six others: a linear probe (logistic regression on standardised
 * features) per style, trained on the even prompts, AUC on the odd ones. Usage: style-study.ts [encoder id] [prompts]
 */
async function main([encoderId = "mobilenet-v2-mid", prompts = "300"]: readonly string[]): Promise<void> {
  const rows = await encodeDrawings(encoderId, Number(prompts));
  standardise(rows);
  const results = STYLES.map((style) => ({ style, value: heldOutAuc(rows, style) }));
  for (const { style, value } of results) process.stdout.write(`${style.padEnd(28)} ${value.toFixed(4)}\n`);
  const mean = results.reduce((sum, { value }) => sum + value, 0) / results.length;
  process.stdout.write(`${"mean".padEnd(28)} ${mean.toFixed(4)}\n`);
}

async function encodeDrawings(encoderId: string, prompts: number): Promise<Row[]> {
  const encoder = await loadEncoder(encoderId);
  const drawings = commonPrompts()
    .slice(0, prompts)
    .flatMap(({ slug }, i) => STYLES.map((style) => ({ key: `${style}/${slug}`, slug, style, heldOut: i % 2 === 1 })));
  const known = new Map(drawings.map((drawing) => [drawing.key, drawing]));
  const { keys, features } = await encodeAll(
    encoder,
    (async function* () {
      for (const { key, style, slug } of drawings) {
        yield { key, bytes: await renderEmoji(style, slug, encoder.preprocessing.width) };
      }
    })(),
  );
  await encoder.dispose();
  const width = 2 * encoder.width;
  return keys.flatMap((key, i) => {
    const drawing = known.get(key);
    return drawing ? [{ ...drawing, features: features.slice(i * width, (i + 1) * width) }] : [];
  });
}

/** To mean 0 and deviation 1 over the training rows, in place. */
function standardise(rows: readonly Row[]): void {
  const training = rows.filter((row) => !row.heldOut);
  const width = rows[0]?.features.length ?? 0;
  for (let k = 0; k < width; k++) {
    const column = training.map((row) => row.features[k] ?? 0);
    const mean = column.reduce((sum, x) => sum + x, 0) / column.length;
    const deviation = Math.sqrt(column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / column.length) || 1;
    for (const row of rows) row.features[k] = ((row.features[k] ?? 0) - mean) / deviation;
  }
}

/** Logistic regression by full-batch Adam, both classes of equal weight. */
function heldOutAuc(rows: readonly Row[], style: Style): number {
  const training = rows.filter((row) => !row.heldOut);
  const width = training[0]?.features.length ?? 0;
  const weights = new Float64Array(width + 1);
  const [first, second] = [new Float64Array(width + 1), new Float64Array(width + 1)];
  const positives = training.filter((row) => row.style === style).length;
  for (let step = 1; step <= STEPS; step++) {
    const gradient = weights.map((w, k) => (k < width ? L2 * w : 0));
    for (const row of training) {
      const label = row.style === style ? 1 : 0;
      const share = 0.5 / (label === 1 ? positives : training.length - positives);
      const error = share * (1 / (1 + Math.exp(-logit(weights, row.features))) - label);
      for (let k = 0; k < width; k++) gradient[k] = (gradient[k] ?? 0) + error * (row.features[k] ?? 0);
      gradient[width] = (gradient[width] ?? 0) + error;
    }
    for (let k = 0; k <= width; k++) {
      const g = gradient[k] ?? 0;
      first[k] = 0.9 * (first[k] ?? 0) + 0.1 * g;
      second[k] = 0.999 * (second[k] ?? 0) + 0.001 * g * g;
      const rate = LEARNING_RATE * (Math.sqrt(1 - 0.999 ** step) / (1 - 0.9 ** step));
      weights[k] = (weights[k] ?? 0) - (rate * (first[k] ?? 0)) / (Math.sqrt(second[k] ?? 0) + 1e-8);
    }
  }
  const heldOut = rows.filter((row) => row.heldOut);
  return auc({
    scores: heldOut.map((row) => logit(weights, row.features)),
    labels: heldOut.map((row) => (row.style === style ? 1 : 0)),
  });
}

function logit(weights: Float64Array, features: Float32Array): number {
  let sum = weights[features.length] ?? 0;
  for (let k = 0; k < features.length; k++) sum += (weights[k] ?? 0) * (features[k] ?? 0);
  return sum;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
