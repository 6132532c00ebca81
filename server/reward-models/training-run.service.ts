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
    /** how long the file of a run is kept for models to come */
    private readonly keptDays: number,
  ) {}

  /**
   * Records an uploaded run. A run that is recorded already, by a worker that was faster, stays: the one returned counts. One whose
   * file was let go gets this one.
   * @throws UserError BAD_INPUT, ARTIFACT_MISSING
   */
  async register(input: unknown): Promise<RewardTrainingRun> {
    const run = parseInput(registration, input);
    await this.artifacts.require(run.fileSha256, ArtifactKind.MODEL, "fileSha256");
    return inTransaction(this.db, async (tx) => {
      await tx.query(
        `insert into reward_training_runs (key, file_sha256, trained_steps, snapshot_steps) values ($1, $2, $3, $4)
         on conflict (key) do update set file_sha256 = excluded.file_sha256, created_at = now()
         where reward_training_runs.file_sha256 is null`,
        [run.key, run.fileSha256, run.trainedSteps, run.snapshotSteps],
      );
      return tx.getRepository(RewardTrainingRun).findOneByOrFail({ key: run.key });
    });
  }

  /**
   * Lets go of the files (some 90 MB each) of runs of which no model has been made for so long; the next collection of artifacts
   * removes them, but for those that a VOTING model is. What the run was, and which models are of it, stays.
   * @returns how many
   */
  async letGo(): Promise<number> {
    const released: unknown[][] = await this.db.query(
      `update reward_training_runs r set file_sha256 = null
       where file_sha256 is not null and created_at < now() - make_interval(days => $1)
         and not exists (select 1 from reward_models m where m.run_key = r.key and m.created_at >= now() - make_interval(days => $1))
       returning key`,
      [this.keptDays],
    );
    return released[0]?.length ?? 0;
  }
}
