import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Role } from "../../shared/enums.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const tables = JSON.parse(readFileSync(path.join(ROOT, "shared/paper/tables.json"), "utf8"));
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const LIST = `query ($table: String) { referenceResults(first: 1000, table: $table) {
  totalCount nodes { source table row column value } } }`;
const IMPORT = `mutation ($input: ImportReferenceResultsInput!) { importReferenceResults(input: $input) { inserted } }`;

/** `npm run import -- --paper-tables`, as a user runs it. */
async function importPaperTables(): Promise<{ inserted: number; total: number }> {
  const cli = path.join(ROOT, "tools/import/cli.ts");
  const child = spawn(process.execPath, ["--import", "tsx", cli, "--paper-tables", "--json", "--api", server.url], {
    env: { ...process.env, GANRM_TOKEN: server.tokens.MEMBER },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  await new Promise((resolve) => child.once("close", resolve));
  return JSON.parse(output);
}

/** How many numbers stand in lists, at any depth. */
function numbersIn(value: unknown): number {
  if (Array.isArray(value)) return value.filter((item) => typeof item === "number").length;
  return typeof value === "object" && value ? Object.values(value).reduce((sum, v) => sum + numbersIn(v), 0) : 0;
}

test("every number of the paper's tables is there once, however often they are imported", async () => {
  expect(await importPaperTables()).toEqual({ inserted: 144, total: 144 });
  expect(await importPaperTables()).toEqual({ inserted: 0, total: 144 });
  const { data } = await server.ask(LIST);
  expect(data.referenceResults.totalCount).toBe(144);
  const names = Object.keys(tables).filter((name) => name.startsWith("table"));
  expect(names).toHaveLength(8); // 1 to 9 without 6, which is the reward model's architecture
  for (const table of names) {
    const { data: one } = await server.ask(LIST, { table });
    expect([table, one.referenceResults.totalCount]).toEqual([table, numbersIn(tables[table])]);
  }
  const { columns, "SD1.5": ours } = tables.table1_image_quality;
  const rows = data.referenceResults.nodes.filter(
    (node: { table: string; row: string }) => node.table === "table1_image_quality" && node.row === "SD1.5 / Ours-DPO",
  );
  const byColumn = Object.fromEntries(rows.map((node: { column: string; value: number }) => [node.column, node.value]));
  expect(columns.map((column: string) => byColumn[column])).toEqual(ours["Ours-DPO"].values);
});

test("a published number can't be changed, removed, or imported by a viewer", async () => {
  await importPaperTables();
  const before = (await server.ask(LIST)).data;
  const [known] = before.referenceResults.nodes;
  const { source, ...result } = known;
  const input = { source, results: [{ ...result, value: result.value + 1 }] };
  const changed = await server.ask(IMPORT, { input });
  expect(changed.errors?.[0]?.extensions).toEqual({ code: "CONFLICT", field: "results[0].value" });
  const byViewer = await server.ask(IMPORT, { input: { source, results: [result] } }, Role.VIEWER);
  expect(byViewer.errors?.[0]?.extensions.code).toBe("FORBIDDEN");
  const { data } = await server.ask('{ __type(name: "Mutation") { fields { name } } }');
  const mutations = data.__type.fields.map((field: { name: string }) => field.name);
  expect(mutations.filter((name: string) => /reference/i.test(name))).toEqual(["importReferenceResults"]);
  expect((await server.ask(LIST)).data).toEqual(before);
});
