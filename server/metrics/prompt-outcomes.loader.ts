import type { MetricDirection } from "../../shared/enums.ts";
import { exactBinomialP } from "../../shared/statistics/exact-binomial.ts";
import { wilsonInterval } from "../../shared/statistics/wilson.ts";
import type { LoaderDefinition } from "../graphql/loader.ts";
import { PROMPT_OUTCOMES } from "./prompt-outcomes.sql.ts";

/** What became of one prompt by one metric. */
export interface PromptChange {
  promptId: string;
  text: string;
  position: number;
  /** pairs of samples of the same k */
  samples: number;
  /** the first of them */
  k: number;
  before: number;
  after: number;
  /** after minus before, its sign turned so that above 0 is better */
  gain: number;
  beforeSha256: string;
  afterSha256: string;
}

/** Prompts won and lost by one metric, computed one way. */
export interface PromptOutcome {
  name: string;
  direction: MetricDirection;
  provenance: Record<string, unknown>;
  prompts: number;
  wins: number;
  losses: number;
  ties: number;
  /** of the prompts that are not ties; null where all are */
  winRate: number | null;
  low: number | null;
  high: number | null;
  /** two-sided, of the exact sign test */
  p: number;
  mostImproved: PromptChange[];
  mostWorsened: PromptChange[];
}

/** Which rounds, of which prompts, and how many prompts are shown from either end. */
export interface OutcomesQuery {
  roundId: string;
  baselineId: string;
  promptTag: string | null;
  first: number;
}

export const outcomesKey = ({ roundId, baselineId, promptTag, first }: OutcomesQuery): string =>
  JSON.stringify([roundId, baselineId, promptTag, first]);

type Row = Pick<PromptOutcome, "name" | "direction" | "provenance" | "prompts" | "wins" | "losses"> & {
  place: number;
  changes: (PromptChange & { fromBest: number; fromWorst: number })[];
};

/** By `outcomesKey`: every metric that single samples of both rounds have, by name. A statement for each number shown. */
export const promptOutcomes: LoaderDefinition<string, PromptOutcome[]> = {
  name: "promptOutcomes",
  async loadMany(db, keys) {
    const wanted = keys.map((key) => {
      const [roundId, baselineId, promptTag, first]: [string, string, string | null, number] = JSON.parse(key);
      return { key, roundId, baselineId, promptTag, first };
    });
    const found = new Map<string, PromptOutcome[]>(keys.map((key) => [key, []]));
    for (const [first, same] of Map.groupBy(wanted, (one) => one.first)) {
      const rows: Row[] = await db.query(PROMPT_OUTCOMES, [
        same.map(({ roundId }) => roundId),
        same.map(({ baselineId }) => baselineId),
        same.map(({ promptTag }) => promptTag),
        first,
      ]);
      for (const row of rows) found.get(same[row.place - 1]?.key ?? "")?.push(outcomeOf(row, first));
    }
    return keys.map((key) => found.get(key) ?? []);
  },
};

function outcomeOf({ place: _, changes, ...row }: Row, first: number): PromptOutcome {
  const { prompts, wins, losses } = row;
  const decided = wins + losses;
  return {
    ...row,
    ties: prompts - decided,
    winRate: decided === 0 ? null : wins / decided,
    ...(decided === 0 ? { low: null, high: null } : wilsonInterval(wins, decided)),
    p: decided === 0 ? 1 : exactBinomialP(wins, decided),
    mostImproved: changes.filter(({ gain, fromBest }) => gain > 0 && fromBest <= first),
    mostWorsened: changes.filter(({ gain, fromWorst }) => gain < 0 && fromWorst <= first).reverse(),
  };
}
