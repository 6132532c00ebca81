import type { EntityManager } from "typeorm";
import type { RewardModel } from "../reward-models/reward-model.entity.ts";
import { INSERT_HUMAN_PAIRS } from "./pair.sql.ts";

/** What people preferred of two samples of a prompt. */
export interface HumanPair {
  chosen: string;
  rejected: string;
  /** share of decided votes for the chosen one, less that of the others; in (0, 1] */
  margin: number;
}

/** Gives a model pairs of source HUMAN; of a prompt that has one it stays. @returns how many were new */
export async function insertHumanPairs(
  tx: EntityManager,
  { id, roundId }: RewardModel,
  pairs: readonly HumanPair[],
): Promise<number> {
  const column = <T>(pick: (pair: HumanPair) => T) => pairs.map(pick);
  const inserted: unknown[] = await tx.query(INSERT_HUMAN_PAIRS, [
    ...[id, roundId],
    column(({ chosen }) => chosen),
    column(({ rejected }) => rejected),
    column(({ margin }) => margin),
  ]);
  return inserted.length;
}
