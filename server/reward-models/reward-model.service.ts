import { isDeepStrictEqual } from "node:util";
import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { RewardModelStrategy, RoundStatus } from "../../shared/enums.ts";
import { bootstrapOptions, hyperparameters, TRAIN_REWARD_MODEL } from "../../shared/jobs/train-reward-model.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { inTransaction } from "../database/transaction.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import { keysetPage, type Page, type PageArgs } from "../graphql/connection.ts";
import { Job } from "../jobs/job.entity.ts";
import type { JobService } from "../jobs/job.service.ts";
import { Policy } from "../policies/policy.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import { RewardModel } from "./reward-model.entity.ts";
import { GIVE_MODEL_TO_JOB } from "./train-reward-model.job.ts";
import { POOL, TRAINING_NEGATIVES, TRAINING_POSITIVES, UNSEEN_PROMPTS, WHOLE_POOL } from "./training-set.sql.ts";

declare module "../graphql/context.ts" {
  interface Services {
    rewardModels: RewardModelService;
  }
}

const training = z
  .object({
    roundId: z.uuid("must be a round's id"),
    name: z.string().trim().min(1, "must not be empty").max(200).default("R"),
    strategy: z.enum(RewardModelStrategy).nullish(),
    seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullish(),
    negativePromptTag: z.string().max(100).nullish(),
    proxyCount: z.number().int().min(2).max(100_000).nullish(),
    hyperparameters: hyperparameters.prefault({}),
  })
  .refine(
    ({ strategy, hyperparameters: { bootstrap } }) =>
      !bootstrap || !strategy || strategy === RewardModelStrategy.BOOTSTRAP,
    { path: ["hyperparameters", "bootstrap"], message: "is of the strategy BOOTSTRAP alone" },
  );
