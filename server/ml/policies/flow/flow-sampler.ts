import { GraphBuilder } from "../../onnx/operators.ts";
import { machineIsQuiet } from "../../onnx/quiet.ts";
import { Random } from "../../onnx/random.ts";
import { type Provider, Session } from "../../onnx/session.ts";
import type { LoadedPolicy, RgbImage, SampleRequest, SamplingSettings } from "../policy.ts";
import { flowShapes, TIME_FEATURES } from "./architecture.ts";
import { toImage, toNumbers } from "./pixels.ts";
import { promptFeatures } from "./prompt-features.ts";
import { timeFeatures } from "./time-features.ts";
import { denoise } from "./transformer.ts";
import type { FlowWeights } from "./weights-file.ts";

/** Rows of every run, whatever is asked for: bytes of a row depend on the shape it is computed in. */
const ROWS = 16;
export const FLOW_DEFAULTS: SamplingSettings = { steps: 14, guidance: 2.5, scheduler: "euler" };
const MAX_STEPS = 1000;

/** One image under way. */
interface Drawing {
  /** z at the present time [s s 3], changed in place */
  readonly state: Float32Array;
  /** features; zeros: no prompt */
  readonly text: Float32Array;
}

export interface SamplerOptions {
  readonly provider?: Provider;
  readonly threads?: number;
  /** see SessionOptions; default: on a quiet machine */
  readonly spin?: boolean;
}

/** Draws with the embedded policy: integrates dz/dt = (x^ - z) / (1 - t) from noise at t = 0 to an image at 1. */
export class FlowSampler implements LoadedPolicy {
  readonly generator: string;
  readonly imageSize: number;
  readonly defaults = FLOW_DEFAULTS;
  /** with guidance each takes two rows */
  readonly batch = ROWS / 2;
  private readonly numbers: number;

  private constructor(
    private readonly session: Session,
    private readonly weights: FlowWeights,
  ) {
    this.imageSize = weights.architecture.imageSize;
    this.generator = `flow-${this.imageSize}`;
    this.numbers = this.imageSize ** 2 * 3;
  }

  static async create(weights: FlowWeights, options: SamplerOptions = {}): Promise<FlowSampler> {
    const session = await Session.create(samplingModel(weights, ROWS), { spin: machineIsQuiet(), ...options });
    return new FlowSampler(session, weights);
  }

  async sample(requests: readonly SampleRequest[], settings: SamplingSettings): Promise<RgbImage[]> {
    checkSettings(settings);
    const texts = new Map(requests.map(({ prompt }) => [prompt, promptFeatures(prompt)]));
    const drawings = requests.map(({ prompt, seed }) => {
      if (!(Number.isSafeInteger(seed) && seed >= 0)) throw new RangeError(`seed: ${seed} is not in [0, 2^53).`);
      return { state: this.noise(seed), text: texts.get(prompt) ?? this.noText() };
    });
    await this.integrate(drawings, { ...settings, from: 0 });
    return drawings.map(({ state }) => toImage(state, this.imageSize));
  }

  /**
   * Images noised to time `from` (1: not at all) and drawn again without a prompt (SDEdit, Meng et al. 2022): real images
   * then carry the same traces of the generator as its own, and a reward model can't tell them by those.
   * `seeds`: of the noise, one an image.
   */
  async passThrough(
    images: readonly RgbImage[],
    { from, seeds, steps }: { from: number; seeds: readonly number[]; steps: number },
  ): Promise<RgbImage[]> {
    if (!(from > 0 && from < 1)) throw new RangeError(`from: ${from} is not between 0 and 1.`);
    const drawings = images.map((image, i) => {
      const state = this.noise(seeds[i] ?? 0);
      for (const [k, x] of toNumbers(image, this.imageSize).entries()) {
        state[k] = from * x + (1 - from) * (state[k] ?? 0);
      }
      return { state, text: this.noText() };
    });
    await this.integrate(drawings, { steps, guidance: 1, from });
    return drawings.map(({ state }) => toImage(state, this.imageSize));
  }

  async dispose(): Promise<void> {
    await this.session.dispose();
  }

  private noise(seed: number): Float32Array {
    const noise = new Float32Array(this.numbers);
    new Random(seed, NOISE_STREAM).fillNormal(noise);
    return noise;
  }

  private noText(): Float32Array {
    return new Float32Array(this.weights.architecture.textFeatures);
  }

  private async integrate(drawings: readonly Drawing[], settings: SamplingSettings & { from: number }): Promise<void> {
    const atOnce = settings.guidance === 1 ? ROWS : ROWS / 2;
    for (let start = 0; start < drawings.length; start += atOnce) {
      await this.integrateBatch(drawings.slice(start, start + atOnce), settings);
    }
  }

