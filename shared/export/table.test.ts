import { expect, test } from "vitest";
import { type ExportTable, exportFileName, exportTable, latexText } from "./table.ts";

const table: ExportTable = {
  title: "Strategies & costs, 50%",
  columns: [
    { label: "Model" },
    { label: "FD_x ↓", number: true },
    { label: "Picked", number: true },
    { label: "n", number: true },
  ],
  rows: [
    [
      "Naive | base",
      { value: 24.123, low: 23.1, high: 25.2 },
      { value: 0.851, low: 0.8, high: 0.9, percent: true },
      1000,
    ],
    ["=cmd()", { value: 19.87, low: 18.9, high: 20.8, best: true, bias: 3.1 }, { value: null, percent: true }, null],
  ],
};

test("CSV has numbers in full precision, interval ends in columns of their own, and no formula", () => {
  expect(exportTable(table, "csv").split("\r\n")).toEqual([
    'Model,FD_x ↓,"FD_x ↓, low","FD_x ↓, high","FD_x ↓, small-sample bias",Picked,"Picked, low","Picked, high",n',
    "Naive | base,24.123,23.1,25.2,,0.851,0.8,0.9,1000",
    "'=cmd(),19.87,18.9,20.8,3.1,,,,",
    "",
  ]);
});

test("Markdown has one line a row, whatever the text holds, and the best in bold", () => {
  expect(exportTable(table, "md").split("\n")).toEqual([
    "**Strategies & costs, 50%**",
    "",
    "| Model | FD\\_x ↓ | Picked | n |",
    "| --- | ---: | ---: | ---: |",
    "| Naive \\| base | 24.1 (23.1 to 25.2) | 85.1% (80.0 to 90.0) | 1000 |",
    "| =cmd() | **19.87 (18.90 to 20.80)** | – | – |",
    "",
  ]);
});

test("LaTeX is a booktabs table with every special sign escaped and the best in bold", () => {
  const tex = exportTable(table, "tex");
  expect(tex).toContain(
    "\\begin{tabular}{lrrr}\n    \\toprule\n    Model & FD\\_x $\\downarrow$ & Picked & n \\\\\n    \\midrule",
  );
  expect(tex).toContain("\\caption{Strategies \\& costs, 50\\%}");
  expect(tex).toContain("=cmd() & \\textbf{19.87 (18.90 to 20.80)} & -- & -- \\\\");
  expect(tex.startsWith("% needs \\usepackage{booktabs}\n")).toBe(true);
  expect(exportTable({ ...table, title: "図" }, "tex")).toContain("LuaLaTeX");
  expect(latexText("a\\b{c}^~<é>\n|−1|")).toBe(
    "a\\textbackslash{}b\\{c\\}\\textasciicircum{}\\textasciitilde{}\\textless{}é\\textgreater{} \\textbar{}$-$1\\textbar{}",
  );
});

test("a file is named by its table", () => {
  expect(exportFileName(table, "csv")).toBe("strategies-costs-50.csv");
  expect(exportFileName({ title: "?" }, "svg")).toBe("table.svg");
});
