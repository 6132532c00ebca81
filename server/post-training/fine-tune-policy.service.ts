import { isDeepStrictEqual } from "node:util";
import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { PolicyOrigin, RewardModelState, RoundStatus } from "../../shared/enums.ts";
import {
  dpoHyperparameters,
  FINETUNE_POLICY,
  FINETUNE_POLICY_EXTERNALLY,
  type FineTunePolicyInput,
  sftHyperparameters,
} from "../../shared/jobs/fine-tune-policy.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { inTransaction } from "../database/transaction.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import type { Job } from "../jobs/job.entity.ts";
import type { JobService } from "../jobs/job.service.ts";
import { Policy } from "../policies/policy.entity.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import { filesOf } from "../samples/generate-samples.service.ts";
import {
  GIVE_POLICY_TO_JOB,
  LEAD_ROUND_TO,
  REAL_IMAGES,
  SELECTED_IMAGES,
  SELECTED_PAIRS,
} from "./fine-tuning-set.sql.ts";

declare module "../graphql/context.ts" {
  interface Services {
    fineTuning: FineTuningService;
  }
}

const SMALLEST_SET = 2;

const common = {
  roundId: z.uuid("must be a round's id").toLowerCase(),
  rewardModelId: z.uuid("must be a reward model's id").toLowerCase(),
  name: z.string().trim().min(1, "must not be empty").max(200),
  promptTag: z.string().trim().min(1, "must not be empty").max(100).default("train"),
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullish(),
  external: z.boolean().nullish(),
};
const fineTuning = z.discriminatedUnion("method", [
  z.object({
    ...common,
    method: z.literal("SFT"),
    picksPerPrompt: z.number().int().min(1).max(1000).default(1),
    hyperparameters: sftHyperparameters.prefault({}),
  }),
  z.object({
    ...common,
    method: z.literal("DPO"),
    picksPerPrompt: z.null("is of SFT alone").optional(),
    hyperparameters: dpoHyperparameters.prefault({}),
  }),
]);
type Wanted = z.output<typeof fineTuning>;

/** Of the configuration of a policy that was trained here, what says what on. */
const trainedOn = z.object({
  roundId: z.uuid(),
  rewardModelId: z.uuid(),
  promptTag: z.string(),
  method: z.enum(["SFT", "DPO"]),
  picksPerPrompt: z.number().nullable(),
});

export interface SelectedImage {
  promptPosition: number;
  prompt: string;
  artifactSha256: string;
  rank: number;
}
export interface SelectedPair {
  promptPosition: number;
  prompt: string;
  chosenSha256: string;
  rejectedSha256: string;
}
export interface RealImage {
  /** Empty where it is not known. */
  prompt: string;
  artifactSha256: string;
}
/** What a policy is trained on. */
export interface FineTuningSet {
  images: SelectedImage[];
  pairs: SelectedPair[];
  real: RealImage[];
}

export class FineTuningService {
  constructor(
    private readonly db: DataSource,
    private readonly jobs: JobService,
  ) {}

  /**
   * Asks a worker to make G^(t+1) of a round's policy. The policy is recorded at once, as the one that the round leads to, and
   * has its weights when the job is done. The same name and settings give the policy that is there, and start again what failed.
   * @throws UserError BAD_INPUT, NOT_FOUND, ROUND_COMPLETED, REWARD_MODEL_NOT_TRAINED, POLICY_HAS_NO_WEIGHTS, TOO_FEW_ITEMS,
   *   NAME_TAKEN, CONFLICT
   */
  async request(input: unknown): Promise<{ policy: Policy; job: Job }> {
    return inTransaction(this.db, (tx) => this.start(tx, input));
  }

