import { parseId } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import type { ListQuery, Ordering } from "../graphql/connection.ts";
import { type PromptFilter, promptConditions } from "./prompt-row.loader.ts";
import { type RewardFilter, rewardConditions } from "./reward-filter.ts";

export type SampleOrder = "PLACE" | "REWARD" | "REWARD_ASCENDING" | "DISAGREEMENT";

/** Which samples of a round, and in which order. */
export interface SampleFilter extends PromptFilter {
  orderBy?: SampleOrder | null;
  /** Of the orders by reward and by disagreement. */
  rewardModelId?: string | null;
  /** Of the order by disagreement. */
  otherRewardModelId?: string | null;
  rewards?: RewardFilter | null;
}

const ID = { sql: "sc.sample_id", type: "uuid" };
const REWARD = { sql: "sc.score", type: "float8" };
const ORDERINGS: Record<SampleOrder, Ordering> = {
  PLACE: {
    name: "place",
    columns: [
      { sql: "s.prompt_position", type: "int" },
      { sql: "s.k", type: "int" },
      { sql: "s.id", type: "uuid" },
    ],
  },
  REWARD: { name: "reward", columns: [REWARD, ID], descending: true },
  REWARD_ASCENDING: { name: "reward-ascending", columns: [REWARD, ID] },
  DISAGREEMENT: {
    name: "disagreement",
    columns: [{ sql: "abs(sc.score - other.score)", type: "float8" }, ID],
    descending: true,
  },
};

/** $1 of a list by reward: the model. One look at it, for a list that names no sample. */
const MODEL_IS_OF = (round: string) => `(select m.round_id from reward_models m where m.id = $1) = ${round}`;

/**
 * Samples of a round. By place they are a range of samples_by_place_idx, by reward one of sample_scores_by_score_idx. How far
 * two models differ is known only once both scores are read: a page by disagreement looks at all scores of both.
 * @throws UserError BAD_INPUT: a model is missing
 */
export function sampleListQuery(select: string, roundId: string, filter: SampleFilter): ListQuery {
  const order = filter.orderBy ?? "PLACE";
  const params: unknown[] = [];
  const add = (value: unknown) => `$${params.push(value)}`;
  const scored = order === "PLACE" ? null : scoresInOrder(order, filter, add);
  const round = add(roundId);
  const where = [...(scored?.where ?? []), `s.round_id = ${round}`];
  const scoreWhere = [...(scored?.where ?? []), MODEL_IS_OF(round)];
  let from = scored ? `${scored.from} join samples s on s.id = sc.sample_id` : "samples s";
  let ofSample = !scored;
  const { rewards } = filter;
  if (rewards) {
    const same = scored !== null && rewards.rewardModelId === filter.rewardModelId;
    const conditions = rewardConditions(rewards, same ? "sc" : "filtered", add);
    if (!same) from += " join sample_scores filtered on filtered.sample_id = s.id";
    where.push(...conditions.where);
    scoreWhere.push(...conditions.where);
    ofSample ||= !same || conditions.ofSample;
  }
  const prompts = promptConditions(filter, add);
  if (prompts.length > 0) {
    where.push(`exists (select 1 from prompts p where p.id = s.prompt_id and ${prompts.join(" and ")})`);
    ofSample = true;
  }
  const walk = scored && !ofSample ? { from: scored.from, where: scoreWhere } : undefined;
  return { select, from, where, params, ordering: ORDERINGS[order], ...(walk && { walk }) };
}

function scoresInOrder(
  order: SampleOrder,
  { rewardModelId, otherRewardModelId }: SampleFilter,
  add: (value: unknown) => string,
): { from: string; where: string[] } {
  if (!rewardModelId)
    throw new UserError("BAD_INPUT", "Ordering by reward or disagreement needs a reward model.", "rewardModelId");
  const where = [`sc.reward_model_id = ${add(parseId(rewardModelId, "rewardModelId"))}`];
  if (order !== "DISAGREEMENT") return { from: "sample_scores sc", where };
  if (!otherRewardModelId)
    throw new UserError("BAD_INPUT", "Ordering by disagreement needs two reward models.", "otherRewardModelId");
  where.push(`other.reward_model_id = ${add(parseId(otherRewardModelId, "otherRewardModelId"))}`);
  return { from: "sample_scores sc join sample_scores other on other.sample_id = sc.sample_id", where };
}
