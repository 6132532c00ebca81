/** Exported LaTeX compiles: in a test of its own, because what is shared knows no processes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { type ExportTable, exportTable } from "../shared/export/table.ts";

/** A LaTeX that has booktabs; null where there is none. */
const TEX =
  spawnSync("kpsewhich", ["booktabs.sty"]).status === 0 && spawnSync("pdflatex", ["--version"]).status === 0
    ? "pdflatex"
    : null;

test.skipIf(!TEX)(
  `exported LaTeX compiles${TEX ? "" : " (skipped: no pdflatex with booktabs)"}`,
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), "gan-rm-tex-"));
    const ascii = String.fromCodePoint(...Array.from({ length: 0x7f - 0x20 }, (_, i) => 0x20 + i));
    const table: ExportTable = {
      title: "50% & more",
      columns: [{ label: "x_y ↓" }, { label: "FD(#1)", number: true }],
      rows: [
        [ascii, { value: 19.87, low: 18.9, high: 20.8, best: true }],
        ["− – — … “ ” ‘ ’ ↑ ↓ → × · ± ≤ ≥ α κ ρ σ ² é ü ñ ç ø å ß ž", { value: -0.5, low: null, high: null }],
      ],
    };
    try {
      writeFileSync(
        path.join(folder, "paper.tex"),
        `\\documentclass{article}\n\\usepackage{booktabs}\n\\begin{document}\n${exportTable(table, "tex")}\n\\end{document}\n`,
      );
      const { status, stdout } = spawnSync(TEX ?? "", ["-interaction=nonstopmode", "-halt-on-error", "paper.tex"], {
        cwd: folder,
        encoding: "utf8",
      });
      expect(status, stdout.slice(-2000)).toBe(0);
      expect(stdout).not.toMatch(/Missing character|Undefined control/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  60_000,
);
