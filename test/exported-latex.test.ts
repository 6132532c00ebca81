/** Exported LaTeX compiles: in a test of its own, because what is shared knows no processes. */
import { expect, test } from "vitest";
import { type ExportTable, exportTable } from "../shared/export/table.ts";
import { expectToCompile, hasLatex } from "./support/latex.ts";

const isThere = hasLatex();

test.skipIf(!isThere)(
  `exported LaTeX compiles${isThere ? "" : " (skipped: no pdflatex with booktabs)"}`,
  () => {
    const ascii = String.fromCodePoint(...Array.from({ length: 0x7f - 0x20 }, (_, i) => 0x20 + i));
    const table: ExportTable = {
      title: "50% & more",
      columns: [{ label: "x_y ↓" }, { label: "FD(#1)", number: true }],
      rows: [
        [ascii, { value: 19.87, low: 18.9, high: 20.8, best: true }],
        ["− – — … “ ” ‘ ’ ↑ ↓ → × · ± ≤ ≥ α κ ρ σ ² é ü ñ ç ø å ß ž", { value: -0.5, low: null, high: null }],
      ],
    };
    const text = exportTable(table, "tex");
    expect(text).toContain("\\textbf{");
    expectToCompile(text);
  },
  60_000,
);
