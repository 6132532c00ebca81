import type { FineTuneData, FineTuneOptions } from "./fine-tune-options.ts";

/** Throws, naming the field, on what can't be trained. */
export function checkFineTune({ images = [], real = [], pairs = [] }: FineTuneData, options: FineTuneOptions): void {
  const { steps, batch, learningRate, ema, realShare } = options.hyperparameters;
  const wrong = (field: string, wanted: string, value: unknown) =>
    new RangeError(`${field} should be ${wanted}, not ${value}.`);
  if (!(Number.isSafeInteger(steps) && steps >= 1)) throw wrong("steps", "a whole number from 1", steps);
  if (!(Number.isSafeInteger(batch) && batch >= 1)) throw wrong("batch", "a whole number from 1", batch);
  if (!(learningRate > 0)) throw wrong("learningRate", "greater than 0", learningRate);
  if (!(ema >= 0 && ema < 1)) throw wrong("ema", "in [0, 1)", ema);
  if (!(realShare >= 0 && realShare < 1)) throw wrong("realShare", "in [0, 1)", realShare);
  if (options.method === "SFT" && images.length === 0) throw new RangeError("images: SFT needs at least one.");
  if (options.method === "DPO") {
    if (pairs.length === 0) throw new RangeError("pairs: DPO needs at least one.");
    if (!(options.hyperparameters.beta > 0)) throw wrong("beta", "greater than 0", options.hyperparameters.beta);
  }
  if (realShare > 0 && real.length === 0) throw new RangeError(`real: a realShare of ${realShare} needs real images.`);
}
