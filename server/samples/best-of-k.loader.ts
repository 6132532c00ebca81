import { wilsonInterval, Z95 } from "../../shared/statistics/wilson.ts";
import type { LoaderDefinition } from "../graphql/loader.ts";
import { BEST_OF_K_BY_LABEL, REWARD_SUMMARY } from "./sample.sql.ts";

/** How often the reward model picks the labelled sample, with Wilson's 95% interval. */
export interface BestOfK {
  prompts: number;
  wins: number;
  accuracy: number;
  low: number;
  high: number;
  chance: number;
}

/** The rewards of a model's round; its samples are counted by prompt. */
export interface RewardSummary {
  samples: number;
  prompts: number;
  /** Mean over prompts of the mean reward, in [0, 1]. */
  mean: number;
  /** 95% interval of the mean; null with a single prompt. */
  low: number | null;
  high: number | null;
  /** Mean over prompts of the best reward. */
  bestMean: number;
}

const LABELS_SHOWN = 20;

/** Key `<rewardModelId>:<prompt tag>`, without a tag `<rewardModelId>`. */
export const labelsKey = (rewardModelId: string, promptTag: string | null): string =>
  promptTag === null ? rewardModelId : `${rewardModelId}:${promptTag}`;

/** Best-of-K for the labels of the samples, by `labelsKey`, the most picked first, 20 at most; [] while nothing is ranked. */
export const bestOfKByLabel: LoaderDefinition<string, (BestOfK & { label: string })[]> = {
  name: "bestOfKByLabel",
  async loadMany(db, keys) {
    const tags = new Set(keys.map((key) => (key.length > 36 ? key.slice(37) : null)));
    const found = new Map<string, (BestOfK & { label: string })[]>(keys.map((key) => [key, []]));
    for (const tag of tags) {
      const models = keys.map((key) => key.slice(0, 36)).filter((id) => found.has(labelsKey(id, tag)));
      const rows: { model: string; label: string; prompts: number; wins: number; chance: number }[] = await db.query(
        BEST_OF_K_BY_LABEL,
        [models, tag, LABELS_SHOWN],
      );
      for (const { model, ...row } of rows)
        found
          .get(labelsKey(model, tag))
          ?.push({ ...row, accuracy: row.wins / row.prompts, ...wilsonInterval(row.wins, row.prompts) });
    }
    return keys.map((key) => found.get(key) ?? []);
  },
};

/** By reward model; null while nothing is scored. */
export const rewardSummaryByModel: LoaderDefinition<string, RewardSummary | null> = {
  name: "rewardSummaryByModel",
  async loadMany(db, modelIds) {
    const rows: (Omit<RewardSummary, "low" | "high"> & { model: string; deviation: number | null })[] = await db.query(
      REWARD_SUMMARY,
      [modelIds],
    );
    const summaries = new Map<string, RewardSummary>();
    for (const { model, deviation, ...summary } of rows) {
      const half = deviation === null ? null : (Z95 * deviation) / Math.sqrt(summary.prompts);
      const low = half === null ? null : Math.max(0, summary.mean - half);
      const high = half === null ? null : Math.min(1, summary.mean + half);
      summaries.set(model, { ...summary, low, high });
    }
    return modelIds.map((id) => summaries.get(id) ?? null);
  },
};
