import type { ExportCell } from "../../../shared/export/table.ts";
import { biasText, change as changeText, count, estimate } from "../../../shared/format/number.ts";
import type { MetricPlot, PlotRow } from "../../components/charts/intervalPlot.ts";
import { directionNote, domainOf } from "../../components/charts/metricScale.ts";
import { wordsOf } from "../../components/provenance.ts";
import type { ComparisonQuery } from "../../graphql/generated/graphql.ts";

export type Comparison = ComparisonQuery["comparison"];
type Metric = Comparison["metrics"][number];
type Value = NonNullable<Metric["values"][number]>;
type Reason = Value["incompatible"][number];
type Reported = Comparison["reported"][number];

/** What a cell says, decided apart from how it is drawn. */
export interface Cell {
  /** the value with its interval */
  text: string;
  best: boolean;
  /** below the value: n, bias, tie, difference */
  notes: string[];
  /** why it can't be compared; null where it can */
  incompatible: string | null;
  /** published, not measured here */
  reported: boolean;
  exported: ExportCell;
}

export interface Row {
  key: string;
  name: string;
  detail: string;
  /** set in italics, below the others */
  reported: boolean;
  baseline: boolean;
  /** by column; null: nothing */
  cells: (Cell | null)[];
  /** what a file says of the row beside its numbers */
  remarks: string;
}

/** Subjects and published rows by metric, and what of it can't be compared, in words. */
export interface Table {
  columns: string[];
  rows: Row[];
  /** a line for each value that can't be compared */
  incompatible: string[];
}

const VERDICTS = { BETTER: "better", WORSE: "worse", NO_EVIDENCE: "no evidence" } as const;
const KINDS = { EXPERIMENT: "experiment", ROUND: "round", POLICY: "policy", REWARD_MODEL: "reward model" } as const;
const REPORTED = "reported by the paper";

const FIELDS: Record<string, string> = {
  promptSet: "prompt set",
  images: "number of images",
  "reference.proxySet": "proxy set",
  "reference.digest": "held-out images",
  sha256: "model file",
};
const fieldWords = (field: string): string => FIELDS[field] ?? field.split(".").map(wordsOf).join(" ");

/** Hashes and ids by their beginnings. */
const brief = (text: string | null | undefined): string => {
  if (text == null) return "none";
  if (/^[\da-f]{64}$|^[\da-f]{8}-[\da-f-]{27}$/i.test(text)) return `${text.slice(0, 8)}…`;
  return text.length > 48 ? `${text.slice(0, 47)}…` : text;
};

/** "prompt set Animals instead of Shapes". */
export const reasonText = ({ field, value, others }: Reason): string =>
  `${fieldWords(field)} ${brief(value)} instead of ${brief(others)}`;

/** Labels of the subjects, each another one: with where it belongs where the name alone is not enough. */
export function labelsOf(subjects: Comparison["subjects"]): string[] {
  const names = subjects.map(({ name }) => name);
  return subjects.map(({ name, detail, id }) => {
    if (names.indexOf(name) === names.lastIndexOf(name)) return name;
    const long = detail ? `${name}, ${detail}` : name;
    const others = subjects.filter((other) => other.id !== id && other.name === name && other.detail === detail);
    return others.length > 0 ? `${long} (${id.slice(-6)})` : long;
  });
}

/** Heads of the columns: a metric that is computed in two ways says by what the second differs. */
export function columnLabels(metrics: Comparison["metrics"]): string[] {
  const taken = new Set<string>();
  return metrics.map(({ name, direction, distinction }) => {
    const arrow = direction === "HIGHER" ? "↑" : "↓";
    const [first] = distinction;
    const said = first ? `, ${fieldWords(first.field)} ${brief(first.value)}` : "";
    let label = `${name}${said} ${arrow}`;
    for (let again = 2; taken.has(label); again++) label = `${name}${said}, ${again} ${arrow}`;
    taken.add(label);
    return label;
  });
}

