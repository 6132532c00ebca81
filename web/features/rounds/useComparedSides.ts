"use client";
import { useQuery } from "@apollo/client/react";
import { type Placed, prepareRow, sidesAcross, sidesOf } from "./prepareRow.ts";
import { PROMPT_ROW } from "./RoundPage.graphql.ts";
import { isAcrossRounds, NO_MODEL, type PromptRow, type RoundView, type Sample } from "./roundView.ts";

/** A round whose samples can be compared, and the model whose rewards these are shown with. */
export interface ComparableRound {
  id: string;
  index: number;
  model: string | null;
}

export type Side = "left" | "right";

export interface OneSide {
  round: ComparableRound | undefined;
  /** All samples of the prompt in that round, best first. */
  placed: Placed<Sample>[];
  shown: Placed<Sample> | undefined;
  /** The prompt's samples in that round are on their way. */
  isLoading: boolean;
}

/** The prompt in another round; null where it is this one's. */
function useOtherRow(promptId: string, round: ComparableRound | null) {
  const { data, loading } = useQuery(PROMPT_ROW, {
    variables: { id: round?.id ?? NO_MODEL, promptId, model: round?.model ?? NO_MODEL },
    skip: round === null,
  });
  return { row: data?.round?.promptRow ?? null, isLoading: loading };
}

/** Both sides of the comparison that the address names: of this round, or the same prompt in others of the experiment. */
export function useComparedSides(
  row: PromptRow,
  view: RoundView,
  { roundId, rounds }: { roundId: string; rounds: readonly ComparableRound[] },
): Record<Side, OneSide> & { isAcross: boolean } {
  const roundOf = (id: string | null) => rounds.find((round) => round.id === (id ?? roundId));
  const other = (id: string | null) => (id === null || id === roundId ? null : (roundOf(id) ?? null));
  const left = useOtherRow(row.prompt.id, other(view.leftRound));
  const right = useOtherRow(row.prompt.id, other(view.rightRound));
  const placedOf = (id: string | null, { row: its }: { row: PromptRow | null }) =>
    prepareRow((other(id) === null ? row : its)?.samples ?? []);
  const placed = { left: placedOf(view.leftRound, left), right: placedOf(view.rightRound, right) };
  const isAcross = isAcrossRounds(view);
  const shown = isAcross ? sidesAcross(placed, view) : sidesOf(placed.left, view);
  return {
    isAcross,
    left: { round: roundOf(view.leftRound), placed: placed.left, shown: shown.left, isLoading: left.isLoading },
    right: {
      round: roundOf(view.rightRound),
      placed: isAcross ? placed.right : placed.left,
      shown: shown.right,
      isLoading: right.isLoading,
    },
  };
}
