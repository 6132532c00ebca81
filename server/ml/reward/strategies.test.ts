import { expect, test } from "vitest";
import { Random } from "../onnx/random.ts";
import { averageWeights } from "./average.ts";
import { readRewardRun, writeRewardRun } from "./run-file.ts";
import { scoreFeatures } from "./score.ts";
import { applyStrategy, poolOf } from "./strategies.ts";
import { trainRewardModel } from "./train.ts";
import type { RewardTraining } from "./training.ts";
import { readRewardMembers, writeRewardWeights } from "./weights-file.ts";

const WIDTH = 16;

function rows(n: number, { seed, shift }: { seed: number; shift: number }): Float32Array {
  const random = new Random(seed, n);
  return Float32Array.from({ length: n * WIDTH }, (_, i) => random.normal() + (i % WIDTH < 8 ? shift : 0));
}

const training: RewardTraining = {
  width: WIDTH,
  positives: rows(40, { seed: 1, shift: 0.6 }),
  negatives: rows(40, { seed: 2, shift: -0.6 }),
  heldOutPositives: rows(30, { seed: 3, shift: 0.6 }),
  heldOutNegatives: rows(30, { seed: 4, shift: -0.6 }),
  hyperparameters: { steps: 60, batchSize: 32, learningRate: 3e-3, seed: 5 },
};
// a generator whose outputs are seldom like the proxy data
const pool = poolOf(
  Float32Array.of(...rows(20, { seed: 6, shift: 0.6 }), ...rows(180, { seed: 7, shift: -0.6 })),
  WIDTH,
);
const run = await trainRewardModel(training);

test("NAIVE is the last snapshot, VOTING all of them, AVERAGE their mean with new statistics", async () => {
  const naive = await applyStrategy("NAIVE", { training, run });
  expect(naive).toMatchObject({ members: [run.weights], step: 60, heldOut: run.heldOut, bootstrap: null });
  const voting = await applyStrategy("VOTING", { training, run });
  expect(voting.members).toEqual(run.snapshots.map(({ weights }) => weights));
  expect(voting.heldOut?.auc).toBeGreaterThan(0.97);
  const average = await applyStrategy("AVERAGE", { training, run });
  expect(average.members).toEqual([await averageWeights(voting.members, training)]);
  expect(average.heldOut?.auc).toBeGreaterThan(0.97);
});

test("a run from its file makes the models of the run itself, byte for byte", async () => {
  const file = writeRewardRun(run);
  const read = readRewardRun(file);
  expect(read).toEqual({
    snapshots: run.snapshots,
    lossCurve: run.lossCurve,
    heldOutCurve: run.heldOutCurve,
    stoppedEarly: false,
  });
  expect(Buffer.compare(writeRewardRun(read), file)).toBe(0);
  expect(readRewardMembers(file)).toEqual(run.snapshots.map(({ weights }) => weights));
  for (const strategy of ["AVERAGE", "BOOTSTRAP"] as const) {
    const [fresh] = (await applyStrategy(strategy, { training, run, pool })).members;
    const [again] = (await applyStrategy(strategy, { training, run: read, pool })).members;
    expect(again).toEqual(fresh);
  }
});

test("BOOTSTRAP trains anew on D_r and what the naive model finds in the pool, from the same start", async () => {
  const { bootstrap, members, heldOut } = await applyStrategy("BOOTSTRAP", { training, run, pool });
  expect(bootstrap?.m).toBe(4); // a tenth of 40 proxy items
  expect([...(bootstrap?.pseudo.positives ?? [])].every((i) => i < 20)).toBe(true);
  expect([...(bootstrap?.pseudo.negatives ?? [])].every((i) => i >= 20)).toBe(true);
  expect(members).not.toEqual([run.weights]);
  expect(heldOut?.auc).toBeGreaterThan(0.97);
  const other = await applyStrategy("BOOTSTRAP", { training, run, pool, bootstrap: { m: 20, alpha: 3 } });
  expect(other.members).not.toEqual(members);
});

test("held-out rows enter no strategy: others give the same weights", async () => {
  const others = {
    ...training,
    heldOutPositives: rows(9, { seed: 8, shift: -3 }),
    heldOutNegatives: rows(9, { seed: 9, shift: 3 }),
  };
  for (const strategy of ["AVERAGE", "BOOTSTRAP"] as const) {
    const { members } = await applyStrategy(strategy, { training, run, pool });
    expect((await applyStrategy(strategy, { training: others, run, pool })).members).toEqual(members);
  }
});

test("a second stage that was interrupted goes on from its checkpoint and gives the same bytes", async () => {
  const saved: Uint8Array[] = [];
  const from = { run, pool };
  const save = (bytes: Uint8Array) => void saved.push(bytes);
  const whole = await applyStrategy("BOOTSTRAP", {
    ...from,
    training: { ...training, checkpoint: { everySteps: 20, save } },
  });
  const resumed = await applyStrategy("BOOTSTRAP", {
    ...from,
    training: { ...training, checkpoint: { resumeFrom: saved[1] } },
  });
  const bytes = ({ members }: typeof whole) => writeRewardWeights(members[0] ?? new Map(), 60);
  expect(saved).toHaveLength(3);
  expect(Buffer.compare(bytes(whole), bytes(resumed))).toBe(0);
  expect(resumed.bootstrap?.trained.snapshots).toEqual(whole.bootstrap?.trained.snapshots);
});

test("BOOTSTRAP needs a pool", async () => {
  await expect(applyStrategy("BOOTSTRAP", { training, run })).rejects.toThrow("needs a pool");
});

test("VOTING's score is the mean of its members' scores", async () => {
  const members = run.snapshots.map(({ weights }) => weights);
  const features = rows(6, { seed: 10, shift: 0 });
  const { scores } = await scoreFeatures(members, features);
  const alone = await Promise.all(members.map((weights) => scoreFeatures([weights], features)));
  for (const [i, score] of scores.entries()) {
    expect(score).toBeCloseTo(alone.reduce((sum, one) => sum + (one.scores[i] ?? 0), 0) / alone.length, 5);
  }
});
