import type { PromptOutcomesQuery } from "../../graphql/generated/graphql.ts";
import type { Experiment, Round } from "./prepareRounds.ts";

export type Outcome = NonNullable<PromptOutcomesQuery["round"]>["promptOutcomes"][number];

export const keyOfOutcome = ({ name, provenance }: Pick<Outcome, "name" | "provenance">): string =>
  `${name} ${JSON.stringify(provenance)}`;

/** The rounds that are compared: those asked for, else the last against the one before it; null while there is one round. */
export function chosenRounds(
  rounds: Experiment["rounds"],
  asked: { round: string | null; baseline: string | null },
): { round: Round; baseline: Round } | null {
  const of = (id: string | null) => rounds.find((round) => round.id === id);
  const round = of(asked.round) ?? rounds.at(-1);
  if (!round || rounds.length < 2) return null;
  const before = rounds.filter(({ index }) => index < round.index).at(-1);
  const baseline = of(asked.baseline) ?? before ?? rounds.find(({ id }) => id !== round.id);
  return baseline ? { round, baseline } : null;
}

/** The metric asked for, else the one that changed most prompts one way. */
export function chosenOutcome(outcomes: readonly Outcome[], key: string | null): Outcome | null {
  const asked = outcomes.find((one) => keyOfOutcome(one) === key);
  return asked ?? outcomes.toSorted((a, b) => a.p - b.p)[0] ?? null;
}
