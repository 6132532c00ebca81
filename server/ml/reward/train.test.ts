import { expect, test } from "vitest";
import { Random } from "../onnx/random.ts";
import { Session } from "../onnx/session.ts";
import { decodeSafetensors } from "../safetensors.ts";
import { exportFeatureModel } from "./export.ts";
import { scoreFeatures } from "./score.ts";
import { type TrainedReward, trainRewardModel } from "./train.ts";
import type { RewardTraining } from "./training.ts";
import { readRewardMembers, writeRewardWeights } from "./weights-file.ts";

const WIDTH = 16;

/** Two overlapping Gaussians; some features large, some tiny, one constant. */
function rows(n: number, options: { seed: number; shift: number }): Float32Array {
  const random = new Random(options.seed, n);
  return Float32Array.from({ length: n * WIDTH }, (_, i) => {
    const feature = i % WIDTH;
    if (feature === 3) return 5;
    return (random.normal() + (feature < 8 ? options.shift : 0)) * 10 ** ((feature % 5) - 2);
  });
}

function task(more: Partial<RewardTraining> = {}): RewardTraining {
  return {
    width: WIDTH,
    positives: rows(100, { seed: 1, shift: 0.6 }),
    negatives: rows(140, { seed: 2, shift: -0.6 }),
    heldOutPositives: rows(60, { seed: 3, shift: 0.6 }),
    heldOutNegatives: rows(50, { seed: 4, shift: -0.6 }),
    hyperparameters: { steps: 60, batchSize: 32, learningRate: 3e-3, seed: 5 },
    ...more,
  };
}

const fileOf = ({ weights, step }: TrainedReward): Uint8Array => writeRewardWeights(weights, step);

test("it learns to tell two classes of features apart, and reports what it did", async () => {
  const seen: number[] = [];
  const trained = await trainRewardModel(task({ onProgress: ({ step }) => void seen.push(step) }));
  expect(trained.heldOut?.auc).toBeGreaterThan(0.97);
  expect(trained.heldOut).toMatchObject({ positives: 60, negatives: 50, n: 110 });
  expect(trained.lossCurve).toHaveLength(60);
  expect(trained.lossCurve.at(-1)?.loss).toBeLessThan((trained.lossCurve[0]?.loss ?? 0) / 2);
  expect(trained.heldOutCurve).toHaveLength(20);
  expect(seen).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
});

test("the same input gives the same bytes, and another seed others", async () => {
  const bytes = async (seed: number) => {
    const { hyperparameters } = task();
    return fileOf(await trainRewardModel(task({ hyperparameters: { ...hyperparameters, seed } })));
  };
  const first = await bytes(5);
  expect(Buffer.compare(first, await bytes(5))).toBe(0);
  expect(Buffer.compare(first, await bytes(6))).not.toBe(0);
});

test("a trainer that is used again forgets what it was trained for, also where that ended in the middle", async () => {
  const bytes = async (more: Partial<RewardTraining> = {}) => fileOf(await trainRewardModel(task(more)));
  const first = await bytes();
  const { hyperparameters } = task();
  await bytes({ hyperparameters: { ...hyperparameters, seed: 9, snapshots: 1 } });
  await bytes({ hyperparameters: { ...hyperparameters, steps: 7, seed: 4, warmupSteps: 6 } });
  expect(Buffer.compare(await bytes(), first)).toBe(0);
  const stopped = new Error("stopped");
  const onProgress = ({ step }: { step: number }) => {
    if (step === 3) throw stopped;
  };
  await expect(trainRewardModel(task({ onProgress }))).rejects.toThrow(stopped);
  expect(Buffer.compare(await bytes(), first)).toBe(0);
});

