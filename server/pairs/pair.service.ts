import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { RoundStatus } from "../../shared/enums.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { inTransaction } from "../database/transaction.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import { BUILD_PAIRS, UNRANKED } from "./pair.sql.ts";

declare module "../graphql/context.ts" {
  interface Services {
    pairs: PairService;
  }
}

const selection = z.object({
  rewardModelId: z.uuid("must be a reward model's id"),
  minimumMargin: z.number().min(0).lt(1).default(0),
  promptTag: z.string().max(100).nullish(),
});

export class PairService {
  constructor(private readonly db: DataSource) {}

  /**
   * (x^h, x^l) for every prompt: the samples of rank 1 and rank K (section 3.3). One statement; repeating it adds only what is new.
   * @throws UserError BAD_INPUT, NOT_FOUND, ROUND_COMPLETED, SAMPLES_NOT_SCORED
   */
  async build(input: unknown): Promise<{ rewardModel: RewardModel; inserted: number }> {
    return inTransaction(this.db, (tx) => this.buildWithin(tx, input));
  }

  /** As `build`, in a caller's transaction. */
  async buildWithin(tx: EntityManager, input: unknown): Promise<{ rewardModel: RewardModel; inserted: number }> {
    const { rewardModelId, minimumMargin, promptTag } = parseInput(selection, input);
    const rewardModel = await tx.getRepository(RewardModel).findOneBy({ id: rewardModelId });
    if (!rewardModel) throw new UserError("NOT_FOUND", `No reward model ${rewardModelId}.`, "rewardModelId");
    const round = await tx.getRepository(Round).findOneByOrFail({ id: rewardModel.roundId });
    if (round.status === RoundStatus.COMPLETED)
      throw new UserError("ROUND_COMPLETED", "The round is completed and takes no more pairs.", "rewardModelId");
    const [{ unranked }] = await tx.query(UNRANKED, [rewardModel.roundId, rewardModelId]);
    if (unranked)
      throw new UserError(
        "SAMPLES_NOT_SCORED",
        `"${rewardModel.name}" has not ranked all samples of its round; run scoreSamples first.`,
        "rewardModelId",
      );
    const rows: unknown[] = await tx.query(BUILD_PAIRS, [rewardModelId, minimumMargin, promptTag ?? null]);
    return { rewardModel, inserted: rows.length };
  }
}
