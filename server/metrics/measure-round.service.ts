import { createHash } from "node:crypto";
import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { ENCODER_IDS } from "../../shared/encoders.ts";
import { RewardModelState } from "../../shared/enums.ts";
import {
  type DerivedMetric,
  DISTANCES,
  distanceNamed,
  diversityNamed,
  fidelityNamed,
  MEASURE_ROUND,
  type MeasureRoundInput,
  SMALLEST_FIDELITY_K,
} from "../../shared/jobs/measure-round.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Job } from "../jobs/job.entity.ts";
import type { JobService } from "../jobs/job.service.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { HELD_OUT_IMAGES, LOGGED_VALUES, MEASURABLE_ROUND, RANKS_DIGEST } from "./measure-round.sql.ts";

declare module "../graphql/context.ts" {
  interface Services {
    roundMeasures: RoundMeasureService;
  }
}

/** The safety classifier that comes with the lab. */
const EMBEDDED_IP = "IP(nsfwjs-mobilenet-v2-mid)";
/** Images with a covariance. */
const SMALLEST_SET = 2;
const MAX_METRICS = 50;
const MAX_JUDGES = 10;

const measuring = z.object({
  roundId: z.uuid("must be a round's id").toLowerCase(),
  rewardModelId: z.uuid("must be a reward model's id").toLowerCase().nullish(),
  metrics: z
    .array(z.string().trim().min(1, "must not be empty").max(200))
    .min(1, "must name at least one metric")
    .max(MAX_METRICS, `must name at most ${MAX_METRICS} metrics`)
    .nullish(),
  judgeIds: z.array(z.uuid("must be a reward model's id").toLowerCase()).max(MAX_JUDGES).nullish(),
  promptTag: z.string().trim().min(1, "must not be empty").max(100).nullish(),
  resamples: z.number().int().min(0).max(10_000).default(200),
});

/** What the samples of a round are measured against. */
export interface MeasuringReference {
  proxySetId: string;
  /** SHA-256 over the images' hashes, a line each. */
  digest: string;
  /** Held-out items, by hash. */
  images: string[];
}

export class RoundMeasureService {
  constructor(
    private readonly db: DataSource,
    private readonly jobs: JobService,
    private readonly version: string,
  ) {}

  /**
   * Asks a worker to measure a round. Asked again when no sample, rank or logged value has changed, it gives the job that
   * is there. @throws UserError BAD_INPUT, NOT_FOUND, ROUND_HAS_NO_SAMPLES, SAMPLES_NOT_SCORED, TOO_FEW_ITEMS
   */
  async request(input: unknown): Promise<{ roundId: string; job: Job }> {
    return inTransaction(this.db, (tx) => this.start(tx, input));
  }

  /** As `request`, in a caller's transaction. */
  async start(tx: EntityManager, input: unknown): Promise<{ roundId: string; job: Job }> {
    const wanted = parseInput(measuring, input);
    const { roundId, rewardModelId = null, promptTag = null, resamples } = wanted;
    const round = await this.measurable(tx, roundId);
    const ranks = rewardModelId ? await this.ranksOf(tx, roundId, rewardModelId) : null;
    const { encoder } = round;
    const metrics = wanted.metrics ?? [`FD(${encoder})`, `KID(${encoder})`, EMBEDDED_IP];
    const { distances, sampleMetrics, ofFeatures } = planOf(metrics, round);
    const derived = [...ofFeatures, ...(await this.judges(tx, wanted.judgeIds ?? []))];
    const plan = { distances, sampleMetrics, derived, promptTag };
    if (plan.distances.length > 0 && round.heldOutCount < SMALLEST_SET)
      throw new UserError(
        "TOO_FEW_ITEMS",
        `Distances are measured against held-out proxy items: the proxy set has ${round.heldOutCount}, at least ${SMALLEST_SET} are needed. Other metrics can be named.`,
        "roundId",
      );
    const [{ logged }]: [{ logged: number }] = await tx.query(LOGGED_VALUES, [roundId, plan.sampleMetrics]);
    const job: MeasureRoundInput = { roundId, rewardModelId, ...plan, resamples };
    const state = [round.sampleCount, ranks?.ranked, ranks?.digest, logged, this.version, plan, resamples];
    const digest = createHash("sha256").update(JSON.stringify(state)).digest("hex");
    return {
      roundId,
      job: await this.jobs.start(tx, MEASURE_ROUND, `${roundId}:${rewardModelId ?? ""}:${digest}`, job),
    };
  }

