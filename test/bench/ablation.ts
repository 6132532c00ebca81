import { type Encoder, loadEncoder } from "../../server/ml/encoders/encoder.ts";
import { Random } from "../../server/ml/onnx/random.ts";
import { type Batch, createTrainer, type Trainer } from "../../server/ml/onnx/trainer.ts";
import { type AblationTraining, ablationModels, type WantedModel } from "../../server/ml/reward/ablation-models.ts";
import { BalancedBatches } from "../../server/ml/reward/batches.ts";
import { hiddenWidth, rplTraining } from "../../server/ml/reward/rpl.ts";
import { poolOf } from "../../server/ml/reward/strategies.ts";
import { ImageFeatures } from "../../server/worker/image-features.ts";
import { ApiClient } from "../../shared/api-client.ts";
import { commonPrompts, renderEmoji, STYLES } from "../../tools/demo/emoji.ts";
import type { Benchmark } from "./benchmark.ts";
import { inTurns } from "./in-turns.ts";

const [N, POOL, WIDTH, STEPS, BATCH, SEEDS] = [400, 800, 1344, 300, 64, 5];
/** Trainings of a seed: the base run and BOOTSTRAP's second stage. */
const TRAININGS = 2;
/** Batches made beforehand and gone through again and again: more than any cache holds (0.9 MB each). */
const PREPARED = 30;
const STRATEGIES: WantedModel[] = (["NAIVE", "AVERAGE", "VOTING", "BOOTSTRAP"] as const).map((strategy) => ({
  strategy,
}));

/** The four strategies of table 4 with five seeds, against nothing but the training steps that they need. */
export const ablation: Benchmark = {
  name: "ablation",
  async run() {
    const data = { positives: randomRows(N, 1), negatives: randomRows(N, 2), pool: randomRows(POOL, 3) };
    const { trainer, batches } = await bareTraining(data);
    let seed = 0;
    const middle = await inTurns(SEEDS, {
      ours: () => seconds(() => allStrategies(data, seed++)),
      reference: () => seconds(() => bareSteps(trainer, batches)),
    });
    await trainer.dispose();
    const { asked, images, encoded } = await countEncodings();
    return {
      name: "ablation",
      ratio: middle.ours / middle.reference,
      ours: middle.ours,
      reference: middle.reference,
      unit: "s",
      how: `NAIVE, AVERAGE, VOTING and BOOTSTRAP of a seed as the job makes them (N = ${N}, width ${WIDTH}, ${STEPS} steps, pool ${POOL}, features in memory) over the bare steps of its base run and its second stage (Trainer.run on prepared batches); ${SEEDS} seeds in turns, the pair of the median ratio. Features of ${SEEDS} seeds: ${asked} images asked for, ${images} different, ${encoded} decoded`,
    };
  },
};

type Data = Record<"positives" | "negatives" | "pool", Float32Array>;

async function allStrategies({ positives, negatives, pool }: Data, seed: number): Promise<void> {
  const training: AblationTraining<WantedModel>["training"] = {
    width: WIDTH,
    positives,
    negatives,
    hyperparameters: { steps: STEPS, batchSize: BATCH, seed },
  };
  let models = 0;
  for await (const { members } of ablationModels({ training, wanted: STRATEGIES, pool: poolOf(pool, WIDTH) }))
    models += Math.min(members.length, 1);
  if (models !== STRATEGIES.length) throw new Error(`${models} models were made.`);
}

async function bareTraining({ positives, negatives }: Data): Promise<{ trainer: Trainer; batches: Batch[] }> {
  const options = { width: WIDTH, hidden: hiddenWidth(WIDTH), batchSize: BATCH, dropout: 0.2, seed: 0 };
  const source = new BalancedBatches(
    { positives: { rows: positives, labels: 1 }, negatives: { rows: negatives, labels: 0 } },
    options,
  );
  const batches = Array.from({ length: PREPARED }, (_, s) => structuredClone(source.batch(s)));
  const trainer = await createTrainer(rplTraining(options), { optimiser: { learningRate: 5e-4, weightDecay: 0.01 } });
  return { trainer, batches };
}

async function bareSteps(trainer: Trainer, batches: readonly Batch[]): Promise<void> {
  for (let step = 0; step < TRAININGS * STEPS; step++)
    await trainer.run(batches.slice(step % PREPARED, (step % PREPARED) + 1));
}

/** How often images are decoded when the groups of an ablation, which share most of theirs, get their features one after the other. */
async function countEncodings(): Promise<{ asked: number; images: number; encoded: number }> {
  const store = new MemoryStore();
  const drawings = commonPrompts().slice(0, 60);
  const images: string[] = [];
  for (const { slug } of drawings)
    for (const style of STYLES)
      images.push(await store.upload(new Uint8Array(await renderEmoji(style, slug, 128)), "IMAGE", slug));
  const encoder = await loadEncoder("mobilenet-v2-mid");
  let encoded = 0;
  const counting: Encoder = new Proxy(encoder, {
    get(target, key) {
      if (key === "encode")
        return (files: readonly Uint8Array[]) => {
          encoded += files.length;
          return target.encode(files);
        };
      const value = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  let asked = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    // a seed's own negatives, and candidates that all have, some of them in two of its lists
    const order = new Random(seed).permutation(images.length);
    const hashes = [...Array.from(order.subarray(0, 250), (i) => images[i] ?? ""), ...images.slice(0, 150)];
    await ImageFeatures.load(store, counting, hashes);
    asked += hashes.length;
  }
  await encoder.dispose();
  return { asked, images: store.asked.size, encoded };
}

/** The server's part in `featuresOf`, in memory. */
class MemoryStore extends ApiClient {
  readonly asked = new Set<string>();
  private readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  private readonly rows = new Map<string, { imageSha256: string; matrixSha256: string; row: number }>();

  constructor() {
    super({ url: "http://memory.invalid", token: "" });
  }

  override async upload(bytes: Uint8Array<ArrayBuffer>, kind: string, name: string): Promise<string> {
    const key = `${kind} ${this.files.size} ${name}`;
    this.files.set(key, bytes);
    return key;
  }

  override async download(key: string): Promise<Uint8Array<ArrayBuffer>> {
    const file = this.files.get(key);
    if (!file) throw new Error(`There is no ${key}.`);
    return file;
  }

  override async ask<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const { images, matrixSha256 } = (variables.input ?? variables) as { images: string[]; matrixSha256?: string };
    for (const image of images) this.asked.add(image);
    if (matrixSha256)
      for (const [row, imageSha256] of images.entries()) this.rows.set(imageSha256, { imageSha256, matrixSha256, row });
    const rows = images.flatMap((image) => this.rows.get(image) ?? []);
    return (query.startsWith("mutation") ? { registerFeatures: { rows } } : { featureRows: rows }) as T;
  }
}

function randomRows(n: number, seed: number): Float32Array {
  const random = new Random(seed);
  return new Float32Array(n * WIDTH).map(() => random.normal());
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1e3;
}
