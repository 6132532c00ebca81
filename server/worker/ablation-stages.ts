import type { RunAblationInput } from "../../shared/jobs/run-ablation.ts";
import type { StageOptions } from "../ml/reward/ablation-models.ts";
import type { RewardWeights } from "../ml/reward/rpl.ts";
import type { RewardRun } from "../ml/reward/train.ts";
import { readRewardMembers, writeRewardWeights } from "../ml/reward/weights-file.ts";
import type { JobRun } from "./handler.ts";

/**
 * Steps between checkpoints. A checkpoint is about 100 MB (weights, both moments, snapshots), and 500 steps take some seconds:
 * shorter trainings are done again rather than kept.
 */
const CHECKPOINT_EVERY = 500;
/** Share of the job that features take. */
const FEATURES = 0.1;

const BASE = "base";

/** Where an attempt was: a training, and the last weights of the base run once there are any. */
interface Position {
  /** "base", or the key of a BOOTSTRAP model */
  stage: string;
  /** checkpoint of that training */
  sha256?: string;
  step: number;
  seconds: number;
  base?: { sha256: string; step: number; seconds: number };
  provider: string;
}

/** The trainings of a group as stages that a later attempt can go on from. */
export class AblationStages {
  private readonly before: Position | null;
  private readonly names: string[];
  private baseAt: Position["base"];

  constructor(
    private readonly run: JobRun,
    private readonly input: RunAblationInput,
    wanted: readonly { key: string; strategy: string }[],
  ) {
    const { checkpoint, provider } = run;
    // A training goes on bit for bit only where it began.
    this.before = checkpoint?.provider === provider ? (checkpoint as unknown as Position) : null;
    this.baseAt = this.before?.base;
    this.names = [BASE, ...wanted.filter(({ strategy }) => strategy === "BOOTSTRAP").map(({ key }) => key)];
  }

  /** The last weights of the base run as an earlier attempt kept them; where they are gone it is trained again. */
  async base(): Promise<{ weights: RewardWeights; step: number; seconds: number } | undefined> {
    if (!this.baseAt) return undefined;
    const { sha256, step, seconds } = this.baseAt;
    const file = await this.run.client.download(sha256).catch(() => null);
    const [weights] = file ? readRewardMembers(file) : [];
    return weights && { weights, step, seconds };
  }

  readonly baseDone = async (base: RewardRun, seconds: number): Promise<void> => {
    const last = base.snapshots.at(-1);
    if (!last || this.names.length === 1 || this.input.hyperparameters.steps < CHECKPOINT_EVERY) return;
    const sha256 = await this.upload(writeRewardWeights(last.weights, last.step), "base");
    this.baseAt = { sha256, step: last.step, seconds };
    // As the position's own file too: that is the one which a living job keeps from being collected.
    this.save({ stage: this.names[1] ?? BASE, step: 0, seconds: 0 }, sha256);
  };

  /** @param of a BOOTSTRAP model; null: the base run */
  async optionsOf(of: { key: string } | null): Promise<StageOptions> {
    const stage = of?.key ?? BASE;
    const goesOn = this.before?.stage === stage && this.before.step > 0 ? this.before : null;
    if (goesOn) this.run.log(`resuming ${stage} from step ${goesOn.step}`);
    const place = this.names.indexOf(stage);
    const before = goesOn?.seconds ?? 0;
    const start = performance.now();
    return {
      secondsBefore: before,
      checkpoint: {
        resumeFrom: goesOn?.sha256 ? await this.run.client.download(goesOn.sha256) : undefined,
        everySteps: CHECKPOINT_EVERY,
        save: async (bytes, step) => {
          const sha256 = await this.upload(bytes, `${this.input.ablationId}-${step}`);
          this.save({ stage, step, seconds: before + (performance.now() - start) / 1e3 }, sha256);
        },
      },
      onProgress: ({ step, steps, loss }) =>
        this.run.report(
          FEATURES + ((1 - FEATURES) * (place + step / steps)) / this.names.length,
          `training ${place + 1} of ${this.names.length}: step ${step} of ${steps}, loss ${loss.toFixed(4)}`,
        ),
    };
  }

  private save(position: Pick<Position, "stage" | "step" | "seconds">, sha256: string): void {
    this.run.saveCheckpoint({ ...position, sha256, base: this.baseAt, provider: this.run.provider });
  }

  private upload(bytes: Uint8Array, name: string): Promise<string> {
    return this.run.client.upload(new Uint8Array(bytes), "CHECKPOINT", `${name}.safetensors`);
  }
}
