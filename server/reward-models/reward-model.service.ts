import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { RewardModelStrategy, RoundStatus } from "../../shared/enums.ts";
import { hyperparameters, TRAIN_REWARD_MODEL } from "../../shared/jobs/train-reward-model.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { inTransaction } from "../database/transaction.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import { Job } from "../jobs/job.entity.ts";
import type { JobService } from "../jobs/job.service.ts";
import { Round } from "../rounds/round.entity.ts";
import { RewardModel } from "./reward-model.entity.ts";
import { TRAINING_NEGATIVES, TRAINING_POOL, TRAINING_POSITIVES, UNSEEN_PROMPTS } from "./training-set.sql.ts";

declare module "../graphql/context.ts" {
  interface Services {
    rewardModels: RewardModelService;
  }
}

const training = z.object({
  roundId: z.uuid("must be a round's id"),
  name: z.string().trim().min(1, "must not be empty").max(200).default("R"),
  strategy: z
    .enum(RewardModelStrategy)
    .default(RewardModelStrategy.NAIVE)
    .refine((s) => s === RewardModelStrategy.NAIVE, "only NAIVE is trained by this version"),
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullish(),
  negativePromptTag: z.string().max(100).nullish(),
  proxyCount: z.number().int().min(2).max(100_000).nullish(),
  hyperparameters: hyperparameters.prefault({}),
});

/** Artifact hashes to train R^t on and to measure it against; held-out lists share no image and no prompt with the others. */
export interface TrainingSet {
  positives: string[];
  negatives: string[];
  heldOutPositives: string[];
  heldOutNegatives: string[];
}

/** Whose training set, and how it is drawn. */
export interface TrainingSetRequest {
  roundId: string;
  /** Chooses the negatives. */
  seed: number;
  /** Splits the prompts into trained and held-out ones; `seed` by default. */
  splitSeed?: number;
  negativePromptTag?: string | null;
  /** N; all train items by default. */
  proxyCount?: number | null;
}

const SMALLEST_TRAINING_SET = 8;

export class RewardModelService {
  constructor(
    private readonly db: DataSource,
    private readonly jobs: JobService,
  ) {}

  /**
   * Asks a worker to train R^t of a round. The same round and name gives the model that is there, so a repeated request
   * trains nothing twice. @throws UserError BAD_INPUT, NOT_FOUND, ROUND_HAS_NO_SAMPLES, ROUND_COMPLETED, TOO_FEW_ITEMS, CONFLICT
   */
  async requestTraining(input: unknown): Promise<{ rewardModel: RewardModel; job: Job }> {
    const wanted = parseInput(training, input);
    return inTransaction(this.db, async (tx) => {
      const round = await tx.getRepository(Round).findOneBy({ id: wanted.roundId });
      if (!round) throw new UserError("NOT_FOUND", `No round ${wanted.roundId}.`, "roundId");
      if (round.sampleCount === 0)
        throw new UserError(
          "ROUND_HAS_NO_SAMPLES",
          "The round has no samples to use as negatives; log samples first.",
          "roundId",
        );
      const experiment = await tx.getRepository(Experiment).findOneByOrFail({ id: round.experimentId });
      const models = tx.getRepository(RewardModel);
      const { roundId, name, strategy } = wanted;
      if (round.status === RoundStatus.COMPLETED && !(await models.existsBy({ roundId, name })))
        throw new UserError("ROUND_COMPLETED", "The round is completed and takes no more reward models.", "roundId");
      const seed = wanted.seed ?? experiment.seed;
      const settings = {
        ...wanted.hyperparameters,
        negativePromptTag: wanted.negativePromptTag ?? null,
        proxyCount: wanted.proxyCount ?? null,
      };
      await tx.query(
        `insert into reward_models (round_id, name, strategy, encoder, hyperparameters, seed) values ($1, $2, $3, $4, $5, $6)
         on conflict (round_id, name) do nothing`,
        [roundId, name, strategy, experiment.encoder, JSON.stringify(settings), seed],
      );
      const model = await models.findOneByOrFail({ roundId, name });
      const same =
        Object.entries(settings).every(([key, value]) => (model.hyperparameters[key] ?? null) === value) &&
        model.seed === seed;
      if (!same)
        throw new UserError(
          "CONFLICT",
          `Reward model "${name}" of this round has other settings; choose another name.`,
          "name",
        );
      const set = await this.trainingSet(model, tx);
      for (const [part, hashes] of Object.entries(set))
        if (hashes.length < SMALLEST_TRAINING_SET)
          throw new UserError(
            "TOO_FEW_ITEMS",
            `${part}: ${hashes.length} images, at least ${SMALLEST_TRAINING_SET} are needed.`,
            "roundId",
          );
      const job = await this.jobs.start(tx, TRAIN_REWARD_MODEL, model.id, {
        rewardModelId: model.id,
        encoder: model.encoder,
        seed: model.seed,
        hyperparameters: wanted.hyperparameters,
      });
      await tx.query(
        "update reward_models set job_id = $2, state = case when state = 'FAILED' then 'TRAINING' else state end where id = $1",
        [model.id, job.id],
      );
      return { rewardModel: await models.findOneByOrFail({ id: model.id }), job };
    });
  }