const differenceText = ({ difference, low, high, verdict }: NonNullable<Value["difference"]>): string =>
  `${changeText({ mean: difference, low, high })}, ${VERDICTS[verdict]}`;

function measuredCell(value: Value): Cell {
  const { low, high, n, bias, best, tied, incompatible, difference } = value;
  return {
    text: estimate({ mean: value.value, low, high }),
    best,
    notes: [
      ...(n == null ? [] : [`n = ${count(n)}`]),
      ...(bias == null ? [] : [biasText(bias)]),
      ...(tied ? ["≈ no evidence against the best"] : []),
      ...(difference ? [differenceText(difference)] : []),
    ],
    incompatible: incompatible.length > 0 ? shortReason(incompatible) : null,
    reported: false,
    exported: { value: value.value, low, high, best, bias },
  };
}

function shortReason(reasons: readonly Reason[]): string {
  const named = reasons.slice(0, 2).map(({ field }) => fieldWords(field));
  const more = reasons.length > 2 ? ` and ${reasons.length - 2} more` : "";
  return `not comparable: other ${named.join(", ")}${more}`;
}

const reportedCell = (value: number): Cell => ({
  ...{ text: String(value), best: false, notes: ["reported"], incompatible: null, reported: true },
  exported: value,
});

/** Where a value was measured, where that is not the subject itself. */
function placesOf(subject: Comparison["subjects"][number], values: readonly (Value | null | undefined)[]): string[] {
  if (subject.kind !== "EXPERIMENT" && subject.kind !== "POLICY") return [];
  const places = values.flatMap((value) =>
    value?.roundIndex == null
      ? []
      : [`round ${value.roundIndex}${subject.kind === "POLICY" ? ` of ${value.experiment}` : ""}`],
  );
  return [...new Set(places)];
}

/** "table1_image_quality" -> "Table 1, image quality". */
export function tableTitle(name: string): string {
  const words = wordsOf(name)
    .replace(/\bfid\b/, "FID")
    .replace(/\bk\b/, "K")
    .replace(/\bsd(\d)(\d)\b/, "SD$1.$2");
  const numbered = /^table ?(\d+) (.*)$/.exec(words);
  return numbered ? `Table ${numbered[1]}, ${numbered[2]}` : words.replace(/^./, (first) => first.toUpperCase());
}

/** Families that published rows have and no metric here, in the order they come. */
function reportedOnly({ metrics, reported }: Comparison): string[] {
  const here = new Set(metrics.map(({ family }) => family));
  return [...new Set(reported.flatMap(({ values }) => values.map(({ metric }) => metric)))].filter(
    (family) => !here.has(family),
  );
}

/** A row a subject, then a row a published one; a published number stands in the first column of its metric. */
export function prepareTable(comparison: Comparison): Table {
  const { subjects, metrics, reported, baselineId } = comparison;
  const labels = labelsOf(subjects);
  const heads = columnLabels(metrics);
  const alone = reportedOnly(comparison);
  const families = [...metrics.map(({ family }) => family), ...alone];
  const rows = subjects.map((subject, i): Row => {
    const values = metrics.map((metric) => metric.values[i]);
    const places = placesOf(subject, values);
    return {
      key: `${subject.kind} ${subject.id}`,
      name: subject.name,
      detail: [subject.detail ?? KINDS[subject.kind], ...places].join(", "),
      reported: false,
      baseline: subject.id === baselineId,
      cells: [...values.map((value) => (value ? measuredCell(value) : null)), ...alone.map(() => null)],
      remarks: remarksOf(values, heads),
    };
  });
  return {
    columns: [...heads, ...alone.map((family) => `${family} (${REPORTED})`)],
    rows: [...rows, ...reported.map((row) => reportedRow(row, families))],
    incompatible: metrics.flatMap(({ values }, column) =>
      values.flatMap((value, i) =>
        value && value.incompatible.length > 0
          ? [`${heads[column]} of ${labels[i]}: ${value.incompatible.map(reasonText).join("; ")}.`]
          : [],
      ),
    ),
  };
}

