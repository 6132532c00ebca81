import { change, estimate } from "../../shared/format/number.ts";

interface Difference {
  mean: number;
  low: number | null;
  high: number | null;
  verdict: "BETTER" | "WORSE" | "NO_EVIDENCE";
}

interface Value {
  metric: string;
  mean: number | null;
  low: number | null;
  high: number | null;
  difference: Difference | null;
  differenceByPrompt: Difference | null;
}

/** What the API says of an ablation. */
export interface AblationTable {
  name: string;
  judgedPromptCount: number;
  seeds: number[];
  table: {
    columns: { name: string; direction: "HIGHER" | "LOWER" }[];
    rows: { label: string; chance: number | null; values: Value[] }[];
  };
}

/** Metrics that the terminal has room for; the dashboard shows all. */
const SHOWN = /^(best-of-K accuracy|pick rate|FD\()/;
const WIDTH = 26;
const WORDS = { BETTER: "better", WORSE: "worse", NO_EVIDENCE: "no evidence of a difference" } as const;

/** An ablation as lines for the terminal: the table, then what the last row is worth beside the first. */
export function ablationReport({ name, seeds, judgedPromptCount, table }: AblationTable): string {
  const shown = table.columns.map(({ name }, i) => ({ name, i })).filter((column) => SHOWN.test(column.name));
  const line = (cells: string[]) =>
    `  ${cells
      .map((cell) => cell.padEnd(WIDTH))
      .join("")
      .trimEnd()}\n`;
  const head = line([`${name}`, ...shown.map((column) => column.name)]);
  const rows = table.rows.map((row) =>
    line([row.label, ...shown.map(({ i }) => (row.values[i] ? estimate(row.values[i]) : "–"))]),
  );
  const [first, last] = [table.rows[0], table.rows.at(-1)];
  const verdicts = shown.flatMap(({ name, i }) => {
    const value = last?.values[i];
    const difference = value?.differenceByPrompt ?? value?.difference;
    return difference
      ? [`  ${last?.label} beside ${first?.label}, ${name}: ${change(difference)}, ${WORDS[difference.verdict]}\n`]
      : [];
  });
  const note = `  Means over ${seeds.length} seeds with 95% intervals; ${judgedPromptCount} prompts that nothing was trained on.\n`;
  return `${head}${rows.join("")}${note}${verdicts.join("")}`;
}