  /** D_r of section 3.1: N proxy items and N raw outputs of the policy, from different prompts as far as there are enough. */
  trainingSet(
    { roundId, seed, hyperparameters }: RewardModel,
    db: EntityManager = this.db.manager,
  ): Promise<TrainingSet> {
    const { negativePromptTag, proxyCount } = hyperparameters as Partial<TrainingSetRequest>;
    return this.trainingSetOf(db, { roundId, seed, negativePromptTag, proxyCount });
  }

  async trainingSetOf(db: EntityManager, request: TrainingSetRequest): Promise<TrainingSet> {
    const { roundId, seed, splitSeed = seed, negativePromptTag = null, proxyCount = null } = request;
    const positives: { sha256: string; split: string }[] = await db.query(TRAINING_POSITIVES, [roundId, proxyCount]);
    const of = (split: string) => positives.filter((row) => row.split === split).map((row) => row.sha256);
    const [train, heldOut] = [of("TRAIN"), of("HELD_OUT")];
    const negatives = async (split: string, n: number): Promise<string[]> => {
      const params = [roundId, negativePromptTag, String(seed), String(splitSeed), split, n];
      const rows: { sha256: string }[] = await db.query(TRAINING_NEGATIVES, params);
      return rows.map((row) => row.sha256);
    };
    const trainNegatives = await negatives("TRAIN", train.length);
    // The same bytes may be proxy data and a sample, or samples of two prompts.
    const trained = new Set([...train, ...trainNegatives]);
    const unseen = (hashes: string[]) => hashes.filter((hash) => !trained.has(hash));
    return {
      positives: train,
      negatives: trainNegatives,
      heldOutPositives: unseen(heldOut),
      heldOutNegatives: unseen(await negatives("HELD_OUT", heldOut.length)),
    };
  }

  /**
   * The pool of section 3.1 that bootstrapping labels: the images of the prompts that negatives are drawn from, each once,
   * without those of `set` and without any that is held out.
   */
  async poolOf(db: EntityManager, request: TrainingSetRequest, set: TrainingSet): Promise<string[]> {
    const { roundId, seed, splitSeed = seed, negativePromptTag = null } = request;
    const rows: { sha256: string }[] = await db.query(TRAINING_POOL, [roundId, negativePromptTag, String(splitSeed)]);
    const used = new Set(Object.values(set).flat());
    return rows.map((row) => row.sha256).filter((hash) => !used.has(hash));
  }

  /** Positions of the prompts that models of this split never train on and that offer a choice among the first K, rising. */
  async unseenPrompts(
    db: EntityManager,
    request: {
      roundId: string;
      splitSeed: number;
      negativePromptTag: string | null;
      promptTag: string | null;
      k: number;
    },
  ): Promise<number[]> {
    const { roundId, splitSeed, negativePromptTag, promptTag, k } = request;
    const params = [roundId, promptTag, negativePromptTag, String(splitSeed), k];
    const rows: { position: number }[] = await db.query(UNSEEN_PROMPTS, params);
    return rows.map((row) => row.position);
  }
}
