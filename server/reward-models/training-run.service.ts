import type { DataSource } from "typeorm";
import { z } from "zod";
import { ArtifactKind } from "../../shared/enums.ts";
import { parseInput } from "../../shared/parse-input.ts";
import type { ArtifactService } from "../artifacts/artifact.service.ts";
import { inTransaction } from "../database/transaction.ts";
import { RewardTrainingRun } from "./training-run.entity.ts";

declare module "../graphql/context.ts" {
  interface Services {
    rewardTrainingRuns: RewardTrainingRunService;
  }
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hex digits");
const steps = z.number().int().min(1).max(1_000_000);
const registration = z
  .object({
    key: sha256,
    fileSha256: sha256,
    trainedSteps: steps,
    snapshotSteps: z.array(steps).min(1, "must name at least one step").max(64),
  })
  .refine(({ snapshotSteps, trainedSteps }) => snapshotSteps.every((step) => step <= trainedSteps), {
    path: ["snapshotSteps"],
    message: "must not be beyond the steps trained",
  });

/** Remembers training runs, so that no worker trains one again. */
export class RewardTrainingRunService {
  constructor(
    private readonly db: DataSource,
    private readonly artifacts: ArtifactService,
  ) {}

  /**
   * Records an uploaded run. A run that is recorded already, by a worker that was faster, stays: the one returned counts.
   * @throws UserError BAD_INPUT, ARTIFACT_MISSING
   */
  async register(input: unknown): Promise<RewardTrainingRun> {
    const run = parseInput(registration, input);
    await this.artifacts.require(run.fileSha256, ArtifactKind.MODEL, "fileSha256");
    return inTransaction(this.db, async (tx) => {
      await tx.query(
        `insert into reward_training_runs (key, file_sha256, trained_steps, snapshot_steps) values ($1, $2, $3, $4)
         on conflict (key) do nothing`,
        [run.key, run.fileSha256, run.trainedSteps, run.snapshotSteps],
      );
      return tx.getRepository(RewardTrainingRun).findOneByOrFail({ key: run.key });
    });
  }
}
