import { availableParallelism } from "node:os";
import { UserError } from "../../../../shared/user-error.ts";
import { Random } from "../../onnx/random.ts";
import type { Provider } from "../../onnx/session.ts";
import type { LoadedPolicy, RgbImage, SampleRequest, SamplingSettings } from "../policy.ts";
import { Denoiser } from "./denoiser.ts";
import { type PipelineFolder, readPipelineFolder } from "./pipeline-folder.ts";
import { type Condition, TextEncoders } from "./text-encoders.ts";
import { VaeDecoder } from "./vae-decoder.ts";

export interface DiffusersOptions {
  /** default "cpu" */
  readonly provider?: Provider;
  /** default: every core */
  readonly threads?: number;
  /** Images that go through the UNet together; part of what fixes the last bits. Default: see ARCHITECTURE.md. */
  readonly imagesPerRun?: number;
}

/** On a GPU: at most so many images together, and no more latent positions than 4 images of 512 pixels have (one of 1024). */
const IMAGES_ON_GPU = 4;
const POSITIONS_ON_GPU = IMAGES_ON_GPU * 64 ** 2;
/** Stream of the noise that an image starts from: Random(seed, LATENTS). */
const LATENTS = 1;

/**
 * A Stable Diffusion 1.5, 2 or XL checkpoint, exported to ONNX into a folder of diffusers' layout, as a policy.
 * @throws UserError BAD_INPUT naming the file and field that are missing or not supported
 */
export async function loadDiffusersPolicy(folder: string, options: DiffusersOptions = {}): Promise<LoadedPolicy> {
  const pipeline = await readPipelineFolder(folder);
  const { provider = "cpu", threads = availableParallelism() } = options;
  const fit = Math.max(1, Math.floor(POSITIONS_ON_GPU / pipeline.latents.size ** 2));
  const imagesPerRun = provider === "cpu" ? 1 : Math.min(fit, IMAGES_ON_GPU);
  const opened: { dispose(): Promise<void> }[] = [];
  const keep = <T extends { dispose(): Promise<void> }>(part: T): T => {
    opened.push(part);
    return part;
  };
  try {
    const parts = {
      texts: keep(await TextEncoders.open(pipeline, { provider, threads })),
      denoiser: keep(await Denoiser.open(pipeline, { provider, threads })),
      decoder: keep(await VaeDecoder.open(pipeline, { provider, threads })),
    };
    return new DiffusersPolicy(pipeline, parts, options.imagesPerRun ?? imagesPerRun);
  } catch (error) {
    for (const part of opened) await part.dispose();
    throw error;
  }
}

class DiffusersPolicy implements LoadedPolicy {
  readonly generator: PipelineFolder["kind"];
  readonly imageSize: number;
  readonly defaults: SamplingSettings;

  constructor(
    private readonly pipeline: PipelineFolder,
    private readonly parts: { texts: TextEncoders; denoiser: Denoiser; decoder: VaeDecoder },
    readonly batch: number,
  ) {
    const { kind, imageSize, schedulers } = pipeline;
    this.generator = kind;
    this.imageSize = imageSize;
    // guidance and steps of diffusers' pipelines; DPM-Solver++ needs half of the steps
    this.defaults = {
      steps: schedulers.own === "dpm-solver++" ? 25 : 50,
      guidance: kind === "stable-diffusion-xl" ? 5 : 7.5,
      scheduler: schedulers.own,
    };
  }

  async sample(requests: readonly SampleRequest[], settings: SamplingSettings): Promise<RgbImage[]> {
    const { texts } = this.parts;
    const { guidance } = settings;
    if (!Number.isFinite(guidance) || guidance < 1)
      throw new UserError("BAD_INPUT", `guidance must be a number from 1 (none) on; it is ${guidance}.`, "guidance");
    this.pipeline.schedulers.make(settings.steps, settings.scheduler); // an error before the work
    const unconditional = guidance > 1 ? await texts.unconditional() : null;
    const conditions = new Map<string, Condition>();
    const images: RgbImage[] = [];
    for (let at = 0; at < requests.length; at += this.batch) {
      const group = requests.slice(at, at + this.batch);
      for (const { prompt } of group) if (!conditions.has(prompt)) conditions.set(prompt, await texts.encode(prompt));
      images.push(...(await this.drawTogether(group, { settings, conditions, unconditional })));
    }
    return images;
  }

  /** One run of the scheduler, always with `batch` images so that none's last bits depend on how many there are. */
  private async drawTogether(
    group: readonly SampleRequest[],
    shared: {
      settings: SamplingSettings;
      conditions: ReadonlyMap<string, Condition>;
      unconditional: Condition | null;
    },
  ): Promise<RgbImage[]> {
    const { settings, unconditional } = shared;
    const { guidance } = settings;
    const { channels, size } = this.pipeline.latents;
    const length = channels * size ** 2;
    const [first] = group;
    if (!first) return [];
    const filled = [...group, ...Array<SampleRequest>(this.batch - group.length).fill(first)];
    const conditions = filled.flatMap(({ prompt }) => shared.conditions.get(prompt) ?? []);
    const scheduler = this.pipeline.schedulers.make(settings.steps, settings.scheduler);
    let latents: Float32Array = new Float32Array(this.batch * length);
    for (const [i, { seed }] of filled.entries()) {
      const random = new Random(seed, LATENTS);
      for (let k = 0; k < length; k++) latents[i * length + k] = Math.fround(random.normal()) * scheduler.initialScale;
    }
    for (const [i, timestep] of scheduler.timesteps.entries()) {
      const scale = scheduler.inputScale(i);
      const seen = scale === 1 ? latents : latents.map((x) => x * scale);
      const output = await this.parts.denoiser.predict(seen, timestep, { conditions, unconditional, guidance });
      latents = scheduler.step(i, output, latents);
    }
    const images: RgbImage[] = [];
    for (const i of group.keys())
      images.push(await this.parts.decoder.decode(latents.slice(i * length, (i + 1) * length)));
    return images;
  }

  async dispose(): Promise<void> {
    const { texts, denoiser, decoder } = this.parts;
    for (const part of [texts, denoiser, decoder]) await part.dispose();
  }
}
