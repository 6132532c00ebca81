import type { UrlState } from "../../components/useUrlState.ts";
import type {
  PromptRowsQuery,
  RewardFilter,
  RoundSamplesQuery,
  SampleChoice,
  SampleOrder,
} from "../../graphql/generated/graphql.ts";
import type { Choice } from "./prepareRow.ts";

/**
 * What the page shows; all of it is in the address, so that a link shows the same. `at` is the place of the first item in
 * view, from 1. Of the comparison, `left` and `right` are values of k, `leftRound` and `rightRound` other rounds' ids, `show` is how
 * both are shown and `wipe` how much of the left one, percent.
 */
export const KEYS = [
  "model",
  "against",
  "order",
  "search",
  "tag",
  "which",
  "min",
  "max",
  "at",
  "prompt",
  "left",
  "right",
  "leftRound",
  "rightRound",
  "show",
  "wipe",
] as const;
export type RoundView = UrlState<(typeof KEYS)[number]>;
export type ChangeView = (to: Partial<RoundView>, how?: "push" | "replace") => void;

/** Stands for "no model" in a query that wants an id: no row has it. */
export const NO_MODEL = "00000000-0000-0000-0000-000000000000";

export const FROM_START = { at: null } as const;
export const CLOSED = {
  prompt: null,
  left: null,
  right: null,
  leftRound: null,
  rightRound: null,
  show: null,
  wipe: null,
} as const;

/** How two samples are compared; the first is what is shown when the address says nothing. */
export const SHOWN = ["beside", "slider", "flip", "difference"] as const;
export type Shown = (typeof SHOWN)[number];
export const shownOf = ({ show }: RoundView): Shown => SHOWN.find((shown) => shown === show) ?? "beside";

/** Whether samples of two rounds are compared. */
export const isAcrossRounds = ({ leftRound, rightRound }: RoundView): boolean => leftRound !== rightRound;

export type PromptRow = NonNullable<PromptRowsQuery["round"]>["promptRows"]["nodes"][number];
export type Sample = PromptRow["samples"][number];
export type ListedSample = NonNullable<RoundSamplesQuery["round"]>["samples"]["nodes"][number];

/** Orders of single samples; without one, prompts come with their samples. */
export const ORDERS = [
  { value: "", label: "Prompts in order" },
  { value: "REWARD", label: "Samples, best first" },
  { value: "REWARD_ASCENDING", label: "Samples, worst first" },
  { value: "DISAGREEMENT", label: "Samples, models disagree most" },
] as const satisfies readonly { value: SampleOrder | ""; label: string }[];

/** The order of samples that the address names; null: prompts, also where a model that it needs is missing. */
export function orderOf(view: RoundView, model: string | null): SampleOrder | null {
  const order = ORDERS.find(({ value }) => value === view.order)?.value || null;
  if (!model || (order === "DISAGREEMENT" && !view.against)) return null;
  return order;
}

const share = (text: string | null): number | null => {
  const value = text === null ? Number.NaN : Number(text);
  return value >= 0 && value <= 1 ? value : null;
};

/** What a sample must be to its reward model, as the address says it: `which` is chosen, rejected or a rank. */
export function rewardFilterOf({ which, min, max }: RoundView, model: string | null): RewardFilter | null {
  if (!model) return null;
  const choice = which === "chosen" || which === "rejected" ? (which.toUpperCase() as SampleChoice) : null;
  const rank = which !== null && /^[1-9]\d{0,2}$/.test(which) ? Number(which) : null;
  const filter = { min: share(min), max: share(max), rank, choice };
  return Object.values(filter).some((value) => value !== null) ? { rewardModelId: model, ...filter } : null;
}

/** Whether a sample of a shown prompt is one of those that are looked for. */
export function isWanted(
  { choice, score }: { choice: Choice; score: { score: number; rank?: number | null } | null | undefined },
  filter: RewardFilter | null,
): boolean {
  if (!filter) return true;
  if (!score) return false;
  if (filter.min != null && score.score < filter.min) return false;
  if (filter.max != null && score.score > filter.max) return false;
  if (filter.rank != null && score.rank !== filter.rank) return false;
  return filter.choice == null || choice?.toUpperCase() === filter.choice;
}

/** Whether fewer than all samples are looked for. */
export const isFiltered = ({ search, tag, which, min, max }: RoundView): boolean =>
  [search, tag, which, min, max].some((value) => value !== null);

/** Where the address says that the list is looked at, as an item's index. */
export const itemOf = (at: string | null): number => Math.max(0, (Math.floor(Number(at)) || 1) - 1);
