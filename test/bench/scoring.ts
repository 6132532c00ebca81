import { readFile } from "node:fs/promises";
import { type Encoder, encodeAll, type ImageSource, loadEncoder } from "../../server/ml/encoders/encoder.ts";
import { prepareRun, Session } from "../../server/ml/onnx/session.ts";
import { type RewardWeights, rplBuffers, rplParameters } from "../../server/ml/reward/rpl.ts";
import { RewardScorer } from "../../server/ml/reward/score.ts";
import { commonPrompts, renderEmoji, STYLES } from "../../tools/demo/emoji.ts";
import type { Benchmark } from "./benchmark.ts";

const IMAGES = 2000;
const SIZE = 128;
const ROUNDS = 5;
const BATCHES = [1, 2, 4, 8, 16, 32];
const MODEL = new URL("../../server/ml/encoders/models/mobilenet-v2-mid.onnx", import.meta.url);

interface BareRun {
  readonly batch: number;
  /** Computes the whole set's number of images. Gives images a second. */
  readonly measure: (images: number) => Promise<number>;
}

/** PNG files in, rewards out, against the encoder's session alone on ready tensors; in turns, the median of the rounds' ratios. */
export const scoring: Benchmark = {
  name: "scoring",
  async run() {
    const images = await renderImages();
    const encoder = await loadEncoder("mobilenet-v2-mid");
    const scorer = await RewardScorer.create([untrainedWeights(2 * encoder.width)]);
    const session = await Session.create(await readFile(MODEL), { optimisation: "all" });
    const bare = await bestBareRun(session, encoder.width);
    await scoreAll({ images: images.slice(0, 200), encoder, scorer });
    const rounds: { ours: number; reference: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      // the order changes each round, so that neither side always has the quieter moment
      const first = round % 2 === 1 ? await bare.measure(IMAGES) : undefined;
      const ours = await scoreAll({ images, encoder, scorer });
      rounds.push({ ours, reference: first ?? (await bare.measure(IMAGES)) });
    }
    await session.dispose();
    await scorer.dispose();
    await encoder.dispose();
    const middle = rounds.toSorted((a, b) => a.ours / a.reference - b.ours / b.reference)[Math.floor(ROUNDS / 2)];
    if (!middle) throw new Error("No round was measured.");
    return {
      name: "scoring",
      ratio: middle.ours / middle.reference,
      ...middle,
      unit: "images/s",
      how: `${IMAGES} PNG files of ${SIZE} px in memory: decode, preprocess, encode, RPL; one lane of one thread per core; over the encoder's session.run on ready tensors at its best batch of ${BATCHES.join(", ")} (${bare.batch}) on 2 threads; in turns, round of the median ratio of ${ROUNDS}`,
    };
  },
};

/** Images a second from files to rewards. Throws where an image failed or was lost. */
async function scoreAll(parts: { images: ImageSource[]; encoder: Encoder; scorer: RewardScorer }): Promise<number> {
  const { images, encoder, scorer } = parts;
  const start = performance.now();
  const { features, failures } = await encodeAll(encoder, images);
  const { scores } = await scorer.score(features);
  const seconds = (performance.now() - start) / 1e3;
  if (failures.length > 0 || scores.length !== images.length || scores.some(Number.isNaN)) {
    throw new Error(`${images.length} images gave ${scores.length} scores and ${failures.length} failures.`);
  }
  return images.length / seconds;
}

/** The fastest of the batch sizes by a short trial of each, best of three. */
async function bestBareRun(session: Session, width: number): Promise<BareRun> {
  const runs = BATCHES.map((batch) => bareRun(session, { batch, width }));
  const best = runs.map(() => 0);
  for (let trial = 0; trial < 3; trial++) {
    for (const [i, run] of runs.entries()) best[i] = Math.max(best[i] ?? 0, await run.measure(160));
  }
  const fastest = runs[best.indexOf(Math.max(...best))];
  if (!fastest) throw new Error("No batch size was tried.");
  return fastest;
}

function bareRun(session: Session, { batch, width }: { batch: number; width: number }): BareRun {
  const data = Uint8Array.from({ length: batch * SIZE * SIZE * 3 }, (_, i) => (i * 31) % 256);
  const output = () => ({ dtype: "float32" as const, shape: [batch, width], data: new Float32Array(batch * width) });
  const prepared = prepareRun(
    { image: { dtype: "uint8", shape: [batch, SIZE, SIZE, 3], data } },
    { first: output(), second: output() },
  );
  return {
    batch,
    async measure(images) {
      const runs = Math.ceil(images / batch);
      const start = performance.now();
      for (let i = 0; i < runs; i++) await session.runInto(prepared);
      return (runs * batch) / ((performance.now() - start) / 1e3);
    },
  };
}

/** The drawings of the demo, every style of each prompt, as the demo stores them. */
async function renderImages(): Promise<ImageSource[]> {
  const drawings = commonPrompts().flatMap(({ slug }) => STYLES.map((style) => ({ slug, style })));
  const chosen = drawings.slice(0, IMAGES);
  if (chosen.length < IMAGES) throw new Error(`There are only ${chosen.length} drawings.`);
  const images: ImageSource[] = [];
  for (const { slug, style } of chosen) {
    images.push({ key: `${style}/${slug}`, bytes: await renderEmoji(style, slug, SIZE) });
  }
  return images;
}

/** What the weights are does not change the time they take. */
function untrainedWeights(width: number): RewardWeights {
  const weights = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const { name, shape, initial } of [...rplParameters(width, 1), ...rplBuffers(width)]) {
    weights.set(name, { shape, data: initial });
  }
  weights.set("input.mean", { shape: [width], data: new Float32Array(width) });
  weights.set("input.scale", { shape: [width], data: new Float32Array(width).fill(1) });
  return weights;
}