test("a run resumed from a checkpoint ends with the bytes, curves and best step of an uninterrupted one", async () => {
  const hyperparameters = { ...task().hyperparameters, earlyStopping: { patience: 8 }, learningRate: 2e-2 };
  const saved = new Map<number, Uint8Array>();
  const save = (bytes: Uint8Array, step: number) => void saved.set(step, bytes);
  const whole = await trainRewardModel(task({ hyperparameters, checkpoint: { everySteps: 20, save } }));
  const resumed = await trainRewardModel(task({ hyperparameters, checkpoint: { resumeFrom: saved.get(20) } }));
  expect(Buffer.compare(fileOf(whole), fileOf(resumed))).toBe(0);
  expect({ ...resumed, weights: null }).toEqual({ ...whole, weights: null });
});

test("snapshots are what shorter runs of the same schedule would end with, the last at the last step", async () => {
  const hyperparameters = { ...task().hyperparameters, warmupSteps: 5 };
  const { snapshots, weights, step } = await trainRewardModel(task({ hyperparameters }));
  expect(snapshots.map((snapshot) => snapshot.step)).toEqual([15, 30, 45, 60]);
  expect(snapshots.at(-1)).toEqual({ step, weights });
  const shorter = await trainRewardModel(task({ hyperparameters: { ...hyperparameters, steps: 30, snapshots: 1 } }));
  expect(shorter.weights).toEqual(snapshots[1]?.weights);
  const three = await trainRewardModel(task({ hyperparameters: { ...hyperparameters, snapshots: 3 } }));
  expect(three.snapshots.map((snapshot) => snapshot.step)).toEqual([20, 40, 60]);
  expect(three.weights).toEqual(weights);
});

test("with early stopping the last snapshot is the best step's, after the planned ones before it", async () => {
  const hyperparameters = { steps: 400, batchSize: 32, learningRate: 2e-2, seed: 5, snapshots: 40 };
  const stopping = { ...hyperparameters, evaluateEverySteps: 5, earlyStopping: { patience: 4 } };
  const { snapshots, step, weights } = await trainRewardModel(task({ hyperparameters: stopping }));
  const planned = Array.from({ length: 40 }, (_, i) => 10 * (i + 1)).filter((s) => s < step);
  expect(snapshots.map((snapshot) => snapshot.step)).toEqual([...planned, step]);
  expect(snapshots.at(-1)?.weights).toEqual(weights);
});

test("held-out rows are never trained on: others give the same weights", async () => {
  const bytes = async (more: Partial<RewardTraining>) => fileOf(await trainRewardModel(task(more)));
  const others = {
    heldOutPositives: rows(30, { seed: 8, shift: -3 }),
    heldOutNegatives: rows(40, { seed: 9, shift: 3 }),
  };
  expect(Buffer.compare(await bytes({}), await bytes(others))).toBe(0);
});

test("a checkpoint of other data is refused", async () => {
  const saved: Uint8Array[] = [];
  await trainRewardModel(task({ checkpoint: { everySteps: 60, save: (bytes) => void saved.push(bytes) } }));
  const other = task({ positives: rows(100, { seed: 9, shift: 0.6 }), checkpoint: { resumeFrom: saved[0] } });
  await expect(trainRewardModel(other)).rejects.toThrow("belongs to another run");
});

test("early stopping stops before the last step and keeps the weights of the lowest held-out loss", async () => {
  const hyperparameters = {
    steps: 400,
    batchSize: 32,
    learningRate: 2e-2,
    seed: 5,
    evaluateEverySteps: 5,
    earlyStopping: { patience: 4 },
  };
  const trained = await trainRewardModel(task({ hyperparameters }));
  expect(trained.stoppedEarly).toBe(true);
  const lowest = trained.heldOutCurve.toSorted((a, b) => a.loss - b.loss)[0];
  expect(trained.step).toBe(lowest?.step);
  expect(trained.lossCurve.length).toBe((lowest?.step ?? 0) + 4 * 5);
});

test("a run that diverges fails with the step and its learning rate", async () => {
  const hyperparameters = { ...task().hyperparameters, learningRate: 1e30, warmupSteps: 1 };
  await expect(trainRewardModel(task({ hyperparameters }))).rejects.toThrow(
    /^The loss of step [1-9]\d* is (NaN|Infinity) at a learning rate of 1e\+30: lower learningRate\.$/,
  );
});

