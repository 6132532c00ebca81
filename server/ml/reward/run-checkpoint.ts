import { createHash } from "node:crypto";
import { readCheckpoint, writeCheckpoint } from "../checkpoint.ts";
import type { Trainer } from "../onnx/trainer.ts";
import type { History } from "./history.ts";
import { type Plan, planOf, type RewardData, type RewardTraining } from "./training.ts";

/** To be raised when the same plan and data would give other bytes than before. */
const VERSION = 2;

/**
 * Names a training run: SHA-256 over its plan (seed, provider and threads included) and its data (the held-out rows too,
 * which may end it). Two runs of one key give the same bytes, on processors of one kind.
 */
export function runKey(data: RewardData, plan: Plan = planOf(data)): string {
  const hash = createHash("sha256").update(JSON.stringify([VERSION, plan]));
  const { positives, negatives, positiveLabels, negativeLabels, heldOutPositives, heldOutNegatives } = data;
  for (const rows of [positives, negatives, positiveLabels, negativeLabels, heldOutPositives, heldOutNegatives]) {
    hash.update(`${rows?.length ?? "none"};`);
    if (rows) hash.update(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
  }
  return hash.digest("hex");
}

interface Run {
  readonly key: string;
  readonly trainer: Trainer;
  readonly history: History;
}

export async function checkpointBytes({ key, trainer, history }: Run): Promise<Uint8Array> {
  return writeCheckpoint({ state: await trainer.readState(), extra: history.toTensors(), run: key });
}

/** Brings a new run to where the checkpoint was taken, if there is one. Throws on a checkpoint of another run. */
export async function resume(training: RewardTraining, { key, trainer, history }: Run): Promise<void> {
  const found = training.checkpoint?.resumeFrom;
  const file = typeof found === "function" ? await found(key) : found;
  if (!file) return;
  const { state, extra } = readCheckpoint(file, key);
  trainer.writeState(state);
  history.restore(extra);
}
