import { count } from "../../../shared/format/number.ts";
import type { RoundOutcomesQuery } from "../../graphql/generated/graphql.ts";
import type { Experiment } from "./prepareRounds.ts";

/** What is drawn of a round: from the policy it begins with to what it leads to. */
export interface LineageRow {
  index: number;
  roundId: string;
  policy: string;
  samples: string;
  models: { id: string; name: string; state: string /** null while they are counted */; pairs: number | null }[];
  /** models beyond those drawn */
  moreModels: number;
  /** the policy that post-training led to, and how; null where there is none yet */
  next: { name: string; how: string } | null;
  /** the next row begins with that policy, so it is not drawn twice */
  goesOn: boolean;
}

const MOST_MODELS = 3;

export function lineageOf(
  experiment: Experiment,
  outcomes: RoundOutcomesQuery["experiment"] | undefined,
): LineageRow[] {
  const pairs = new Map(
    outcomes?.rounds.flatMap(({ rewardModels }) => rewardModels.map(({ id, pairs }) => [id, pairs.totalCount])),
  );
  const { rounds } = experiment;
  return rounds.map((round, i) => {
    const following = rounds[i + 1];
    const out =
      round.policyOut ?? (following && following.policyIn.id !== round.policyIn.id ? following.policyIn : null);
    const models = round.rewardModels.map(({ id, name, state }) => ({ id, name, state, pairs: pairs.get(id) ?? null }));
    return {
      index: round.index,
      roundId: round.id,
      policy: round.policyIn.name,
      samples: count(round.sampleCount),
      models: models.slice(0, MOST_MODELS),
      moreModels: Math.max(0, models.length - MOST_MODELS),
      next: out && { name: out.name, how: experiment.postTraining === "NONE" ? "next" : experiment.postTraining },
      goesOn: out !== null && out?.id === following?.policyIn.id,
    };
  });
}
