import { readFileSync } from "node:fs";

export interface ReferenceRow {
  table: string;
  row: string;
  column: string;
  value: number;
}

type Node = { [key: string]: unknown };
const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && !Array.isArray(value);

/** One row for every cell: rows are arrays of numbers, or objects with `values`, below any number of groups. */
function cells(table: string, columns: string[], node: Node, at: string[]): ReferenceRow[] {
  return Object.entries(node).flatMap(([key, value]) => {
    if (key === "columns" || key === "note") return [];
    const values = Array.isArray(value) ? value : isNode(value) && Array.isArray(value.values) ? value.values : null;
    if (values)
      return values.map((v, i) => ({
        table,
        row: [...at, key].join(" / "),
        column: columns[i] ?? String(i),
        value: Number(v),
      }));
    return isNode(value) ? cells(table, columns, value, [...at, key]) : [];
  });
}

/** The numbers of the paper's tables 1 to 9 and of its user study, as `importReferenceResults` takes them. */
export function paperResults(): { source: string; results: ReferenceRow[] } {
  const file = new URL("../../shared/paper/tables.json", import.meta.url);
  const tables = JSON.parse(readFileSync(file, "utf8")) as Node & { source: string };
  const results = Object.entries(tables).flatMap(([table, node]) => {
    if (!isNode(node) || table === "directions") return [];
    if (Array.isArray(node.columns)) return cells(table, node.columns as string[], node, []);
    return Object.entries(node).map(([row, value]) => ({ table, row, column: "value", value: Number(value) }));
  });
  return { source: tables.source, results };
}
