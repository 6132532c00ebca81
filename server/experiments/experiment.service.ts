import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { ExperimentSetting, ExperimentStatus, PostTrainingMethod } from "../../shared/enums.ts";
import { parseId, parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { orNameTaken } from "../database/transaction.ts";
import { keysetPage, type Ordering, type Page, type PageArgs, selectOf } from "../graphql/connection.ts";
import { Policy } from "../policies/policy.entity.ts";
import { PromptSet } from "../prompts/prompt.entity.ts";
import { ProxySet } from "../proxy-data/proxy-set.entity.ts";
import { Experiment } from "./experiment.entity.ts";

declare module "../graphql/context.ts" {
  interface Services {
    experiments: ExperimentService;
  }
}

const newExperiment = z.object({
  name: z.string().trim().min(1, "must not be empty").max(200),
  description: z.string().max(20_000).default(""),
  setting: z.enum(ExperimentSetting).default(ExperimentSetting.IMAGE_QUALITY),
  basePolicyId: z.uuid("must be a policy's id"),
  promptSetId: z.uuid("must be a prompt set's id"),
  proxySetId: z.uuid("must be a proxy set's id"),
  encoder: z.string().min(1).max(200).default("mobilenet-v2-mid"),
  k: z.number().int().min(2).max(1000).default(10),
  plannedRounds: z.number().int().min(1).max(100).default(1),
  postTraining: z.enum(PostTrainingMethod).default(PostTrainingMethod.NONE),
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
});
type NewExperiment = z.output<typeof newExperiment>;

export interface ExperimentFilter {
  search?: string | null;
  status?: ExperimentStatus | null;
  orderBy?: keyof typeof ORDERINGS | null;
}

/** Ids are UUIDv7, so their order is that of creation; names are unique. */
const ORDERINGS = {
  NEWEST: { name: "experiments", columns: [{ sql: "e.id", type: "uuid" }], descending: true },
  OLDEST: { name: "experiments by age", columns: [{ sql: "e.id", type: "uuid" }] },
  NAME: { name: "experiments by name", columns: [{ sql: "e.name", type: "text" }] },
} satisfies Record<string, Ordering>;

export class ExperimentService {
  constructor(private readonly db: DataSource) {}

  /** @throws UserError BAD_INPUT, NOT_FOUND (naming the field), NAME_TAKEN */
  create(input: unknown): Promise<Experiment> {
    return this.insert(parseInput(newExperiment, input), null);
  }

  /** A copy with some fields changed: how a frozen configuration is varied. */
  async fork(experimentId: string, changes: Record<string, unknown>): Promise<Experiment> {
    const id = parseId(experimentId, "experimentId");
    const parent = await this.db.getRepository(Experiment).findOneBy({ id });
    if (!parent) throw new UserError("NOT_FOUND", `No experiment ${id}.`, "experimentId");
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value != null));
    return this.insert(parseInput(newExperiment, { ...parent, ...given }), id);
  }

  /**
   * From its first round on an experiment is frozen. Its row stays locked to the end of `tx`.
   * @throws UserError NOT_FOUND, EXPERIMENT_FROZEN
   */
  async markRunning(tx: EntityManager, id: string): Promise<Experiment> {
    const experiment = await tx
      .getRepository(Experiment)
      .findOne({ where: { id }, lock: { mode: "pessimistic_write" } });
    if (!experiment) throw new UserError("NOT_FOUND", `No experiment ${id}.`, "experimentId");
    if (experiment.status === ExperimentStatus.COMPLETED)
      throw new UserError(
        "EXPERIMENT_FROZEN",
        `Experiment "${experiment.name}" is completed; fork it to go on.`,
        "experimentId",
      );
    await tx.query("update experiments set status = 'RUNNING' where id = $1 and status = 'DRAFT'", [id]);
    return experiment;
  }

  /** Ends an experiment: it takes no more rounds. Repeating it changes nothing. @throws UserError BAD_INPUT, NOT_FOUND */
  async complete(experimentId: string): Promise<Experiment> {
    const id = parseId(experimentId, "id");
    await this.db.query("update experiments set status = 'COMPLETED' where id = $1 and status = 'RUNNING'", [id]);
    const experiment = await this.db.getRepository(Experiment).findOneBy({ id });
    if (!experiment) throw new UserError("NOT_FOUND", `No experiment ${id}.`, "id");
    if (experiment.status === ExperimentStatus.DRAFT)
      throw new UserError(
        "BAD_INPUT",
        `Experiment "${experiment.name}" has no round yet; there is nothing to end.`,
        "id",
      );
    return experiment;
  }

  list(args: PageArgs & ExperimentFilter): Promise<Page<Experiment>> {
    const where: string[] = [];
    const params: unknown[] = [];
    if (args.search) {
      const words = params.push(`%${args.search.replace(/[\\%_]/g, "\\$&")}%`);
      where.push(`(e.name ilike $${words} or e.description ilike $${words})`);
    }
    if (args.status) where.push(`e.status = $${params.push(args.status)}`);
    const select = selectOf(this.db.manager, Experiment, "e");
    const ordering = ORDERINGS[args.orderBy ?? "NEWEST"];
    return keysetPage(this.db.manager, { select, from: "experiments e", where, params, ordering }, args);
  }

  private async insert(values: NewExperiment, forkedFromId: string | null): Promise<Experiment> {
    await this.mustExist(Policy, values.basePolicyId, "basePolicyId");
    await this.mustExist(PromptSet, values.promptSetId, "promptSetId");
    await this.mustExist(ProxySet, values.proxySetId, "proxySetId");
    const experiments = this.db.getRepository(Experiment);
    const inserted = await experiments
      .insert({ ...values, forkedFromId })
      .catch(orNameTaken("An experiment", values.name));
    return experiments.findOneByOrFail({ id: inserted.identifiers[0]?.id });
  }

  private async mustExist(entity: new () => { id: string }, id: string, field: string): Promise<void> {
    if (!(await this.db.getRepository(entity).existsBy({ id })))
      throw new UserError("NOT_FOUND", `No ${entity.name} ${id}.`, field);
  }
}
