import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { RewardModelState } from "../../shared/enums.ts";
import { SCORE_SAMPLES } from "../../shared/jobs/score-samples.ts";
import { parseId, parseInput } from "../../shared/parse-input.ts";
import { wilsonInterval } from "../../shared/statistics/wilson.ts";
import { UserError } from "../../shared/user-error.ts";
import { GroupCommit, PartlyThere } from "../database/group-commit.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Job } from "../jobs/job.entity.ts";
import type { JobService } from "../jobs/job.service.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import type { BestOfK } from "./best-of-k.loader.ts";
import { MAX_BULK_ROWS } from "./sample.service.ts";
import { BEST_OF_K, FIRST_FOREIGN_SAMPLE, INSERT_SCORES } from "./sample.sql.ts";

declare module "../graphql/context.ts" {
  interface Services {
    sampleScores: SampleScoreService;
  }
}

const chunk = z.object({
  rewardModelId: z.uuid("must be a reward model's id"),
  scores: z
    .array(
      z.object({
        sampleId: z.uuid(),
        logit: z.number(),
        score: z.number().min(0).max(1),
        votes: z.number().min(0).max(1).nullish(),
      }),
    )
    .min(1)
    .max(MAX_BULK_ROWS, `must hold at most ${MAX_BULK_ROWS} rows`),
});

export class SampleScoreService {
  /** Requests about one reward model that arrive together are stored together. */
  private readonly writers: GroupCommit<z.output<typeof chunk>, number>;

  constructor(
    private readonly db: DataSource,
    private readonly jobs: JobService,
  ) {
    this.writers = new GroupCommit({
      maxRows: MAX_BULK_ROWS,
      rowsOf: (request) => request.scores.length,
      write: (requests) => this.write(requests),
    });
  }

  /** Asks a worker to score every sample of the model's round. @throws UserError NOT_FOUND, REWARD_MODEL_NOT_TRAINED */
  async requestScores(id: string): Promise<{ rewardModel: RewardModel; job: Job }> {
    const rewardModelId = parseId(id, "rewardModelId");
    return inTransaction(this.db, (tx) => this.startScoring(tx, rewardModelId));
  }

  /** As `requestScores`, in a caller's transaction. */
  async startScoring(tx: EntityManager, rewardModelId: string): Promise<{ rewardModel: RewardModel; job: Job }> {
    const rewardModel = await tx.getRepository(RewardModel).findOneBy({ id: rewardModelId });
    if (!rewardModel) throw new UserError("NOT_FOUND", `No reward model ${rewardModelId}.`, "rewardModelId");
    if (rewardModel.state !== RewardModelState.TRAINED)
      throw new UserError(
        "REWARD_MODEL_NOT_TRAINED",
        `Reward model "${rewardModel.name}" has no weights yet; wait for job ${rewardModel.jobId}.`,
        "rewardModelId",
      );
    const [{ count }] = await tx.query("select sample_count as count from rounds where id = $1", [rewardModel.roundId]);
    // The count is part of the key: samples logged after a scoring make the next request a new job.
    const job = await this.jobs.start(tx, SCORE_SAMPLES, `${rewardModelId}:${count}`, {
      roundId: rewardModel.roundId,
      rewardModelId,
      encoder: rewardModel.encoder,
      weightsSha256: rewardModel.weightsSha256,
    });
    return { rewardModel, job };
  }

  /**
   * Stores a chunk of scores; sending it again changes nothing.
   * @returns how many were new
   * @throws UserError BAD_INPUT, NOT_FOUND (also for a sample of another round), CONFLICT (two scores of one sample)
   */
  async log(input: unknown): Promise<number> {
    const request = parseInput(chunk, input);
    const first = new Map(request.scores.map((s) => [s.sampleId, s.score] as const).reverse());
    const twice = request.scores.findIndex((s) => first.get(s.sampleId) !== s.score);
    if (twice >= 0)
      throw new UserError(
        "CONFLICT",
        `Sample ${request.scores[twice]?.sampleId} has another score in the same batch.`,
        `scores[${twice}].score`,
      );
    return this.writers.submit(request.rewardModelId, request);
  }

  /** All scores of requests about one model, by one statement. */
  private async write(requests: z.output<typeof chunk>[]): Promise<number[]> {
    const rewardModelId = requests[0]?.rewardModelId;
    const scores = requests.flatMap((request) => request.scores);
    const sampleIds = scores.map((s) => s.sampleId);
    return inTransaction(this.db, async (tx) => {
      const [{ inserted }]: [{ inserted: number }] = await tx.query(INSERT_SCORES, [
        rewardModelId,
        sampleIds,
        scores.map((s) => s.logit),
        scores.map((s) => s.score),
        scores.map((s) => s.votes ?? null),
      ]);
      if (requests.length > 1) {
        if (inserted < scores.length) throw new PartlyThere();
        return requests.map((request) => request.scores.length);
      }
      if (inserted < scores.length) await this.mustBeOfRound(tx, rewardModelId, sampleIds);
      return [inserted];
    });
  }

  private async mustBeOfRound(
    tx: EntityManager,
    rewardModelId: string | undefined,
    sampleIds: string[],
  ): Promise<void> {
    const model = await tx.getRepository(RewardModel).findOneBy({ id: rewardModelId });
    if (!model) throw new UserError("NOT_FOUND", `No reward model ${rewardModelId}.`, "rewardModelId");
    const [foreign]: { place: number }[] = await tx.query(FIRST_FOREIGN_SAMPLE, [model.roundId, sampleIds]);
    if (foreign)
      throw new UserError(
        "NOT_FOUND",
        `The reward model's round has no sample ${sampleIds[foreign.place - 1]}.`,
        `scores[${foreign.place - 1}].sampleId`,
      );
  }

  /** @returns null while nothing is ranked */
  async bestOfK(rewardModelId: string, label: string, promptTag: string | null): Promise<BestOfK | null> {
    const [row]: { prompts: number; wins: number; chance: number }[] = await this.db.query(BEST_OF_K, [
      rewardModelId,
      label,
      promptTag,
    ]);
    if (!row || row.prompts === 0) return null;
    return { ...row, accuracy: row.wins / row.prompts, ...wilsonInterval(row.wins, row.prompts) };
  }
}
