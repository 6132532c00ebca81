import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { RoundStatus } from "../../shared/enums.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { inTransaction } from "../database/transaction.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import { BUILD_PAIRS, INSERT_HUMAN_PAIRS, SAMPLES_AT, UNRANKED } from "./pair.sql.ts";

declare module "../graphql/context.ts" {
  interface Services {
    pairs: PairService;
  }
}

const selection = z.object({
  rewardModelId: z.uuid("must be a reward model's id"),
  minimumMargin: z.number().min(0).lt(1).default(0),
  promptTag: z.string().max(100).nullish(),
});

/** What people preferred of two samples of a prompt. */
export interface HumanPair {
  chosen: string;
  rejected: string;
  /** share of decided votes for the chosen one, less that of the others; in (0, 1] */
  margin: number;
}

/** Most pairs of one request. */
const MAX_PAIRS = 5000;

const place = z.number().int().min(0);
const preferences = z.object({
  rewardModelId: z.uuid("must be a reward model's id"),
  pairs: z
    .array(
      z
        .object({
          promptPosition: place,
          chosenK: place.max(999),
          rejectedK: place.max(999),
          margin: z.number().gt(0).max(1).default(1),
        })
        .refine(({ chosenK, rejectedK }) => chosenK !== rejectedK, {
          path: ["rejectedK"],
          message: "must be another sample than the chosen one",
        }),
    )
    .min(1, "must hold at least one pair")
    .max(MAX_PAIRS, `must hold at most ${MAX_PAIRS} pairs`),
});

export class PairService {
  constructor(private readonly db: DataSource) {}

  /**
   * (x^h, x^l) for every prompt: the samples of rank 1 and rank K (section 3.3). One statement; repeating it adds only what is new.
   * @throws UserError BAD_INPUT, NOT_FOUND, ROUND_COMPLETED, SAMPLES_NOT_SCORED
   */
  async build(input: unknown): Promise<{ rewardModel: RewardModel; inserted: number }> {
    return inTransaction(this.db, (tx) => this.buildWithin(tx, input));
  }

  /** As `build`, in a caller's transaction. */
  async buildWithin(tx: EntityManager, input: unknown): Promise<{ rewardModel: RewardModel; inserted: number }> {
    const { rewardModelId, minimumMargin, promptTag } = parseInput(selection, input);
    const rewardModel = await this.openModel(tx, rewardModelId);
    const [{ unranked }] = await tx.query(UNRANKED, [rewardModel.roundId, rewardModelId]);
    if (unranked)
      throw new UserError(
        "SAMPLES_NOT_SCORED",
        `"${rewardModel.name}" has not ranked all samples of its round; run scoreSamples first.`,
        "rewardModelId",
      );
    const rows: unknown[] = await tx.query(BUILD_PAIRS, [rewardModelId, minimumMargin, promptTag ?? null]);
    return { rewardModel, inserted: rows.length };
  }

  /**
   * Preferences that people had elsewhere, as pairs of source HUMAN. A model has one of a prompt; what is there stays, so a batch can
   * be sent again. @throws UserError BAD_INPUT, NOT_FOUND, ROUND_COMPLETED
   */
  async log(input: unknown): Promise<{ rewardModel: RewardModel; inserted: number }> {
    const { rewardModelId, pairs } = parseInput(preferences, input);
    const met = new Set<number>();
    const twice = pairs.findIndex(({ promptPosition }) => met.size === met.add(promptPosition).size);
    if (twice >= 0)
      throw new UserError(
        "BAD_INPUT",
        `pairs[${twice}].promptPosition: comes twice; a model has one human pair of a prompt.`,
        `pairs[${twice}].promptPosition`,
      );
    return inTransaction(this.db, async (tx) => {
      const rewardModel = await this.openModel(tx, rewardModelId);
      const idsOf = async (side: "chosenK" | "rejectedK"): Promise<string[]> => {
        const rows: { id: string | null }[] = await tx.query(SAMPLES_AT, [
          rewardModel.roundId,
          pairs.map(({ promptPosition }) => promptPosition),
          pairs.map((pair) => pair[side]),
        ]);
        return rows.map(({ id }, i) => {
          if (id) return id;
          const field = `pairs[${i}].${side}`;
          throw new UserError("BAD_INPUT", `${field}: the round has no such sample of that prompt.`, field);
        });
      };
      const [chosen, rejected] = [await idsOf("chosenK"), await idsOf("rejectedK")];
      const found = pairs.map(({ margin }, i) => ({ chosen: chosen[i] ?? "", rejected: rejected[i] ?? "", margin }));
      return { rewardModel, inserted: await this.insertHuman(tx, rewardModel, found) };
    });
  }

  /** Gives a model pairs of source HUMAN; of a prompt that has one it stays. @returns how many were new */
  async insertHuman(tx: EntityManager, { id, roundId }: RewardModel, pairs: readonly HumanPair[]): Promise<number> {
    const column = <T>(pick: (pair: HumanPair) => T) => pairs.map(pick);
    const inserted: unknown[] = await tx.query(INSERT_HUMAN_PAIRS, [
      ...[id, roundId],
      column(({ chosen }) => chosen),
      column(({ rejected }) => rejected),
      column(({ margin }) => margin),
    ]);
    return inserted.length;
  }

  /** A model whose round takes pairs. */
  private async openModel(tx: EntityManager, id: string): Promise<RewardModel> {
    const rewardModel = await tx.getRepository(RewardModel).findOneBy({ id });
    if (!rewardModel) throw new UserError("NOT_FOUND", `No reward model ${id}.`, "rewardModelId");
    const round = await tx.getRepository(Round).findOneByOrFail({ id: rewardModel.roundId });
    if (round.status === RoundStatus.COMPLETED)
      throw new UserError("ROUND_COMPLETED", "The round is completed and takes no more pairs.", "rewardModelId");
    return rewardModel;
  }
}
