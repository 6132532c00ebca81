import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { BEST_OF_K_ACCURACY, PICK_RATE } from "../../shared/ablation-metrics.ts";
import { AblationCellState, MetricDirection, MetricSubject } from "../../shared/enums.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { wilsonInterval } from "../../shared/statistics/wilson.ts";
import { UserError } from "../../shared/user-error.ts";
import type { ArtifactService } from "../artifacts/artifact.service.ts";
import { inTransaction } from "../database/transaction.ts";
import type { MetricService } from "../metrics/metric.service.ts";
import type { RewardModelService } from "../reward-models/reward-model.service.ts";
import { Ablation, AblationCell } from "./ablation.entity.ts";
import { LABELLED_CANDIDATES, RECORD } from "./ablation.sql.ts";
import {
  type Candidate,
  candidatesOf,
  type GroupTrainingSet,
  mustHaveSameSamples,
  trainingSetOfGroup,
} from "./ablation-group.ts";
import { judgedPrompts, type LabelledCandidate, pickedRight, preferredShares } from "./ablation-outcomes.ts";

declare module "../graphql/context.ts" {
  interface Services {
    ablationCells: AblationCellService;
  }
}

const group = z.object({
  ablationId: z.uuid("must be an ablation's id"),
  encoder: z.string(),
  n: z.number().int(),
  seed: z.number().int(),
});

const recorded = z.object({
  cellId: z.uuid("must be a cell's id"),
  picks: z.array(z.number().int().min(0)).max(1_000_000),
  weightsSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be 64 hex digits")
    .nullish(),
  metrics: z
    .array(
      z
        .object({
          name: z.string().trim().min(1, "must not be empty").max(200),
          direction: z.enum(MetricDirection),
          provenance: z.record(z.string(), z.unknown()),
          value: z.number("must be a finite number"),
          n: z.number().int().min(1).nullish(),
          low: z.number().nullish(),
          high: z.number().nullish(),
          bias: z.number().nullish(),
        })
        .refine((metric) => metric.low == null || metric.high == null || metric.low <= metric.high, {
          path: ["low"],
          message: "must not be above high",
        }),
    )
    .max(100, "must hold at most 100 metrics"),
});

type Recorded = z.output<typeof recorded>;
type CellMetric = Recorded["metrics"][number];

/** What the cells of a base run are trained on, judged on, and which of them there are. */
export interface AblationGroup {
  ablation: Ablation;
  trainingSet: GroupTrainingSet;
  candidates: Candidate[];
  cells: AblationCell[];
}

interface Services {
  artifacts: ArtifactService;
  rewardModels: RewardModelService;
  metrics: MetricService;
}

/** What workers read and write. */
export class AblationCellService {
  constructor(
    private readonly db: DataSource,
    private readonly services: Services,
  ) {}

  /** @throws UserError BAD_INPUT, NOT_FOUND, CONFLICT (the round has changed since the ablation was asked for) */
  async group(input: unknown): Promise<AblationGroup> {
    const { ablationId, ...settings } = parseInput(group, input);
    const ablation = await this.db.getRepository(Ablation).findOneBy({ id: ablationId });
    if (!ablation) throw new UserError("NOT_FOUND", `No ablation ${ablationId}.`, "ablationId");
    await mustHaveSameSamples(this.db.manager, ablation, "ablationId");
    const cells = await this.db
      .getRepository(AblationCell)
      .find({ where: { ablationId, ...settings }, order: { position: "ASC" } });
    if (cells.length === 0) throw new UserError("NOT_FOUND", "The ablation has no cells of this base run.", "seed");
    const db = this.db.manager;
    const trainingSet = await trainingSetOfGroup(db, this.services.rewardModels, { ablation, ...settings });
    return { ablation, trainingSet, candidates: await candidatesOf(db, ablation), cells };
  }

  /**
   * Records what a model of a cell is worth: which candidate it picks for each judged prompt, and what was measured. How often
   * the picks have the wanted label is counted here: no worker hears of labels. A cell that is done stays as it is.
   * @throws UserError BAD_INPUT, NOT_FOUND, ARTIFACT_MISSING
   */
  async record(input: unknown): Promise<AblationCell> {
    const { cellId, picks, weightsSha256 = null, metrics } = parseInput(recorded, input);
    if (weightsSha256 && !(await this.services.artifacts.find(weightsSha256)))
      throw new UserError("ARTIFACT_MISSING", `No artifact ${weightsSha256}; upload it first.`, "weightsSha256");
    return inTransaction(this.db, async (tx) => {
      const cells = tx.getRepository(AblationCell);
      const cell = await cells.findOneBy({ id: cellId });
      if (!cell) throw new UserError("NOT_FOUND", `No cell ${cellId}.`, "cellId");
      if (cell.state === AblationCellState.DONE) return cell;
      const ablation = await tx.getRepository(Ablation).findOneByOrFail({ id: cell.ablationId });
      checkPicks(picks, cell, ablation);
      const [rows]: [{ id: string }[], number] = await tx.query(RECORD, [cellId, picks, weightsSha256]);
      if (rows[0]) await this.logMetrics(tx, cell, [...metrics, ...(await labelMetrics(tx, ablation, cell, picks))]);
      return cells.findOneByOrFail({ id: cellId });
    });
  }

  private async logMetrics(tx: EntityManager, { id }: AblationCell, metrics: CellMetric[]): Promise<void> {
    if (metrics.length === 0) return;
    const points = metrics.map((metric) => ({ ...metric, subject: MetricSubject.ABLATION_CELL, subjectId: id }));
    await this.services.metrics.logWithin(tx, { points }).catch((error) => {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(error.code, error.message, error.field?.replace(/^points/, "metrics"));
    });
  }
}

/** A pick for each judged prompt, each below K. @throws UserError BAD_INPUT */
function checkPicks(picks: number[], { k }: AblationCell, { judgedPositions }: Ablation): void {
  if (picks.length !== judgedPositions.length)
    throw new UserError(
      "BAD_INPUT",
      `picks: ${judgedPositions.length} prompts are judged, ${picks.length} picks came.`,
      "picks",
    );
  const beyond = picks.findIndex((pick) => pick >= k);
  if (beyond >= 0)
    throw new UserError(
      "BAD_INPUT",
      `picks[${beyond}]: is 0 to ${k - 1} in this cell, got ${picks[beyond]}.`,
      `picks[${beyond}]`,
    );
}

/** Best-of-K accuracy over the prompts that offer the label, and pick rate over all; none where no label is wanted. */
async function labelMetrics(
  tx: EntityManager,
  { roundId, judgedPositions, label, promptTag }: Ablation,
  { k }: AblationCell,
  picks: number[],
): Promise<CellMetric[]> {
  if (label === null) return [];
  const candidates: LabelledCandidate[] = await tx.query(LABELLED_CANDIDATES, [roundId, judgedPositions, k, label]);
  const prompts = judgedPrompts(judgedPositions, candidates);
  const right = pickedRight(prompts, picks).filter(Boolean).length;
  const offered = preferredShares(prompts, k).filter((preferred) => preferred > 0).length;
  const share = (name: string, n: number): CellMetric[] =>
    n === 0
      ? []
      : [
          {
            name,
            direction: MetricDirection.HIGHER,
            provenance: { computedBy: "gan-rm-lab", label, promptTag },
            value: right / n,
            n,
            ...wilsonInterval(right, n),
          },
        ];
  return [...share(BEST_OF_K_ACCURACY, offered), ...share(PICK_RATE, picks.length)];
}
