import type { TrainingState } from "./onnx/trainer.ts";
import { decodeSafetensors, encodeSafetensors, type SafetensorsTensor } from "./safetensors.ts";

/** What a job keeps to go on bit for bit: the trainer's state, and tensors of its own (curves, best weights). */
export interface Checkpoint {
  readonly state: TrainingState;
  readonly extra: ReadonlyMap<string, SafetensorsTensor>;
  /** names the run this belongs to; a checkpoint of another run is refused */
  readonly run: string;
}

const STATE = "state.";
const EXTRA = "extra.";

/** A checkpoint as a safetensors file. */
export function writeCheckpoint({ state, extra, run }: Checkpoint): Uint8Array {
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, tensor] of state.tensors) tensors.set(STATE + name, tensor);
  for (const [name, tensor] of extra) tensors.set(EXTRA + name, tensor);
  return encodeSafetensors({ tensors, metadata: { run, step: String(state.step) } });
}

/** Throws where the file belongs to a run other than `run`. */
export function readCheckpoint(file: Uint8Array, run: string): Checkpoint {
  const { tensors, metadata } = decodeSafetensors(file);
  if (metadata.run !== run) {
    throw new Error(`The checkpoint belongs to another run (${metadata.run}); this one is ${run}.`);
  }
  const state = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  const extra = new Map<string, SafetensorsTensor>();
  for (const [name, tensor] of tensors) {
    if (name.startsWith(EXTRA)) extra.set(name.slice(EXTRA.length), tensor);
    else if (name.startsWith(STATE) && tensor.data instanceof Float32Array) {
      state.set(name.slice(STATE.length), { shape: tensor.shape, data: tensor.data });
    }
  }
  return { state: { step: Number(metadata.step), tensors: state }, extra, run };
}