  /** For workers. A round whose proxy set holds nothing out has no images. */
  async reference(roundId: string): Promise<MeasuringReference> {
    const [row]: Pick<MeasuringReference, "proxySetId" | "images">[] = await this.db.query(HELD_OUT_IMAGES, [roundId]);
    const { proxySetId = "", images = [] } = row ?? {};
    return { proxySetId, images, digest: createHash("sha256").update(images.join("\n")).digest("hex") };
  }

  private async measurable(tx: EntityManager, roundId: string) {
    const [round]: {
      sampleCount: number;
      encoder: string;
      k: number;
      heldOutCount: number;
      firstRoundId: string;
    }[] = await tx.query(MEASURABLE_ROUND, [roundId]);
    if (!round) throw new UserError("NOT_FOUND", `No round ${roundId}.`, "roundId");
    if (round.sampleCount === 0)
      throw new UserError("ROUND_HAS_NO_SAMPLES", "The round has no samples to measure; log samples first.", "roundId");
    return round;
  }

  /** @throws UserError NOT_FOUND, REWARD_MODEL_NOT_TRAINED */
  private async judges(tx: EntityManager, ids: string[]): Promise<DerivedMetric[]> {
    const judges: DerivedMetric[] = [];
    for (const [i, id] of ids.entries()) {
      const model = await tx.getRepository(RewardModel).findOneBy({ id });
      if (!model) throw new UserError("NOT_FOUND", `No reward model ${id}.`, `judgeIds[${i}]`);
      const { name, encoder, state, weightsSha256 } = model;
      if (state !== RewardModelState.TRAINED || weightsSha256 === null)
        throw new UserError(
          "REWARD_MODEL_NOT_TRAINED",
          `Reward model "${name}" has no weights yet; wait for job ${model.jobId}.`,
          `judgeIds[${i}]`,
        );
      judges.push({ kind: "REWARD", name: `reward(${name})`, encoder, rewardModelId: id, weightsSha256 });
    }
    return judges;
  }

  private async ranksOf(tx: EntityManager, roundId: string, rewardModelId: string) {
    const model = await tx.getRepository(RewardModel).findOneBy({ id: rewardModelId, roundId });
    if (!model) throw new UserError("NOT_FOUND", `The round has no reward model ${rewardModelId}.`, "rewardModelId");
    const [ranks]: [{ ranked: number; digest: string }] = await tx.query(RANKS_DIGEST, [rewardModelId]);
    if (ranks.ranked === 0)
      throw new UserError(
        "SAMPLES_NOT_SCORED",
        `Reward model "${model.name}" has ranked nothing yet; score the samples first.`,
        "rewardModelId",
      );
    return ranks;
  }
}

/** Sorted, so that the order in which metrics are asked for makes no other job. @throws UserError BAD_INPUT */
function planOf(
  metrics: string[],
  round: FidelityRound,
): Pick<MeasureRoundInput, "distances" | "sampleMetrics"> & { ofFeatures: DerivedMetric[] } {
  const names = [...new Set(metrics)];
  const bare = names.find((name) => [...DISTANCES, "diversity", "fidelity"].includes(name));
  if (bare)
    throw new UserError(
      "BAD_INPUT",
      `"${bare}" must name an encoder, as ${bare}(${ENCODER_IDS[0]}) does.`,
      `metrics[${metrics.indexOf(bare)}]`,
    );
  names.sort();
  const distances = names.flatMap((name) => distanceNamed(name) ?? []);
  const ofFeatures = names.flatMap((name): DerivedMetric[] => [
    ...[diversityNamed(name) ?? []].flat(),
    ...fidelityOf(name, round),
  ]);
  const sampleMetrics = names.filter((name) => !distanceNamed(name) && !ofFeatures.some((own) => own.name === name));
  return { distances, ofFeatures, sampleMetrics };
}

interface FidelityRound {
  readonly k: number;
  readonly firstRoundId: string;
}

function fidelityOf(name: string, { k, firstRoundId }: FidelityRound): DerivedMetric[] {
  const encoder = fidelityNamed(name);
  if (encoder === null) return [];
  if (!ENCODER_IDS.some((id) => id === encoder))
    throw new UserError(
      "BAD_INPUT",
      `"${name}" must name an encoder of the lab, as fidelity(${ENCODER_IDS[0]}) does.`,
      "metrics",
    );
  if (k < SMALLEST_FIDELITY_K)
    throw new UserError(
      "BAD_INPUT",
      `Fidelity looks samples up among others of their prompt: with K = ${k} there are too few, it takes ${SMALLEST_FIDELITY_K}.`,
      "metrics",
    );
  return [{ kind: "FIDELITY", name, encoder, referenceRoundId: firstRoundId }];
}