function reportedRow({ table, row, source, values }: Reported, families: readonly string[]): Row {
  return {
    key: `${source} ${table} ${row}`,
    name: row,
    detail: `${REPORTED}, ${tableTitle(table)}`,
    reported: true,
    baseline: false,
    cells: families.map((family, i) => {
      const value = families.indexOf(family) === i ? values.find(({ metric }) => metric === family) : undefined;
      return value ? reportedCell(value.value) : null;
    }),
    remarks: REPORTED,
  };
}

/** What bold type does not say, for files. */
function remarksOf(values: readonly (Value | null | undefined)[], heads: readonly string[]): string {
  const named = (of: (value: Value) => boolean) =>
    values.flatMap((value, i) => (value && of(value) ? [heads[i] ?? ""] : []));
  const tied = named((value) => value.tied);
  const strange = named((value) => value.incompatible.length > 0);
  return [
    "measured here",
    ...(tied.length > 0 ? [`tied with the best by ${tied.join(", ")}`] : []),
    ...(strange.length > 0 ? [`not comparable by ${strange.join(", ")}`] : []),
  ].join("; ");
}

const LONGEST_LABEL = 30;
const plotLabel = (label: string): string =>
  label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label;

/** A picture of one metric, and whom it leaves out. */
export interface ComparedPlot extends MetricPlot {
  key: string;
  leftOut: string[];
}

/**
 * Every metric that has something to be seen beside: the values that can be compared, then published numbers of the same
 * metric, marked as such. What can't be compared is on no axis with the others.
 */
export function preparePlots(comparison: Comparison): ComparedPlot[] {
  const { subjects, metrics, baselineId } = comparison;
  const labels = unique(labelsOf(subjects).map(plotLabel));
  const heads = columnLabels(metrics);
  return metrics.flatMap(({ values, family, direction }, column) => {
    const measured = values.flatMap((value, i): PlotRow[] => {
      if (!value || value.incompatible.length > 0) return [];
      const { low = null, high = null, best } = value;
      const [label, baseline] = [labels[i] ?? "", subjects[i]?.id === baselineId];
      const text = estimate({ mean: value.value, low, high });
      return [{ label, mean: value.value, low, high, seeds: [], best, baseline, text }];
    });
    const first = metrics.findIndex((metric) => metric.family === family) === column;
    const rows = [...measured, ...(first ? reportedRows(comparison, family) : [])];
    if (rows.length < 2) return [];
    const marks = rows.flatMap(({ mean, low, high }) => [mean, low, high]).filter((mark) => mark != null);
    const extent: [number, number] = [Math.min(...marks), Math.max(...marks)];
    const leftOut = values.flatMap((value, i) => (value && value.incompatible.length > 0 ? [labels[i] ?? ""] : []));
    const name = heads[column] ?? "";
    return [{ key: name, name, note: directionNote(direction), extent, domain: domainOf(extent), rows, leftOut }];
  });
}

const reportedRows = ({ reported }: Comparison, family: string): PlotRow[] =>
  unique(reported.map(({ row }) => `${plotLabel(row)} (paper)`)).flatMap((label, i): PlotRow[] => {
    const value = reported[i]?.values.find(({ metric }) => metric === family)?.value;
    if (value === undefined) return [];
    const none = { low: null, high: null, seeds: [], best: false, baseline: false };
    return [{ ...none, label, mean: value, reported: true, text: `${value}, ${REPORTED}` }];
  });

/** The same labels, those that come again with a number. */
function unique(labels: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return labels.map((label) => {
    const times = (seen.get(label) ?? 0) + 1;
    seen.set(label, times);
    return times > 1 ? `${label} ${times}` : label;
  });
}

/** Settings to be shown, in words. */
export const settingLines = (settings: Comparison["settings"], all: boolean) =>
  settings
    .filter(({ differs }) => all || differs)
    .map(({ name, values, differs }) => ({
      name: name
        .split(".")
        .map((part, i) => (i === 0 ? part : wordsOf(part)))
        .join(": "),
      differs,
      values: values.map((value) => (value == null ? null : brief(value))),
    }));
