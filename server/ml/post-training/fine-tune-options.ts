import type { DpoHyperparameters, SftHyperparameters } from "../../../shared/jobs/fine-tune-hyperparameters.ts";
import type { Provider } from "../onnx/session.ts";
import type { RgbImage } from "../policies/policy.ts";

export interface FineTuneImage {
  readonly prompt: string;
  readonly image: RgbImage;
}

/** x^h and x^l of one prompt. */
export interface FineTunePair {
  readonly prompt: string;
  readonly chosen: RgbImage;
  readonly rejected: RgbImage;
}

export interface FineTuneData {
  /** SFT: the selected best samples */
  readonly images?: readonly FineTuneImage[];
  /** mixed in by `realShare`: the proxy data; an empty prompt is "no prompt" */
  readonly real?: readonly FineTuneImage[];
  /** DPO: best and worst of each prompt */
  readonly pairs?: readonly FineTunePair[];
}

export type FineTuneMethod =
  | { readonly method: "SFT"; readonly hyperparameters: SftHyperparameters }
  | { readonly method: "DPO"; readonly hyperparameters: DpoHyperparameters };

export type FineTuneOptions = FineTuneMethod & {
  /** the same weights, data and seed give the same bytes, also through a checkpoint */
  readonly seed: number;
  readonly provider?: Provider;
  /** default 2; part of what fixes the bytes */
  readonly threads?: number;
  readonly checkpoint?: {
    /** what `save` was given in an interrupted run of the same weights, data and options; bytes of another run are refused */
    readonly resumeFrom?: Uint8Array | ((key: string) => Promise<Uint8Array | undefined>);
    readonly everySteps?: number;
    save?(bytes: Uint8Array, step: number, key: string): void | Promise<void>;
  };
  readonly onProgress?: (progress: FineTuneProgress) => void | Promise<void>;
  /** aborting stops between two steps with the signal's reason */
  readonly signal?: AbortSignal;
};

export interface FineTuneProgress {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
}

export interface CurvePoint {
  readonly step: number;
  readonly value: number;
}

export interface FineTuned {
  /** safetensors, as `loadPolicy` takes them */
  readonly weights: Uint8Array;
  /** every step: loss; for DPO also implicit_accuracy, margin, winner_error, loser_error */
  readonly curves: Readonly<Record<string, readonly CurvePoint[]>>;
}

/**
 * One round of post-training, in fine-tune.ts. Throws on data that is empty or of another size than the policy's images, a
 * checkpoint of another run, a loss that is not finite, and on abort.
 */
export type FineTune = (weights: Uint8Array, data: FineTuneData, options: FineTuneOptions) => Promise<FineTuned>;
