import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type ExportedRound, exportedRound } from "./exported-round.ts";

let server: TestServer;
let world: ExportedRound;
beforeAll(async () => {
  server = await startTestServer();
  world = await exportedRound(server);
});
afterAll(() => server?.stop());

/** RFC 4180, by its grammar. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  let record: string[] = [];
  while (field.lastIndex < text.length) {
    const at = field.lastIndex;
    const match = field.exec(text);
    if (!match) throw new Error(`no CSV at ${at}: ${text.slice(at, at + 40)}`);
    record.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === ",") continue;
    records.push(record);
    record = [];
  }
  return records;
}

async function csvOf(path: string): Promise<Record<string, string>[]> {
  const response = await fetch(`${server.url}/exports/${path}/metrics.csv`, {
    headers: { authorization: `Bearer ${server.tokens.VIEWER}` },
  });
  expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
  const [header = [], ...records] = parseCsv(await response.text());
  expect(records.filter((record) => record.length !== header.length)).toEqual([]);
  return records.map((record) => Object.fromEntries(record.map((cell, i) => [header[i], cell])));
}

async function logMetrics(points: object[]): Promise<void> {
  const { errors } = await server.ask(
    "mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }",
    { input: { points } },
  );
  if (errors) throw new Error(JSON.stringify(errors));
}

/** An ablation of the round with a single cell. @returns the cell's id */
async function ablationCell(): Promise<string> {
  const [{ id: ablationId }] = await server.db.query(
    `insert into ablations (round_id, name, axes, seeds, hyperparameters, keep_weights, split_seed, judged_positions, sample_count)
     values ($1, 'table 4', '{}', '[1]', '{}', false, 1, '{0}', 24) returning id`,
    [world.roundId],
  );
  const [{ id }] = await server.db.query(
    `insert into ablation_cells (ablation_id, position, encoder, strategy, n, k, settings, seed)
     values ($1, 0, 'mobilenet-v2-mid', 'NAIVE', 50, 3, 'N = 50', 1) returning id`,
    [ablationId],
  );
  return id;
}

test("every point of an experiment is a line, with all its digits; texts can't be formulas; a round and a model have their own", async () => {
  const at = (subject: string, subjectId: string, name: string, more: object) => ({
    subject,
    subjectId,
    name,
    direction: "LOWER",
    value: 1,
    ...more,
  });
  const provenance = { model: 'a "quoted", thing', sha256: "00", note: "two\nlines 🦊" };
  const precise = { value: 0.1 + 0.2, low: -1e-7, high: 5e-324, bias: 1e21, n: 2_000_000_000, provenance };
  await logMetrics([
    at("RANK_SLICE", world.modelId, "FD(mobilenet-v2-mid)", { step: 2, value: 7 }),
    at("ABLATION_CELL", await ablationCell(), "Best-of-K accuracy", { value: 0.75 }),
    at("EXPERIMENT", world.experimentId, "=1+1", { value: -1.7976931348623157e308 }),
    at("EXPERIMENT", world.experimentId, "-name, with comma", {}),
    at("ROUND", world.roundId, "FD(mobilenet-v2-mid)", precise),
    at("POLICY", world.policyId, "+cmd", {}),
    at("REWARD_MODEL", world.modelId, "loss", { step: 3, value: 0.5 }),
    at("REWARD_MODEL", world.modelId, "loss", { step: 1, value: -0.25 }),
  ]);
  const other = await exportedRound(server);
  await logMetrics([at("ROUND", other.roundId, "of another experiment", {})]);

  const lines = await csvOf(`experiments/${world.experimentId}`);
  expect(lines.map(({ subject, name }) => `${subject} ${name}`).sort()).toEqual([
    "ABLATION_CELL Best-of-K accuracy",
    "EXPERIMENT '-name, with comma",
    "EXPERIMENT '=1+1",
    "POLICY '+cmd",
    "RANK_SLICE FD(mobilenet-v2-mid)",
    "REWARD_MODEL loss",
    "REWARD_MODEL loss",
    "ROUND FD(mobilenet-v2-mid)",
  ]);
  const line = lines.find(({ subject }) => subject === "ROUND");
  expect(line).toMatchObject({ subject_id: world.roundId, subject_name: "Round 1", direction: "LOWER", step: "0" });
  expect([line?.value, line?.low, line?.high, line?.bias, line?.n].map(Number)).toEqual([
    ...[0.1 + 0.2, -1e-7, 5e-324, 1e21, 2_000_000_000],
  ]);
  expect(JSON.parse(line?.provenance ?? "")).toEqual(provenance);
  const extreme = lines.find(({ name }) => name === "'=1+1");
  expect([extreme?.value, extreme?.low, extreme?.bias, extreme?.n]).toEqual(["-1.7976931348623157e+308", "", "", ""]);
  const loss = lines.filter(({ name }) => name === "loss");
  expect(loss.map(({ step, value }) => [step, value])).toEqual([
    ["1", "-0.25"],
    ["3", "0.5"],
  ]);
  expect(loss[0]?.subject_name).toBe('R/1 "naïve"');

  const subjects = async (path: string) => new Set((await csvOf(path)).map(({ subject }) => subject));
  expect(await subjects(`rounds/${world.roundId}`)).toEqual(
    new Set(["ROUND", "REWARD_MODEL", "RANK_SLICE", "POLICY", "ABLATION_CELL"]),
  );
  expect(await subjects(`reward-models/${world.modelId}`)).toEqual(new Set(["REWARD_MODEL", "RANK_SLICE"]));
});

test("pages of series and of points lose no point and repeat none", async () => {
  const { experimentId } = await exportedRound(server);
  expect(await csvOf(`experiments/${experimentId}`)).toEqual([]);
  await server.db.query(
    `insert into metric_series (subject, subject_id, name, direction, provenance_key)
     select 'EXPERIMENT', $1, 'metric ' || i, 'LOWER', '' from generate_series(1, 1203) i`,
    [experimentId],
  );
  await server.db.query(
    `insert into metric_points (series_id, step, value) select s.id, i, i from metric_series s,
       generate_series(0, case s.name when 'metric 7' then 12000 else 6 end) i where s.subject_id = $1`,
    [experimentId],
  );
  const lines = await csvOf(`experiments/${experimentId}`);
  expect(lines).toHaveLength(1202 * 7 + 12_001);
  const ends = lines.map(({ name, step }) => `${name} ${step}`);
  expect(new Set(ends).size).toBe(lines.length);
  const steps = lines.filter(({ name }) => name === "metric 7").map(({ step }) => Number(step));
  expect(steps).toEqual(Array.from({ length: 12_001 }, (_, i) => i));
});