  /** As `request`, in a caller's transaction. */
  async start(tx: EntityManager, input: unknown): Promise<{ policy: Policy; job: Job }> {
    const wanted = parseInput(fineTuning, input);
    const { round, experiment } = await this.trainableRound(tx, wanted);
    const policyIn = await tx.getRepository(Policy).findOneByOrFail({ id: round.policyInId });
    const external = wanted.external ?? false;
    const source = external && !policyIn.weightsSha256 && !policyIn.folder ? null : filesOf(policyIn, "roundId");
    if (!external && policyIn.folder)
      throw new UserError(
        "POLICY_HAS_NO_WEIGHTS",
        `Workers of the lab train the embedded generator alone, and "${policyIn.name}" lies in a folder; ask for an external one.`,
        "external",
      );
    const policy = await this.recorded(tx, wanted, { policyIn, experiment });
    const set = await this.setOf(policy, tx);
    const part = wanted.method === "SFT" ? set.images : set.pairs;
    if (part.length < SMALLEST_SET)
      throw new UserError(
        "TOO_FEW_ITEMS",
        `${part.length} ${wanted.method === "SFT" ? "images" : "pairs"} of prompts tagged "${wanted.promptTag}"; at least ${SMALLEST_SET} are needed.`,
        "promptTag",
      );
    const { roundId, rewardModelId } = wanted;
    const job = await this.jobs.start(tx, external ? FINETUNE_POLICY_EXTERNALLY : FINETUNE_POLICY, policy.id, {
      ...{ policyId: policy.id, roundId, rewardModelId, source, seed: Number(policy.config.seed) },
      ...({ method: wanted.method, hyperparameters: wanted.hyperparameters } as Pick<
        FineTunePolicyInput,
        "method" | "hyperparameters"
      >),
    });
    await tx.query(GIVE_POLICY_TO_JOB, [policy.id, job.id]);
    await tx.query(LEAD_ROUND_TO, [policy.id, roundId]);
    return { policy: await tx.getRepository(Policy).findOneByOrFail({ id: policy.id }), job };
  }

  /** For workers. A policy that was not trained here has no set. */
  async setOf(policy: Policy, db: EntityManager = this.db.manager): Promise<FineTuningSet> {
    const on = trainedOn.safeParse(policy.config).data;
    if (!on) return { images: [], pairs: [], real: [] };
    const { roundId, rewardModelId, promptTag, method, picksPerPrompt } = on;
    return {
      images: method === "SFT" ? await db.query(SELECTED_IMAGES, [rewardModelId, promptTag, picksPerPrompt]) : [],
      pairs: method === "DPO" ? await db.query(SELECTED_PAIRS, [rewardModelId, promptTag]) : [],
      real: await db.query(REAL_IMAGES, [roundId]),
    };
  }

  private async trainableRound(tx: EntityManager, { roundId, rewardModelId, name }: Wanted) {
    const round = await tx.getRepository(Round).findOneBy({ id: roundId });
    if (!round) throw new UserError("NOT_FOUND", `No round ${roundId}.`, "roundId");
    const model = await tx.getRepository(RewardModel).findOneBy({ id: rewardModelId });
    if (model?.roundId !== roundId)
      throw new UserError("NOT_FOUND", `The round has no reward model ${rewardModelId}.`, "rewardModelId");
    if (model.state !== RewardModelState.TRAINED)
      throw new UserError(
        "REWARD_MODEL_NOT_TRAINED",
        `Reward model "${model.name}" has no weights yet; wait for job ${model.jobId}.`,
        "rewardModelId",
      );
    if (round.status === RoundStatus.COMPLETED && !(await tx.getRepository(Policy).existsBy({ name })))
      throw new UserError("ROUND_COMPLETED", "The round is completed and leads to no other policy.", "roundId");
    const experiment = await tx.getRepository(Experiment).findOneByOrFail({ id: round.experimentId });
    return { round, experiment };
  }

  /** The policy of that name, made if there is none. @throws UserError NAME_TAKEN, CONFLICT */
  private async recorded(
    tx: EntityManager,
    wanted: Wanted,
    { policyIn, experiment }: { policyIn: Policy; experiment: Experiment },
  ): Promise<Policy> {
    const { name, method, hyperparameters, roundId, rewardModelId, promptTag, picksPerPrompt = null } = wanted;
    const seed = wanted.seed ?? experiment.seed;
    const config = { roundId, rewardModelId, method, promptTag, picksPerPrompt, seed, hyperparameters };
    await tx.query(
      `insert into policies (name, parent_id, origin, generator, config) values ($1, $2, $3, $4, $5)
       on conflict (name) do nothing`,
      [name, policyIn.id, PolicyOrigin[method], policyIn.generator, JSON.stringify(config)],
    );
    const policy = await tx.getRepository(Policy).findOneByOrFail({ name });
    if (policy.config.roundId !== roundId)
      throw new UserError("NAME_TAKEN", `A policy named "${name}" exists; choose another name.`, "name");
    if (!isDeepStrictEqual(policy.config, config))
      throw new UserError(
        "CONFLICT",
        `Policy "${name}" of this round has other settings; choose another name.`,
        "name",
      );
    return policy;
  }
}
