import { expect, test } from "vitest";
import { paperResults } from "./paper-results.ts";

const { results } = paperResults();
const cell = (table: string, row: string, column: string) =>
  results.find((r) => r.table === table && r.row === row && r.column === column)?.value;

test("cells of nested and flat tables are found under their rows and columns", () => {
  expect(cell("table1_image_quality", "SD1.5 / Ours-DPO", "FID")).toBe(63.61);
  expect(cell("table5_multi_round_fid", "SDXL", "Round3")).toBe(61.95);
  expect(cell("table8_k_fid", "Ours-RM@K", "K=10")).toBe(68.51);
  expect(cell("user_study", "Ours-DPO", "value")).toBe(0.744);
});

test("every value is a number and no cell comes twice", () => {
  expect(results.every((r) => Number.isFinite(r.value))).toBe(true);
  expect(new Set(results.map((r) => `${r.table}|${r.row}|${r.column}`)).size).toBe(results.length);
});
