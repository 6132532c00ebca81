/** A table as files: CSV for programs, Markdown for notes, LaTeX (booktabs) for papers. */
import { csvLine, numberCell, textCell } from "../format/csv.ts";
import { estimate, percent, percentWithInterval } from "../format/number.ts";

/** A number with its 95% interval, where it has one. */
export interface ExportEstimate {
  value: number | null | undefined;
  low?: number | null | undefined;
  high?: number | null | undefined;
  /** What of the value is small-sample bias; in CSV alone. */
  bias?: number | null | undefined;
  /** shown in bold */
  best?: boolean | null | undefined;
  /** A proportion in [0, 1] that is read as a percentage; files for programs have the proportion. */
  percent?: boolean;
}

/** What a cell says, apart from how it is drawn; null: there is nothing to say. */
export type ExportCell = string | number | ExportEstimate | null;

export interface ExportTable {
  title: string;
  columns: readonly { label: string; number?: boolean }[];
  /** one cell a column */
  rows: readonly (readonly ExportCell[])[];
}

export const EXPORT_FORMATS = ["csv", "md", "tex"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** The table in one format. Numbers are in full precision in CSV, else in the digits that their intervals bear out. */
export function exportTable(table: ExportTable, format: ExportFormat): string {
  return { csv: toCsv, md: toMarkdown, tex: toLatex }[format](table);
}

/** "Metrics by round" -> "metrics-by-round.csv". */
export const exportFileName = ({ title }: Pick<ExportTable, "title">, ending: string): string =>
  `${
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-|-$/g, "")
      .slice(0, 80) || "table"
  }.${ending}`;

const isEstimate = (cell: ExportCell | undefined): cell is ExportEstimate => typeof cell === "object" && cell !== null;

/** What stands beside an estimate, in columns of its own where any row has it. */
const BESIDE = [
  { key: "low", label: "low" },
  { key: "high", label: "high" },
  { key: "bias", label: "small-sample bias" },
] as const;

function csvCell(cell: ExportCell | undefined): string {
  if (typeof cell === "string") return textCell(cell);
  return numberCell((isEstimate(cell) ? cell.value : cell) ?? null);
}

function toCsv({ columns, rows }: ExportTable): string {
  const beside = columns.map((_, i) =>
    BESIDE.filter(({ key }) => rows.some((row) => isEstimate(row[i]) && row[i][key] != null)),
  );
  const head = columns.flatMap(({ label }, i) => [
    label,
    ...(beside[i] ?? []).map((more) => `${label}, ${more.label}`),
  ]);
  const lines = rows.map((row) =>
    csvLine(
      columns.flatMap((_, i) => {
        const cell = row[i];
        const more = (beside[i] ?? []).map(({ key }) => numberCell((isEstimate(cell) ? cell[key] : null) ?? null));
        return [csvCell(cell), ...more];
      }),
    ),
  );
  return [csvLine(head.map(textCell)), ...lines].join("");
}

/** A cell in words, and whether it is the best of its kind. */
function wordsOf(cell: ExportCell | undefined): { text: string; best: boolean } {
  if (!isEstimate(cell)) return { text: cell == null ? "–" : String(cell), best: false };
  const { value, low, high, best } = cell;
  if (!cell.percent) return { text: estimate({ mean: value, low, high }), best: !!best };
  if (value == null) return { text: "–", best: false };
  return { text: low == null || high == null ? percent(value) : percentWithInterval(value, low, high), best: !!best };
}

function toMarkdown({ title, columns, rows }: ExportTable): string {
  const escaped = (text: string) => text.replace(/[\\|*_`<]/g, "\\$&").replace(/\s*[\r\n]+\s*/g, " ");
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return `${[
    `**${escaped(title)}**`,
    "",
    line(columns.map(({ label }) => escaped(label))),
    line(columns.map(({ number }) => (number ? "---:" : "---"))),
    ...rows.map((row) =>
      line(
        columns.map((_, i) => {
          const { text, best } = wordsOf(row[i]);
          return best ? `**${escaped(text)}**` : escaped(text);
        }),
      ),
    ),
  ].join("\n")}\n`;
}

const LATEX: Record<string, string> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  "−": "$-$",
  "–": "--",
  "—": "---",
  "…": "\\ldots{}",
  "“": "``",
  "”": "''",
  "‘": "`",
  "’": "'",
  '"': "''",
  "↑": "$\\uparrow$",
  "↓": "$\\downarrow$",
  "→": "$\\rightarrow$",
  "×": "$\\times$",
  "·": "$\\cdot$",
  "±": "$\\pm$",
  "≤": "$\\leq$",
  "≥": "$\\geq$",
  α: "$\\alpha$",
  κ: "$\\kappa$",
  ρ: "$\\rho$",
  σ: "$\\sigma$",
  "²": "$^2$",
  "\u00a0": "~",
};

/** A text as LaTeX sets it; what is beyond Latin letters stays and needs LuaLaTeX or XeLaTeX. */
export const latexText = (text: string): string =>
  text
    .replace(/\s*[\r\n\t]+\s*/g, " ")
    .replace(/\p{Cc}/gu, "")
    .replace(/[{}$&#_%]|[\\~^<>|"−–—…“”‘’↑↓→×·±≤≥ακρσ²\u00a0]/gu, (sign) => LATEX[sign] ?? `\\${sign}`);

const BEYOND_LATIN = /[\u0180-\u{10ffff}]/u;

/** A floating table that compiles after \usepackage{booktabs}. */
function toLatex({ title, columns, rows }: ExportTable): string {
  const line = (cells: readonly string[]) => `    ${cells.join(" & ")} \\\\`;
  const body = [
    "\\begin{table}",
    "  \\centering",
    `  \\caption{${latexText(title)}}`,
    `  \\begin{tabular}{${columns.map(({ number }) => (number ? "r" : "l")).join("")}}`,
    "    \\toprule",
    line(columns.map(({ label }) => latexText(label))),
    "    \\midrule",
    ...rows.map((row) =>
      line(
        columns.map((_, i) => {
          const { text, best } = wordsOf(row[i]);
          return best ? `\\textbf{${latexText(text)}}` : latexText(text);
        }),
      ),
    ),
    "    \\bottomrule",
    "  \\end{tabular}",
    "\\end{table}",
  ].join("\n");
  const needs = BEYOND_LATIN.test(body)
    ? "% needs \\usepackage{booktabs}, and LuaLaTeX or XeLaTeX for its letters"
    : "% needs \\usepackage{booktabs}";
  return `${needs}\n${body}\n`;
}
