import { isDeepStrictEqual } from "node:util";
import type { DataSource, EntityManager } from "typeorm";
import { RewardModelStrategy } from "../../shared/enums.ts";
import { RUN_ABLATION, type RunAblationInput } from "../../shared/jobs/run-ablation.ts";
import { parseId, parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { inTransaction } from "../database/transaction.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import { Job } from "../jobs/job.entity.ts";
import type { JobService } from "../jobs/job.service.ts";
import { ProxySet } from "../proxy-data/proxy-set.entity.ts";
import type { RewardModelService } from "../reward-models/reward-model.service.ts";
import { Round } from "../rounds/round.entity.ts";
import { Ablation } from "./ablation.entity.ts";
import { GIVE_TO_JOB, INSERT_CELLS } from "./ablation.sql.ts";
import { rowsOf } from "./ablation-grid.ts";
import { trainingSetOfGroup } from "./ablation-group.ts";
import {
  type AblationRequest,
  ablationRequest,
  type Settings,
  SMALLEST_TRAINING_SET,
  settingsOf,
} from "./ablation-request.ts";

declare module "../graphql/context.ts" {
  interface Services {
    ablations: AblationService;
  }
}

/** Of what is trained and judged. */
interface Scope {
  round: Round;
  experiment: Experiment;
  settings: Settings;
}

export class AblationService {
  constructor(
    private readonly db: DataSource,
    private readonly jobs: JobService,
    private readonly rewardModels: RewardModelService,
  ) {}

  /**
   * Starts an ablation, a job for each base run. The same round, name and input gives the ablation that is there, and starts again
   * what failed or was cancelled; nothing that is recorded is trained twice.
   * @throws UserError BAD_INPUT, NOT_FOUND, ROUND_HAS_NO_SAMPLES, TOO_FEW_ITEMS, CONFLICT (the name is of another ablation)
   */
  async run(input: unknown): Promise<{ ablation: Ablation; jobs: Job[] }> {
    const wanted = parseInput(ablationRequest, input);
    return inTransaction(this.db, async (tx) => {
      const scope = await this.scopeOf(tx, wanted);
      const ablation = (await this.find(tx, wanted, scope)) ?? (await this.create(tx, wanted, scope));
      return { ablation, jobs: await this.startJobs(tx, ablation) };
    });
  }

  /** Cancels the jobs that have not ended; what is recorded stays, and `run` goes on from there. @throws UserError NOT_FOUND */
  async cancel(ablationId: string): Promise<Ablation> {
    const id = parseId(ablationId, "id");
    const ablation = await this.db.getRepository(Ablation).findOneBy({ id });
    if (!ablation) throw new UserError("NOT_FOUND", `No ablation ${id}.`, "id");
    const living: { id: string }[] = await this.db.query(
      `select id from jobs where state in ('QUEUED','RUNNING') and id in (select job_id from ablation_cells where ablation_id = $1)`,
      [id],
    );
    for (const job of living)
      await this.jobs.cancel(job.id).catch((error) => {
        if (!(error instanceof UserError && error.code === "JOB_FINISHED")) throw error;
      });
    return ablation;
  }

  private async scopeOf(tx: EntityManager, wanted: AblationRequest): Promise<Scope> {
    const round = await tx.getRepository(Round).findOneBy({ id: wanted.roundId });
    if (!round) throw new UserError("NOT_FOUND", `No round ${wanted.roundId}.`, "roundId");
    if (round.sampleCount === 0)
      throw new UserError("ROUND_HAS_NO_SAMPLES", "The round has no samples; log samples first.", "roundId");
    const experiment = await tx.getRepository(Experiment).findOneByOrFail({ id: round.experimentId });
    const proxySet = await tx.getRepository(ProxySet).findOneByOrFail({ id: experiment.proxySetId });
    return { round, experiment, settings: settingsOf(wanted, experiment, proxySet) };
  }

  private async find(
    tx: EntityManager,
    { roundId, name }: AblationRequest,
    { settings }: Scope,
  ): Promise<Ablation | null> {
    const ablation = await tx.getRepository(Ablation).findOneBy({ roundId, name });
    if (!ablation) return null;
    for (const [key, value] of Object.entries(settings))
      if (!isDeepStrictEqual(ablation[key as keyof Settings], value))
        throw new UserError(
          "CONFLICT",
          `Ablation "${name}" of this round has other ${key}; choose another name.`,
          "name",
        );
    return ablation;
  }

  private async create(
    tx: EntityManager,
    wanted: AblationRequest,
    { round, experiment, settings }: Scope,
  ): Promise<Ablation> {
    const { roundId, name } = wanted;
    const judgedPositions = await this.rewardModels.unseenPrompts(tx, {
      roundId,
      promptTag: settings.promptTag,
      negativePromptTag: settings.negativePromptTag,
      splitSeed: experiment.seed,
      k: Math.min(...settings.axes.k),
    });
    if (judgedPositions.length < 2)
      throw new UserError(
        "TOO_FEW_ITEMS",
        `${judgedPositions.length} prompts${settings.promptTag ? ` tagged "${settings.promptTag}"` : ""} have two candidates and are not trained on; at least 2 are needed.`,
        "promptTag",
      );
    const { seed: splitSeed } = experiment;
    const values = { roundId, name, ...settings, splitSeed, judgedPositions, sampleCount: round.sampleCount };
    const inserted = await tx.getRepository(Ablation).createQueryBuilder().insert().values(values).orIgnore().execute();
    const id: string | undefined = inserted.raw[0]?.id;
    // Somebody made it meanwhile.
    if (!id) return (await this.find(tx, wanted, { round, experiment, settings })) as Ablation;
    const ablation = await tx.getRepository(Ablation).findOneByOrFail({ id });
    await this.checkTrainingSets(tx, ablation);
    await this.insertCells(tx, ablation);
    return ablation;
  }

  private async insertCells(tx: EntityManager, { id, axes, seeds }: Ablation): Promise<void> {
    const cells = rowsOf(axes).flatMap((row) => seeds.map((seed) => ({ ...row, seed })));
    const column = <T>(pick: (cell: (typeof cells)[number]) => T) => cells.map(pick);
    await tx.query(INSERT_CELLS, [
      id,
      column((c) => c.encoder),
      column((c) => c.strategy),
      column((c) => c.n),
      column((c) => c.k),
      column((c) => c.alpha),
      column((c) => c.m),
      column((c) => JSON.stringify([c.encoder, c.strategy, c.n, c.k, c.alpha, c.m, c.seed])),
      column((c) => c.seed),
    ]);
  }

  /** Each N is tried with the first seed: others draw as many. @throws UserError TOO_FEW_ITEMS */
  private async checkTrainingSets(tx: EntityManager, ablation: Ablation): Promise<void> {
    const { axes, seeds } = ablation;
    const most = Math.max(...axes.m.map((m) => m ?? 1));
    for (const n of axes.n) {
      const set = await trainingSetOfGroup(tx, this.rewardModels, { ablation, n, seed: seeds[0] ?? 0 });
      const { pool, ...others } = set;
      for (const [part, hashes] of Object.entries(others))
        if (hashes.length < SMALLEST_TRAINING_SET)
          throw new UserError(
            "TOO_FEW_ITEMS",
            `N = ${n}, ${part}: ${hashes.length} images, at least ${SMALLEST_TRAINING_SET} are needed.`,
            "n",
          );
      if (axes.strategies.includes(RewardModelStrategy.BOOTSTRAP) && pool.length < 2 * most)
        throw new UserError(
          "TOO_FEW_ITEMS",
          `N = ${n}: the pool has ${pool.length} images, bootstrapping with M = ${most} takes ${2 * most}.`,
          "m",
        );
    }
  }

  private async startJobs(tx: EntityManager, ablation: Ablation): Promise<Job[]> {
    const { id, roundId, axes, seeds, hyperparameters } = ablation;
    const jobs: Job[] = [];
    for (const encoder of axes.encoders)
      for (const n of axes.n)
        for (const seed of seeds) {
          const input: RunAblationInput = { ablationId: id, roundId, encoder, n, seed, hyperparameters };
          const job = await this.jobs.start(tx, RUN_ABLATION, `${id}:${encoder}:${n}:${seed}`, input);
          await tx.query(GIVE_TO_JOB, [id, encoder, n, seed, job.id]);
          jobs.push(job);
        }
    return jobs;
  }
}
