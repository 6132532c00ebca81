/** What the search shows, decided apart from how it is drawn. */
import { jobTitle } from "../../components/jobSubject.ts";
import type { SearchQuery } from "../../graphql/generated/graphql.ts";

export type Hit = SearchQuery["search"][number];

const LABELS: Record<Hit["kind"], string> = {
  EXPERIMENT: "Experiments",
  ROUND: "Rounds",
  POLICY: "Policies",
  REWARD_MODEL: "Reward models",
  STUDY: "User studies",
  PROMPT: "Prompts",
  JOB: "Jobs",
};

/** Where a hit is shown; null: nowhere yet, as a policy that no round has used. */
export function addressOf({ kind, id, title, experimentId, roundId }: Hit): string | null {
  if (kind === "EXPERIMENT") return `/experiments/${id}`;
  if (kind === "REWARD_MODEL") return `/reward-models/${id}`;
  if (kind === "STUDY") return `/studies/${id}`;
  if (kind === "JOB") return `/jobs?job=${id}`;
  if (kind === "PROMPT" && roundId) return `/rounds/${roundId}?search=${encodeURIComponent(title)}`;
  if (roundId) return `/rounds/${roundId}`;
  return experimentId ? `/experiments/${experimentId}` : null;
}

/** TRAIN_REWARD_MODEL -> "Train reward model"; names stay as they are. */
const titleOf = ({ kind, title }: Hit): string => (kind === "JOB" ? jobTitle(title) : title);

export interface Option {
  /** also the element's id */
  key: string;
  title: string;
  detail: string | null;
  address: string;
}

export interface OptionGroup {
  label: string;
  options: Option[];
}

/** Hits that lead somewhere, by kind, in the server's order. */
export function optionGroups(hits: readonly Hit[]): OptionGroup[] {
  const options = hits.flatMap((hit) => {
    const address = addressOf(hit);
    const option = { key: `found-${hit.id}`, title: titleOf(hit), detail: hit.detail ?? null };
    return address ? [{ kind: hit.kind, option: { ...option, address } }] : [];
  });
  return [...Map.groupBy(options, ({ kind }) => kind)].map(([kind, own]) => ({
    label: LABELS[kind],
    options: own.map(({ option }) => option),
  }));
}

/** The next option by an arrow, around the ends. @param at null: none is chosen yet */
export const stepped = (at: number | null, by: 1 | -1, length: number): number | null =>
  length === 0 ? null : at === null ? (by === 1 ? 0 : length - 1) : (at + by + length) % length;

export function summary(text: string, groups: readonly OptionGroup[]): string {
  if (!text) return "";
  const found = groups.reduce((sum, { options }) => sum + options.length, 0);
  return found === 0 ? "Nothing is found" : found === 1 ? "1 is found" : `${found} are found`;
}
