import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "vitest";

/** Whether this machine has a LaTeX with booktabs. */
export const hasLatex = (): boolean =>
  spawnSync("kpsewhich", ["booktabs.sty"]).status === 0 && spawnSync("pdflatex", ["--version"]).status === 0;

/** Compiles an exported table in a document of its own; a letter that is missing fails as an error does. */
export function expectToCompile(table: string): void {
  const folder = mkdtempSync(path.join(tmpdir(), "gan-rm-tex-"));
  try {
    writeFileSync(
      path.join(folder, "paper.tex"),
      `\\documentclass{article}\n\\usepackage{booktabs}\n\\begin{document}\n${table}\n\\end{document}\n`,
    );
    const { status, stdout } = spawnSync("pdflatex", ["-interaction=nonstopmode", "-halt-on-error", "paper.tex"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(status, stdout.slice(-2000)).toBe(0);
    expect(stdout).not.toMatch(/Missing character|Undefined control/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
