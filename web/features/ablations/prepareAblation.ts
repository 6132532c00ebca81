import { change, count, estimate } from "../../../shared/format/number.ts";
import type { MetricPlot } from "../../components/charts/intervalPlot.ts";
import { directionNote, domainOf } from "../../components/charts/metricScale.ts";
import type { AblationTableQuery } from "../../graphql/generated/graphql.ts";

export type Ablation = NonNullable<AblationTableQuery["ablation"]>;
type Table = Ablation["table"];
export type Row = Table["rows"][number];
export type Value = Row["values"][number];
type Difference = NonNullable<Value["difference"]>;

const VERDICTS = { BETTER: "better", WORSE: "worse", NO_EVIDENCE: "no evidence" } as const;
export const verdictText = ({ verdict }: Pick<Difference, "verdict">): string => VERDICTS[verdict];

/** The interval that says most about new prompts where there is one, else that over the seeds. */
export const chiefDifference = (value: Value): Difference | null =>
  value.differenceByPrompt ?? value.difference ?? null;

/** The least and the greatest mark of a metric; [0, 1] while there is none. */
function extentOf(values: readonly Value[]): [number, number] {
  const marks = values
    .flatMap(({ mean, low, high, cells }) => [mean, low, high, ...cells.map((cell) => cell.value)])
    .filter((mark) => mark != null);
  return marks.length === 0 ? [0, 1] : [Math.min(...marks), Math.max(...marks)];
}

/** A picture of every metric: what stands where, on which scale. */
export function preparePlots({ columns, rows, baseline }: Table): MetricPlot[] {
  return columns.map(({ name, direction }, i) => {
    const extent = extentOf(rows.flatMap((row) => row.values[i] ?? []));
    return {
      name,
      note: directionNote(direction),
      extent,
      domain: domainOf(extent),
      rows: rows.flatMap((row) => {
        const value = row.values[i];
        if (!value) return [];
        const { mean = null, low = null, high = null, best, cells } = value;
        const seeds = cells.map((cell) => cell.value);
        const isBaseline = row.position === baseline;
        return { label: row.label, mean, low, high, seeds, best: !!best, baseline: isBaseline, text: estimate(value) };
      }),
    };
  });
}

/** What the table says of one metric beside the baseline, in a sentence. */
export interface Finding {
  metric: string;
  text: string;
}

/**
 * A sentence for each metric: which rows are better or worse than the baseline, and for which the data don't tell. Rows
 * without a difference (nothing recorded, one seed) are left out, and so is a metric without any.
 */
export function findings({ columns, rows, baseline }: Table): Finding[] {
  const base = rows.find((row) => row.position === baseline)?.label;
  return columns.flatMap(({ name }, i) => {
    const told = rows.flatMap((row) => {
      const value = row.values[i];
      const difference = value && chiefDifference(value);
      return difference?.low == null ? [] : { label: row.label, difference };
    });
    if (told.length === 0) return [];
    const of = (verdict: Difference["verdict"]) => told.filter((row) => row.difference.verdict === verdict);
    const said = (verdict: Difference["verdict"], words: string) => {
      const rowsSaid = of(verdict).map((row) => `${row.label} ${change(row.difference)}`);
      return rowsSaid.length > 0 ? [`${words}: ${rowsSaid.join(", ")}`] : [];
    };
    const parts = [
      ...said("BETTER", `better than ${base}`),
      ...said("WORSE", `worse than ${base}`),
      ...said("NO_EVIDENCE", "no evidence of a difference"),
    ];
    return { metric: name, text: `${parts.join("; ")}.` };
  });
}

/** Whether it is going on, and how far it is. */
export function progressOf({ cells, done, failed }: Ablation["progress"]): { state: string; text: string } {
  const state = done === cells ? "COMPLETED" : failed > 0 && done + failed === cells ? "FAILED" : "RUNNING";
  const failures = failed > 0 ? `, ${count(failed)} failed` : "";
  return { state, text: `${count(done)} of ${count(cells)} models${failures}` };
}
