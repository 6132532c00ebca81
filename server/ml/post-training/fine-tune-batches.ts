import { Random } from "../onnx/random.ts";
import type { Batch } from "../onnx/trainer.ts";
import type { FlowArchitecture } from "../policies/flow/architecture.ts";
import { Epochs } from "../policies/flow/epochs.ts";
import { toNumbers } from "../policies/flow/pixels.ts";
import { promptFeatures } from "../policies/flow/prompt-features.ts";
import { drawTimes, timeFeatures } from "../policies/flow/time-features.ts";
import type { FineTuneData, FineTuneImage } from "./fine-tune-options.ts";

/** An image as the network takes it. */
interface Row {
  readonly image: Float32Array;
  readonly text: Float32Array;
}

interface PairRows {
  readonly chosen: Row;
  readonly rejected: Row;
}

/** Streams of a step's random numbers. */
const [NOISE, TIMES, DROPPED, IMAGE_ORDER, REAL_ORDER, PAIR_ORDER] = [1, 2, 3, 4, 5, 6];
/** Share of images or pairs trained without their prompt, as in pretraining: guidance needs both halves to move together. */
const WITHOUT_PROMPT = 0.1;

/** Makes the batches of SFT and DPO; batch n of a seed is always the same. */
export class FineTuneBatches {
  private readonly images: readonly Row[];
  private readonly real: readonly Row[];
  private readonly pairs: readonly PairRows[];
  private readonly imageOrder: Epochs;
  private readonly realOrder: Epochs;
  private readonly pairOrder: Epochs;

  /** Throws on images of another size than the policy draws. */
  constructor(
    data: FineTuneData,
    private readonly architecture: FlowArchitecture,
    private readonly seed: number,
  ) {
    const row = ({ prompt, image }: FineTuneImage): Row => ({
      image: toNumbers(image, architecture.imageSize),
      text: promptFeatures(prompt),
    });
    this.images = (data.images ?? []).map(row);
    this.real = (data.real ?? []).map(row);
    this.pairs = (data.pairs ?? []).map(({ prompt, chosen, rejected }) => ({
      chosen: row({ prompt, image: chosen }),
      rejected: row({ prompt, image: rejected }),
    }));
    this.imageOrder = new Epochs(this.images.length, seed, IMAGE_ORDER);
    this.realOrder = new Epochs(this.real.length, seed, REAL_ORDER);
    this.pairOrder = new Epochs(this.pairs.length, seed, PAIR_ORDER);
  }

  /** Chosen and real images, all of one weight. An odd batch gets one more row, of weight 0. */
  sft(step: number, { batch, real }: { batch: number; real: number }): Batch {
    const rows = [
      ...pickedFrom(this.images, this.imageOrder, { count: batch - real, step }),
      ...pickedFrom(this.real, this.realOrder, { count: real, step }),
    ];
    const weight = new Float32Array(evenRows(batch)).fill(1 / batch, 0, batch);
    const times = drawTimes(new Random(this.seed, TIMES, step), weight.length);
    // times ascend: without this real images would have the late ones
    const order = new Random(this.seed, TIMES, step, 1).permutation(times.length);
    const time = times.map((_, i) => times[order[i] ?? 0] ?? 0);
    const half = weight.length / 2;
    return {
      ...this.inputs(rows, { step, time, noiseRow: (i) => i }),
      weight,
      pairWeight: new Float32Array(half),
      beta: new Float32Array(half),
      referenceGap: new Float32Array(half),
    };
  }

  /**
   * Chosen images in the first half, the rejected one of the same pair at the same place of the second, with the same noise,
   * time and dropping of the prompt; `real` (even) images fill up both halves. A real image weighs beta / 2, which is what
   * a pair's errors weigh at the start, when sigma is 1/2.
   */
  dpo(step: number, { pairs, real, beta }: { pairs: number; real: number; beta: number }): Batch {
    const members = pickedFrom(this.pairs, this.pairOrder, { count: pairs, step });
    const extra = pickedFrom(this.real, this.realOrder, { count: real, step });
    const half = pairs + real / 2;
    const rows = [
      ...members.map(({ chosen }) => chosen),
      ...extra.slice(0, real / 2),
      ...members.map(({ rejected }) => rejected),
      ...extra.slice(real / 2),
    ];
    const times = drawTimes(new Random(this.seed, TIMES, step), half);
    const order = new Random(this.seed, TIMES, step, 1).permutation(half);
    const time = Float32Array.from({ length: 2 * half }, (_, i) => times[order[i % half] ?? 0] ?? 0);
    const weight = Float32Array.from({ length: 2 * half }, (_, i) => (i % half < pairs ? 0 : beta / 2 / pairs));
    return {
      ...this.inputs(rows, { step, time, noiseRow: (i) => i % half }),
      weight,
      pairWeight: new Float32Array(half).fill(1 / pairs, 0, pairs),
      beta: new Float32Array(half).fill(beta),
      referenceGap: new Float32Array(half),
    };
  }

  /** `noiseRow`: rows with the same number share their noise and whether the prompt is dropped. */
  private inputs(
    rows: readonly Row[],
    { step, time, noiseRow }: { step: number; time: Float32Array; noiseRow: (i: number) => number },
  ) {
    const { imageSize, textFeatures } = this.architecture;
    const numbers = imageSize ** 2 * 3;
    const image = new Float32Array(time.length * numbers);
    const noise = new Float32Array(image.length);
    const text = new Float32Array(time.length * textFeatures);
    for (let i = 0; i < time.length; i++) {
      const place = noise.subarray(i * numbers, (i + 1) * numbers);
      new Random(this.seed, NOISE, step, noiseRow(i)).fillNormal(place);
      const row = rows[i];
      if (!row) continue;
      image.set(row.image, i * numbers);
      const dropped = new Random(this.seed, DROPPED, step, noiseRow(i)).uniform() < WITHOUT_PROMPT;
      if (!dropped) text.set(row.text, i * textFeatures);
    }
    return { image, noise, time, timeFeatures: timeFeatures(time), text };
  }
}

/** Rows of a batch of the training graph, which are halved. */
export const evenRows = (batch: number): number => batch + (batch % 2);

function pickedFrom<T>(items: readonly T[], order: Epochs, { count, step }: { count: number; step: number }): T[] {
  return Array.from({ length: count }, (_, i) => items[order.at(step * count + i)]).filter(
    (item) => item !== undefined,
  );
}
