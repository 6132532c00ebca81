import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { parseId, parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Experiment } from "../experiments/experiment.entity.ts";
import type { ExperimentService } from "../experiments/experiment.service.ts";
import { Policy } from "../policies/policy.entity.ts";
import { Round } from "./round.entity.ts";

declare module "../graphql/context.ts" {
  interface Services {
    rounds: RoundService;
  }
}

const newRound = z.object({
  experimentId: z.uuid("must be an experiment's id"),
  index: z.number().int().min(1, "is counted from 1").nullish(),
  policyInId: z.uuid("must be a policy's id").nullish(),
});

export class RoundService {
  constructor(
    private readonly db: DataSource,
    private readonly experiments: ExperimentService,
  ) {}

  /**
   * Opens round t of an experiment, which freezes the experiment. Round t is the one after the last; asking for a round
   * that exists gives that round back. `policyInId` is the base policy unless given.
   * @throws UserError BAD_INPUT, NOT_FOUND, EXPERIMENT_FROZEN
   */
  async open(input: unknown): Promise<Round> {
    return inTransaction(this.db, (tx) => this.openWithin(tx, input));
  }

  /** As `open`, in a caller's transaction. */
  async openWithin(tx: EntityManager, input: unknown): Promise<Round> {
    const wanted = parseInput(newRound, input);
    const experiment = await this.experiments.markRunning(tx, wanted.experimentId);
    const rounds = tx.getRepository(Round);
    const count = await rounds.countBy({ experimentId: experiment.id });
    const index = wanted.index ?? count + 1;
    const existing = await rounds.findOneBy({ experimentId: experiment.id, index });
    if (existing) return existing;
    if (index !== count + 1)
      throw new UserError(
        "BAD_INPUT",
        `The next round of "${experiment.name}" is ${count + 1}, got ${index}.`,
        "index",
      );
    const policyInId = wanted.policyInId ?? experiment.basePolicyId;
    if (!(await tx.getRepository(Policy).existsBy({ id: policyInId })))
      throw new UserError("NOT_FOUND", `No policy ${policyInId}.`, "policyInId");
    const inserted = await rounds.insert({ experimentId: experiment.id, index, policyInId });
    return rounds.findOneByOrFail({ id: inserted.identifiers[0]?.id });
  }

  /** A copy of the round's experiment with some fields changed, whose base policy is the round's. @throws UserError BAD_INPUT, NOT_FOUND, NAME_TAKEN */
  async fork(id: string, changes: Record<string, unknown>): Promise<Experiment> {
    const roundId = parseId(id, "roundId");
    const round = await this.db.getRepository(Round).findOneBy({ id: roundId });
    if (!round) throw new UserError("NOT_FOUND", `No round ${roundId}.`, "roundId");
    return this.experiments.fork(round.experimentId, { ...changes, basePolicyId: round.policyInId });
  }

  /** Ends a round: it takes no more samples, models or pairs. Repeating it changes nothing. @throws UserError BAD_INPUT, NOT_FOUND */
  async complete(roundId: string): Promise<Round> {
    const id = parseId(roundId, "id");
    await this.db.query("update rounds set status = 'COMPLETED' where id = $1 and status = 'OPEN'", [id]);
    const round = await this.db.getRepository(Round).findOneBy({ id });
    if (!round) throw new UserError("NOT_FOUND", `No round ${id}.`, "id");
    return round;
  }
}