  /** Equal steps in time, of Euler's or Heun's method; the last one goes straight to x^. */
  private async integrateBatch(
    drawings: readonly Drawing[],
    { steps, guidance, scheduler = "euler", from }: SamplingSettings & { from: number },
  ): Promise<void> {
    for (let k = 0; k < steps; k++) {
      const [time, next] = [from + ((1 - from) * k) / steps, from + ((1 - from) * (k + 1)) / steps];
      const velocity = await this.velocities(drawings, { time, guidance });
      if (scheduler === "euler" || k === steps - 1) {
        advance(drawings, velocity, next - time);
      } else {
        advance(drawings, velocity, next - time);
        const later = await this.velocities(drawings, { time: next, guidance });
        advance(
          drawings,
          velocity.map((row, i) => row.map((v, n) => ((later[i]?.[n] ?? 0) - v) / 2)),
          next - time,
        );
      }
    }
  }

  /** (x^ - z) / (1 - t) with x^ guided: without a prompt + guidance (with it - without) (Ho and Salimans 2022) */
  private async velocities(
    drawings: readonly Drawing[],
    { time, guidance }: { time: number; guidance: number },
  ): Promise<Float32Array[]> {
    const { textFeatures } = this.weights.architecture;
    const noisy = new Float32Array(ROWS * this.numbers);
    const text = new Float32Array(ROWS * textFeatures);
    for (const [i, drawing] of drawings.entries()) {
      noisy.set(drawing.state, i * this.numbers);
      text.set(drawing.text, i * textFeatures);
      if (guidance !== 1) noisy.set(drawing.state, (ROWS / 2 + i) * this.numbers);
    }
    const size = this.imageSize;
    const { image } = await this.session.run({
      noisy: { dtype: "float32", shape: [ROWS, size, size, 3], data: noisy },
      time: {
        dtype: "float32",
        shape: [ROWS, TIME_FEATURES],
        data: timeFeatures(new Float32Array(ROWS).fill(time)),
      },
      text: { dtype: "float32", shape: [ROWS, textFeatures], data: text },
    });
    if (!(image?.data instanceof Float32Array)) throw new Error("The policy drew nothing.");
    const drawn = image.data;
    return drawings.map(({ state }, i) => {
      const [own, free] = [i * this.numbers, (ROWS / 2 + i) * this.numbers];
      return state.map((z, n) => {
        const x = drawn[own + n] ?? 0;
        const without = guidance === 1 ? x : (drawn[free + n] ?? 0);
        return (without + guidance * (x - without) - z) / (1 - time);
      });
    });
  }
}

/** Keeps the noise of a seed apart from what else is drawn from it. */
const NOISE_STREAM = 0x5eed;

const SCHEDULERS = ["euler", "heun"];

function checkSettings({ steps, guidance, scheduler = "euler" }: SamplingSettings): void {
  if (!(Number.isSafeInteger(steps) && steps >= 1 && steps <= MAX_STEPS)) {
    throw new RangeError(`steps: ${steps} is not a whole number of 1 to ${MAX_STEPS}.`);
  }
  if (!(guidance >= 0 && guidance <= 100)) throw new RangeError(`guidance: ${guidance} is not in 0..100.`);
  if (!SCHEDULERS.includes(scheduler)) {
    throw new RangeError(`scheduler: this policy has ${SCHEDULERS.join(" and ")}, not "${scheduler}".`);
  }
}

function advance(drawings: readonly Drawing[], velocities: readonly Float32Array[], step: number): void {
  for (const [i, { state }] of drawings.entries()) {
    for (const [n, v] of (velocities[i] ?? state).entries()) state[n] = (state[n] ?? 0) + step * v;
  }
}

/** x^ of rows of z, features of their times and prompts; the weights are part of the model. */
export function samplingModel({ architecture, tensors }: FlowWeights, rows: number): Uint8Array {
  const g = new GraphBuilder();
  const { imageSize: size, textFeatures } = architecture;
  const shapes = flowShapes(architecture);
  const inputs = {
    noisy: g.input("noisy", [rows, size, size, 3]),
    time: g.input("time", [rows, TIME_FEATURES]),
    text: g.input("text", [rows, textFeatures]),
  };
  const weight = (name: string) => {
    const [data, shape] = [tensors.get(name), shapes.get(name)];
    if (!(data && shape)) throw new Error(`The policy's weights lack "${name}".`);
    return g.constant(data, shape);
  };
  g.output("image", denoise(g, weight, { inputs, architecture }));
  return g.encode();
}
