import type { UrlState } from "../../components/useUrlState.ts";
import type { PromptRowsQuery } from "../../graphql/generated/graphql.ts";

/** What the page shows; all of it is in the address, so that a link shows the same. `left` and `right` are values of k. */
export const KEYS = ["model", "search", "tag", "after", "before", "prompt", "left", "right"] as const;
export type RoundView = UrlState<(typeof KEYS)[number]>;
export type ChangeView = (to: Partial<RoundView>, how?: "push" | "replace") => void;

export const FIRST_PAGE = { after: null, before: null } as const;
export const CLOSED = { prompt: null, left: null, right: null } as const;

export type PromptRow = NonNullable<PromptRowsQuery["round"]>["promptRows"]["nodes"][number];
export type Sample = PromptRow["samples"][number];
