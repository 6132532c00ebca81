import type { DataSource } from "typeorm";
import { tQuantile975 } from "../../shared/statistics/t-interval.ts";
import { UserError } from "../../shared/user-error.ts";
import { type Ablation, AblationCell } from "./ablation.entity.ts";
import { CELL_METRICS, LABELLED_CANDIDATES, PICKED_SAMPLE_METRICS } from "./ablation.sql.ts";
import { rowsOf } from "./ablation-grid.ts";
import type { LabelledCandidate } from "./ablation-outcomes.ts";
import { type CellMetric, type Table, tableOf } from "./ablation-table.ts";

declare module "../graphql/context.ts" {
  interface Services {
    ablationTables: AblationTableService;
  }
}

export class AblationTableService {
  constructor(private readonly db: DataSource) {}

  /**
   * Rows by settings, columns by metric, with the evidence for each difference to a baseline row.
   * @param baseline position of the row that others are compared to   @throws UserError BAD_INPUT
   */
  async table(ablation: Ablation, baseline: number): Promise<Table> {
    const rows = rowsOf(ablation.axes).length;
    if (baseline < 0 || baseline >= rows)
      throw new UserError("BAD_INPUT", `baseline: the rows are 0 to ${rows - 1}, got ${baseline}.`, "baseline");
    const { id, roundId, judgedPositions, axes, label } = ablation;
    const cells = await this.db
      .getRepository(AblationCell)
      .find({ where: { ablationId: id }, order: { position: "ASC" } });
    const measured: CellMetric[] = await this.db.query(CELL_METRICS, [cells.map((cell) => cell.id)]);
    const metrics = [...measured, ...(await this.metricsOfPicks(id))];
    const candidates: LabelledCandidate[] | null =
      label === null
        ? null
        : await this.db.query(LABELLED_CANDIDATES, [roundId, judgedPositions, Math.max(...axes.k), label]);
    return tableOf({ ablation, cells, metrics, candidates }, baseline);
  }

  /** What was measured on single samples, as means over the picks with Student's interval over the prompts. */
  private async metricsOfPicks(ablationId: string): Promise<CellMetric[]> {
    const rows: (Omit<CellMetric, "low" | "high" | "bias"> & { n: number; sd: number | null })[] = await this.db.query(
      PICKED_SAMPLE_METRICS,
      [ablationId],
    );
    return rows.map(({ sd, ...mean }) => {
      const half = sd === null ? null : (tQuantile975(mean.n - 1) * sd) / Math.sqrt(mean.n);
      return {
        ...mean,
        bias: null,
        low: half === null ? null : mean.value - half,
        high: half === null ? null : mean.value + half,
      };
    });
  }
}
