import { Field, Float, ID, InputType, Int, registerEnumType } from "type-graphql";
import { z } from "zod";
import { parseInput } from "../../shared/parse-input.ts";

enum SampleChoice {
  CHOSEN = "CHOSEN",
  REJECTED = "REJECTED",
}
registerEnumType(SampleChoice, {
  name: "SampleChoice",
  description:
    "What a sample is to a reward model that has ranked its prompt (paper, section 3.3): CHOSEN, the best of at least two, or REJECTED, the worst of them.",
});

@InputType({ description: "What one reward model says of a sample. All that is given must hold." })
export class RewardFilter {
  @Field(() => ID, { description: "The reward model whose scores and ranks are meant." })
  rewardModelId!: string;
  @Field(() => Float, { nullable: true, description: "Least reward r(x), in [0, 1]." })
  min?: number | null;
  @Field(() => Float, { nullable: true, description: "Greatest reward r(x), in [0, 1]." })
  max?: number | null;
  @Field(() => Int, { nullable: true, description: "Rank within the prompt, 1 = best." })
  rank?: number | null;
  @Field(() => SampleChoice, { nullable: true })
  choice?: SampleChoice | null;
}

const reward = z.number().min(0, "is 0 at least").max(1, "is 1 at most").nullish();
const filter = z.object({
  rewardModelId: z.uuid("must be an id (a UUID)").toLowerCase(),
  min: reward,
  max: reward,
  rank: z.number().int().min(1, "is 1 at least").max(1000, "is 1,000 at most").nullish(),
  choice: z.enum(SampleChoice).nullish(),
});

/** Samples of the prompt of `s`, by a range of samples_by_place_idx. */
const OF_ITS_PROMPT =
  "(select count(*) from samples peer where peer.round_id = s.round_id and peer.prompt_position = s.prompt_position)";

/** What is asked of a sample. */
export interface RewardConditions {
  where: string[];
  /** Whether they speak of the sample itself, not of its score alone. */
  ofSample: boolean;
}

/**
 * SQL conditions on a score, the table `score`, and its sample, the table `s`; `add` makes a parameter of a value.
 * @throws UserError BAD_INPUT naming the field below `rewards`
 */
export function rewardConditions(
  given: RewardFilter,
  score: string,
  add: (value: unknown) => string,
): RewardConditions {
  const { rewardModelId, min, max, rank, choice } = parseInput(filter, given, "rewards");
  const where = [`${score}.reward_model_id = ${add(rewardModelId)}`];
  if (min != null) where.push(`${score}.score >= ${add(min)}`);
  if (max != null) where.push(`${score}.score <= ${add(max)}`);
  if (rank != null) where.push(`${score}.rank = ${add(rank)}`);
  if (choice === SampleChoice.CHOSEN) where.push(`${score}.rank = 1 and ${OF_ITS_PROMPT} > 1`);
  if (choice === SampleChoice.REJECTED) where.push(`${score}.rank > 1 and ${score}.rank = ${OF_ITS_PROMPT}`);
  return { where, ofSample: choice != null };
}