test("the file is the whole state_dict of the PyTorch module, counters included", async () => {
  const { tensors } = decodeSafetensors(fileOf(await trainRewardModel(task())));
  const hidden = 1.5 * WIDTH;
  const linear = (name: string, inputs: number, outputs: number) => [
    `${name}.weight Float32Array [${outputs},${inputs}]`,
    `${name}.bias Float32Array [${outputs}]`,
  ];
  const norm = (name: string, size: number) => [
    ...["weight", "bias", "running_mean", "running_var"].map((part) => `${name}.${part} Float32Array [${size}]`),
    `${name}.num_batches_tracked BigInt64Array []`,
  ];
  const found = [...tensors].map(([name, { shape, data }]) => `${name} ${data.constructor.name} [${shape}]`);
  expect(found.toSorted()).toEqual(
    [
      `input.mean Float32Array [${WIDTH}]`,
      `input.scale Float32Array [${WIDTH}]`,
      ...linear("linear1", WIDTH, hidden),
      ...norm("norm1", hidden),
      ...linear("linear2", hidden, WIDTH),
      ...norm("norm2", WIDTH),
      ...linear("output", WIDTH, 2),
    ].toSorted(),
  );
  expect(tensors.get("norm1.num_batches_tracked")?.data[0]).toBe(60n);
});

test("an aborted run stops between two steps with the reason", async () => {
  const controller = new AbortController();
  let last = 0;
  const onProgress = ({ step }: { step: number }) => {
    last = step;
    if (step === 7) controller.abort(new Error("cancelled by the user"));
  };
  await expect(trainRewardModel(task({ signal: controller.signal, onProgress }))).rejects.toThrow(
    "cancelled by the user",
  );
  expect(last).toBe(7);
});

test("soft labels pull the scores towards them", async () => {
  const { hyperparameters } = task();
  const trained = await trainRewardModel(
    task({ positiveLabels: new Float32Array(100).fill(0.7), hyperparameters: { ...hyperparameters, steps: 200 } }),
  );
  const { scores } = await scoreFeatures([trained.weights], rows(100, { seed: 1, shift: 0.6 }));
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  expect(mean).toBeGreaterThan(0.6);
  expect(mean).toBeLessThan(0.8);
});

test("weights survive their file, and the exported model takes any number of rows and agrees with scoring", async () => {
  const trained = await trainRewardModel(task());
  const { weights } = trained;
  const features = rows(5, { seed: 8, shift: 0 });
  const { logits, scores } = await scoreFeatures(readRewardMembers(fileOf(trained)), features);
  const session = await Session.create(exportFeatureModel([weights]));
  for (const n of [1, 5]) {
    const data = features.subarray(0, n * WIDTH);
    const { logit, score } = await session.run({ features: { dtype: "float32", shape: [n, WIDTH], data } });
    expect(logit?.shape).toEqual([n]);
    for (let i = 0; i < n; i++) {
      expect(Number(logit?.data[i])).toBeCloseTo(logits[i] ?? 0, 4);
      expect(Number(score?.data[i])).toBeCloseTo(scores[i] ?? 0, 5);
      expect(scores[i]).toBeCloseTo(1 / (1 + Math.exp(-(logits[i] ?? 0))), 6);
    }
  }
});

test.each([
  ["an odd batch", { hyperparameters: { seed: 1, batchSize: 5 } }, "must be even"],
  ["rows of another width", { width: 18 }, "rows of width 18"],
  ["an empty class", { negatives: new Float32Array(0) }, "not one or more rows"],
  ["more snapshots than steps", { hyperparameters: { seed: 1, steps: 3, snapshots: 4 } }, "1 to 3 snapshots, not 4"],
  ["labels of another number", { positiveLabels: new Float32Array(3) }, "3 labels for 100 rows"],
])("%s is refused", async (_what, wrong, sentence) => {
  await expect(trainRewardModel(task(wrong))).rejects.toThrow(sentence);
});
