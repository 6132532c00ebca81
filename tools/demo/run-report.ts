import type { ApiClient } from "../../shared/api-client.ts";
import { estimate } from "../../shared/format/number.ts";
import * as operations from "../client/operations.ts";

interface Point {
  value: number;
  low: number | null;
  high: number | null;
  n: number | null;
}

interface Series {
  name: string;
  provenance: { promptTag?: string };
  latest: Point | null;
}

interface RoundView {
  index: number;
  metrics: { nodes: Series[] };
  rewardModels: { name: string; heldOutAuc: number | null; metrics: { nodes: Series[] } }[];
}

/** A line of the comparison: what drew, and its metrics by name. */
export interface ReportRow {
  label: string;
  /** images measured */
  n: number | null;
  values: Map<string, Point>;
}

const FIRST_COLUMN = 26;
const COLUMN = 26;

/** The rounds of an arm: round t shows G^t, so the first is the base policy; where a round was selected from, what was selected follows it. */
export async function rowsOf(
  client: ApiClient,
  experimentId: string,
): Promise<{ base: ReportRow; best: ReportRow | null; rounds: ReportRow[] }> {
  const { experiment } = await client.ask<{
    experiment: { k: number; postTraining: string; rounds: RoundView[] };
  }>(operations.ROUNDS_OF, { id: experimentId });
  const { k, postTraining, rounds } = experiment;
  const [first, ...others] = rounds;
  const selected = (label: string, round: RoundView | undefined): ReportRow[] => {
    const own = round?.rewardModels.find(({ name }) => name === "R");
    return own ? [rowOf(label, own.metrics.nodes)] : [];
  };
  return {
    base: rowOf("base", first?.metrics.nodes ?? []),
    best: selected(`RM@${k} (selection alone)`, first)[0] ?? null,
    rounds: others.flatMap((round) => {
      const label = `${postTraining}, round ${round.index - 1}`;
      return [rowOf(label, round.metrics.nodes), ...selected(`RM@${k} of ${label}`, round)];
    }),
  };
}

function rowOf(label: string, series: Series[]): ReportRow {
  const held = series.filter(({ provenance }) => provenance.promptTag !== undefined);
  const values = new Map(held.flatMap(({ name, latest }) => (latest ? [[name, latest] as const] : [])));
  return { label, n: [...values.values()][0]?.n ?? null, values };
}

/**
 * The comparison as lines for the terminal. A Fréchet distance depends on how many images it is of, so that of selection alone,
 * which is of one image a prompt, stands beside none of the others.
 */
export function runReport(rows: readonly ReportRow[]): string {
  const names = [...new Set(rows.flatMap(({ values }) => [...values.keys()]))].filter((name) => name !== "reward(R)");
  const line = (cells: string[]) =>
    `  ${cells
      .map((cell, i) => cell.padEnd(i === 0 ? FIRST_COLUMN : COLUMN))
      .join("")
      .trimEnd()}\n`;
  const most = Math.max(...rows.map(({ n }) => n ?? 0));
  const cell = (row: ReportRow, name: string) => {
    const point = row.values.get(name);
    if (!point || (name.startsWith("FD(") && point.n !== most)) return "–";
    return estimate({ mean: point.value, low: point.low, high: point.high });
  };
  const head = line(["held-out prompts", ...names.map((name) => name.replace(/\(mobilenet-v2-mid\)/, ""))]);
  return head + rows.map((row) => line([row.label, ...names.map((name) => cell(row, name))])).join("");
}
