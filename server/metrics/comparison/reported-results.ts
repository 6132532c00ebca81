/** A published number as it was imported. */
export interface ReportedCell {
  source: string;
  table: string;
  row: string;
  column: string;
  value: number;
}

/** A line of a published table. */
export interface ReportedRow {
  source: string;
  table: string;
  row: string;
  values: ReportedValue[];
}

/** A published number and the metric it is of, by the names of this lab. */
export interface ReportedValue {
  /** as printed */
  column: string;
  printed: number;
  /** name of the metric, without what computed it in brackets */
  metric: string;
  /** in the unit of that metric here */
  value: number;
}

/** Published names of what has another name or unit here. IP is printed in percent. */
const HERE: Record<string, { metric: string; scale: number }> = {
  HPS: { metric: "HPSv2", scale: 1 },
  IP: { metric: "IP", scale: 0.01 },
};
/** Tables of one metric, whose columns are conditions, such as K=10. */
const ONE_METRIC = /_fid$/;
/** Counts that stand in the user study's table beside its win rates. */
const NO_METRICS = new Set(["evaluators", "prompts"]);

/** The metric that a name is of: "CLIPScore(8 frames)" -> "CLIPScore". */
export const familyOf = (name: string): string => name.replace(/\s*\(.*$/, "");

/** Published tables as rows of metrics, in the order they were imported in. */
export function reportedRows(cells: readonly ReportedCell[]): ReportedRow[] {
  const rows = new Map<string, ReportedRow>();
  for (const { source, table, row, column, value: printed } of cells) {
    const conditions = ONE_METRIC.test(table);
    const study = table === "user_study";
    if (study && NO_METRICS.has(row)) continue;
    const name = conditions ? `${row}, ${column}` : row;
    const published = conditions ? "FID" : study ? "WinRate" : column;
    const { metric, scale } = HERE[published] ?? { metric: published, scale: 1 };
    const key = [source, table, name].join("\n");
    const line = rows.get(key) ?? { source, table, row: name, values: [] };
    line.values.push({ column, printed, metric, value: printed * scale });
    rows.set(key, line);
  }
  return [...rows.values()];
}
