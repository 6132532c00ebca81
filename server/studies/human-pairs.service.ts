import type { DataSource } from "typeorm";
import { z } from "zod";
import { AssignmentKind, RoundStatus } from "../../shared/enums.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { inTransaction } from "../database/transaction.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import type { HumanPair, PairService } from "../pairs/pair.service.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import { Study } from "./study.entity.ts";
import type { StudyAnalysisService } from "./study-analysis.service.ts";
import { outcomeOf, type VoteRow, withoutExcluded } from "./study-analysis.ts";

declare module "../graphql/context.ts" {
  interface Services {
    humanPairs: HumanPairService;
  }
}

const wanted = z.object({
  studyId: z.uuid("must be a study's id").toLowerCase(),
  rewardModelId: z.uuid("must be a reward model's id").toLowerCase(),
  minimumShare: z.number().gt(0.5, "must be above a half: a majority").max(1).nullish(),
  minimumVotes: z.number().int().min(1).max(10_000).nullish(),
});

/**
 * The clearest majority of each prompt, in order of prompts: of several pairs of arms the one with the largest margin, then the
 * most votes, then the first.
 */
export function humanPairs(
  rows: readonly VoteRow[],
  { minimumShare, minimumVotes }: { minimumShare: number; minimumVotes: number },
): HumanPair[] {
  const items = [
    ...Map.groupBy(
      rows.filter(({ kind }) => kind === AssignmentKind.VOTE),
      ({ itemId }) => itemId,
    ).values(),
  ];
  const majorities = items.flatMap((own) => {
    const { promptPosition, sampleAId, sampleBId } = own[0] as VoteRow;
    const decided = own.map(outcomeOf).filter((outcome) => outcome === 0 || outcome === 1);
    const forB = decided.filter((outcome) => outcome === 1).length / decided.length;
    const share = Math.max(forB, 1 - forB);
    if (decided.length < minimumVotes || !(share > 0.5) || share < minimumShare) return [];
    const [chosen, rejected] = forB > 0.5 ? [sampleBId, sampleAId] : [sampleAId, sampleBId];
    return [{ promptPosition, chosen, rejected, margin: 2 * share - 1, votes: decided.length }];
  });
  const best = [...Map.groupBy(majorities, ({ promptPosition }) => promptPosition).values()].map(
    (own) => own.toSorted((a, b) => b.margin - a.margin || b.votes - a.votes)[0] as (typeof own)[number],
  );
  return best.sort((a, b) => a.promptPosition - b.promptPosition);
}

/** Votes as pairs to train on. */
export class HumanPairService {
  constructor(
    private readonly db: DataSource,
    private readonly analyses: StudyAnalysisService,
    private readonly pairs: PairService,
  ) {}

  /** @throws UserError BAD_INPUT, NOT_FOUND, ROUND_COMPLETED, TOO_FEW_ITEMS */
  async record(input: unknown): Promise<{ rewardModel: RewardModel; inserted: number }> {
    const { studyId, rewardModelId, minimumShare, minimumVotes } = parseInput(wanted, input);
    const study = await this.db.getRepository(Study).findOneBy({ id: studyId });
    if (!study) throw new UserError("NOT_FOUND", `No study ${studyId}.`, "studyId");
    const rewardModel = await this.modelOf(study, rewardModelId);
    const { votes } = withoutExcluded(await this.analyses.rows(studyId), study);
    const pairs = humanPairs(votes, { minimumShare: minimumShare ?? 0.5, minimumVotes: minimumVotes ?? 1 });
    if (pairs.length === 0)
      throw new UserError("TOO_FEW_ITEMS", `Study "${study.name}" has no such majority yet.`, "studyId");
    return {
      rewardModel,
      inserted: await inTransaction(this.db, (tx) => this.pairs.insertHuman(tx, rewardModel, pairs)),
    };
  }

  /** A model that may have pairs of the study's prompts. */
  private async modelOf(study: Study, rewardModelId: string): Promise<RewardModel> {
    const model = await this.db.getRepository(RewardModel).findOneBy({ id: rewardModelId });
    if (!model) throw new UserError("NOT_FOUND", `No reward model ${rewardModelId}.`, "rewardModelId");
    const round = await this.db.getRepository(Round).findOneByOrFail({ id: model.roundId });
    if (round.status === RoundStatus.COMPLETED)
      throw new UserError("ROUND_COMPLETED", "The round is completed and takes no more pairs.", "rewardModelId");
    const experiment = await this.db.getRepository(Experiment).findOneByOrFail({ id: round.experimentId });
    if (experiment.promptSetId !== study.promptSetId)
      throw new UserError("BAD_INPUT", "rewardModelId: its round has other prompts than the study.", "rewardModelId");
    return model;
  }
}