type Asked = z.output<typeof training>;

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
    return inTransaction(this.db, (tx) => this.startTraining(tx, input));
  }

  /** As `requestTraining`, in a caller's transaction. */
  async startTraining(tx: EntityManager, input: unknown): Promise<{ rewardModel: RewardModel; job: Job }> {
    const asked = parseInput(training, input);
    const experiment = await this.trainableExperiment(tx, asked);
    const strategy = asked.strategy ?? (await this.usualStrategy(tx, asked, experiment));
    const bootstrap =
      strategy === RewardModelStrategy.BOOTSTRAP
        ? (asked.hyperparameters.bootstrap ?? bootstrapOptions.parse({}))
        : null;
    const settings = { ...asked.hyperparameters, bootstrap };
    const model = await this.recorded(tx, { ...asked, strategy, hyperparameters: settings }, experiment);
    await this.mustBeEnough(tx, model, bootstrap && { m: bootstrap.m });
    const job = await this.jobs.start(tx, TRAIN_REWARD_MODEL, model.id, {
      rewardModelId: model.id,
      encoder: model.encoder,
      seed: model.seed,
      strategy,
      hyperparameters: settings,
    });
    await tx.query(GIVE_MODEL_TO_JOB, [model.id, job.id]);
    return { rewardModel: await tx.getRepository(RewardModel).findOneByOrFail({ id: model.id }), job };
  }

  /**
   * The paper's choice, BOOTSTRAP (section 3.1), where the round has samples beyond D_r to find pseudo-labels among, else NAIVE. Of a
   * model that is there its own, so that a repeated request stays the same while samples are added.
   */
  private async usualStrategy(
    tx: EntityManager,
    { roundId, name, seed, negativePromptTag, proxyCount, hyperparameters }: Asked,
    experiment: Experiment,
  ): Promise<RewardModelStrategy> {
    if (hyperparameters.bootstrap) return RewardModelStrategy.BOOTSTRAP;
    const known = await tx.getRepository(RewardModel).findOneBy({ roundId, name });
    if (known) return known.strategy;
    const request = { roundId, seed: seed ?? experiment.seed, negativePromptTag, proxyCount };
    const { nodes } = await this.poolPage(tx, request, { first: SMALLEST_TRAINING_SET });
    return nodes.length < SMALLEST_TRAINING_SET ? RewardModelStrategy.NAIVE : RewardModelStrategy.BOOTSTRAP;
  }

  private async trainableExperiment(tx: EntityManager, { roundId, name, hyperparameters }: Asked): Promise<Experiment> {
    const round = await tx.getRepository(Round).findOneBy({ id: roundId });
    if (!round) throw new UserError("NOT_FOUND", `No round ${roundId}.`, "roundId");
    if (round.sampleCount === 0)
      throw new UserError(
        "ROUND_HAS_NO_SAMPLES",
        "The round has no samples to use as negatives; log samples first.",
        "roundId",
      );
    if (round.status === RoundStatus.COMPLETED && !(await tx.getRepository(RewardModel).existsBy({ roundId, name })))
      throw new UserError("ROUND_COMPLETED", "The round is completed and takes no more reward models.", "roundId");
    const policy = await tx.getRepository(Policy).findOneByOrFail({ id: round.policyInId });
    if (hyperparameters.passThroughNoise !== null && policy.weightsSha256 === null)
      throw new UserError(
        "POLICY_HAS_NO_WEIGHTS",
        `Proxy images are passed through the round's policy, and "${policy.name}" carries no weights.`,
        "hyperparameters.passThroughNoise",
      );
    return tx.getRepository(Experiment).findOneByOrFail({ id: round.experimentId });
  }

  /** The model of that name, made if there is none. @throws UserError CONFLICT when it has other settings */
  private async recorded(
    tx: EntityManager,
    wanted: Asked & { strategy: RewardModelStrategy },
    experiment: Experiment,
  ): Promise<RewardModel> {
    const { roundId, name, strategy } = wanted;
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
    const model = await tx.getRepository(RewardModel).findOneByOrFail({ roundId, name });
    const same =
      Object.entries(settings).every(([key, value]) => isDeepStrictEqual(model.hyperparameters[key] ?? null, value)) &&
      model.seed === seed &&
      model.strategy === strategy;
    if (!same)
      throw new UserError(
        "CONFLICT",
        `Reward model "${name}" of this round has other settings; choose another name.`,
        "name",
      );
    return model;
  }

  /** @throws UserError TOO_FEW_ITEMS, BAD_INPUT for an M that the pool can't give */
  private async mustBeEnough(
    tx: EntityManager,
    model: RewardModel,
    bootstrap: { m: number | null } | null,
  ): Promise<void> {
    const set = await this.trainingSet(model, tx);
    const counts = Object.entries(set).map(([part, hashes]) => [part, hashes.length] as const);
    const pool = bootstrap && (await (await this.pool(model, { first: 1 }, tx)).count());
    if (pool !== null) counts.push(["pool to bootstrap from", pool]);
    for (const [part, n] of counts)
      if (n < SMALLEST_TRAINING_SET)
        throw new UserError(
          "TOO_FEW_ITEMS",
          `${part}: ${n} images, at least ${SMALLEST_TRAINING_SET} are needed.`,
          "roundId",
        );
    if (pool !== null && 2 * (bootstrap?.m ?? 0) > pool)
      throw new UserError(
        "BAD_INPUT",
        `hyperparameters.bootstrap.m: must be at most ${Math.floor(pool / 2)}, half of the pool's ${pool} images.`,
        "hyperparameters.bootstrap.m",
      );
  }

  /** D_r of section 3.1: N proxy items and N raw outputs of the policy, from different prompts as far as there are enough. */
  trainingSet(model: RewardModel, db: EntityManager = this.db.manager): Promise<TrainingSet> {
    return this.trainingSetOf(db, requestOf(model));
  }

  async trainingSetOf(db: EntityManager, request: TrainingSetRequest): Promise<TrainingSet> {
    const { positives, heldOut } = await this.proxyItems(db, request);
    const negatives = async (split: "TRAIN" | "HELD_OUT", n: number): Promise<string[]> => {
      const rows: { sha256: string }[] = await db.query(TRAINING_NEGATIVES, negativesOf(request, split, n));
      return rows.map((row) => row.sha256);
    };
    const trainNegatives = await negatives("TRAIN", positives.length);
    // The same bytes may be proxy data and a sample, or samples of two prompts.
    const trained = new Set([...positives, ...trainNegatives]);
    const unseen = (hashes: string[]) => hashes.filter((hash) => !trained.has(hash));
    return {
      positives,
      negatives: trainNegatives,
      heldOutPositives: unseen(heldOut),
      heldOutNegatives: unseen(await negatives("HELD_OUT", heldOut.length)),
    };
  }

  private async proxyItems(db: EntityManager, { roundId, proxyCount }: TrainingSetRequest) {
    const rows: { sha256: string; split: string }[] = await db.query(TRAINING_POSITIVES, [roundId, proxyCount ?? null]);
    const of = (split: string) => rows.filter((row) => row.split === split).map((row) => row.sha256);
    return { positives: of("TRAIN"), heldOut: of("HELD_OUT") };
  }

  /** A page of the images that bootstrapping may draw from (POOL). @throws UserError BAD_INPUT, BAD_CURSOR */
  async pool(
    model: RewardModel,
    args: PageArgs,
    db: EntityManager = this.db.manager,
  ): Promise<Page<{ sha256: string }>> {
    return this.poolPage(db, requestOf(model), args);
  }

  private async poolPage(
    db: EntityManager,
    request: TrainingSetRequest,
    args: PageArgs,
  ): Promise<Page<{ sha256: string }>> {
    const { positives } = await this.proxyItems(db, request);
    return keysetPage(db, { ...POOL, params: negativesOf(request, "TRAIN", positives.length) }, args);
  }

  /** All images that bootstrapping may draw from (POOL), beside the D_r that was drawn by the same request. */
  async poolOf(db: EntityManager, request: TrainingSetRequest, set: TrainingSet): Promise<string[]> {
    const params = negativesOf(request, "TRAIN", set.positives.length);
    const rows: { sha256: string }[] = await db.query(WHOLE_POOL, params);
    return rows.map((row) => row.sha256);
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

function requestOf({
  roundId,
  seed,
  hyperparameters: { negativePromptTag, proxyCount },
}: RewardModel): TrainingSetRequest {
  const settings = { negativePromptTag, proxyCount } as Pick<TrainingSetRequest, "negativePromptTag" | "proxyCount">;
  return { roundId, seed, ...settings };
}

/** Parameters of TRAINING_NEGATIVES. */
function negativesOf(request: TrainingSetRequest, split: "TRAIN" | "HELD_OUT", n: number): unknown[] {
  const { roundId, seed, splitSeed = seed, negativePromptTag = null } = request;
  return [roundId, negativePromptTag, String(seed), String(splitSeed), split, n];
}
