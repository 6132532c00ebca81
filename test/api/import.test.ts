import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { evalPrompts } from "../../tools/import/eval-prompts.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(path.join(os.tmpdir(), "gan-rm-import-"));
  mkdirSync(path.join(folder, "proxy"));
  for (let i = 0; i < 5; i++) writeFileSync(path.join(folder, "proxy", `p${i}.png`), await picture(1000 + i));
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** 4 x 4 pixels, another picture for every number. */
const picture = (n: number) =>
  sharp(Buffer.from(Array.from({ length: 48 }, (_, i) => (n >> (i % 12)) & 255)), {
    raw: { width: 4, height: 4, channels: 3 },
  })
    .png()
    .toBuffer();

interface Line {
  file_name: string;
  prompt: string;
  k?: number;
  seed?: number;
  label?: string;
}

/** Writes a folder of samples. @returns its path */
function writeSamples(name: string, lines: Line[], images: Record<string, Buffer>): string {
  const samples = path.join(folder, name);
  mkdirSync(samples);
  for (const [file, bytes] of Object.entries(images)) writeFileSync(path.join(samples, file), bytes);
  writeFileSync(path.join(samples, "metadata.jsonl"), lines.map((line) => JSON.stringify(line)).join("\n"));
  return samples;
}

function start(...args: string[]): ChildProcess {
  const cli = path.resolve(import.meta.dirname, "../../tools/import/cli.ts");
  return spawn(process.execPath, ["--import", "tsx", cli, "--api", server.url, ...args], {
    env: { ...process.env, GANRM_TOKEN: server.tokens.MEMBER },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function run(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = start(...args);
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream]?.on("data", (chunk: Buffer) => {
      output[stream] += chunk;
    });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, ...output };
}

const proxy = () => path.join(folder, "proxy");
const ROUND = `query ($id: ID!) { round(id: $id) { sampleCount experiment { k promptSet { promptCount } proxySet { trainCount heldOutCount } }
  promptRows(first: 1000) { nodes { prompt { text tags } samples { k seed label } } } } }`;

test("a lab's folder becomes an experiment; a broken image is named, mended, and goes in with the next run", async () => {
  const whole = await picture(200);
  const images: Record<string, Buffer> = { "broken.png": whole.subarray(0, whole.length - 30) };
  const lines: Line[] = [];
  for (let i = 0; i < 6; i++) {
    images[`${i}.png`] = await picture(i);
    lines.push({ file_name: `${i}.png`, prompt: i < 3 ? "a cat" : "a dog", seed: i, label: "lab" });
  }
  lines.push({ file_name: "broken.png", prompt: "a fish" });
  const samples = writeSamples("own", lines, images);
  const command = ["--name", "own files", "--samples", samples, "--proxy", proxy(), "--eval-share", "0.34"];
  const { code, stdout, stderr } = await run(...command, "--json");
  expect([code, stderr.match(/broken\.png.*Mend or remove/)?.length]).toEqual([1, 1]);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ samples: 6, proxyImages: 5, prompts: 3, evalPrompts: 1, k: 3, judgement: null });
  expect(report.refused).toMatchObject([{ file: "broken.png", line: null }]);
  const { data } = await server.ask(ROUND, { id: report.roundId });
  const { nodes } = data.round.promptRows;
  expect(nodes.map((row: { prompt: { text: string } }) => row.prompt.text)).toEqual(["a cat", "a dog"]);
  expect(nodes[1].samples.map((s: { seed: number }) => s.seed)).toEqual([3, 4, 5]);

  writeFileSync(path.join(samples, "broken.png"), whole);
  const again = await run(...command);
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining("7 samples of 3 prompts (1 to evaluate on)")]);
  const tagged = (await server.ask(ROUND, { id: report.roundId })).data.round.promptRows.nodes.map(
    ({ prompt }: { prompt: { text: string; tags: string[] } }) => `${prompt.text}: ${prompt.tags}`,
  );
  const judged = evalPrompts(["a cat", "a dog", "a fish"], 0.34);
  expect(tagged).toEqual(["a cat", "a dog", "a fish"].map((text) => `${text}: ${judged.has(text) ? "eval" : "train"}`));
});

test("killed in the middle, the same command goes on and the counts are those of an unbroken run", {
  timeout: 120_000,
}, async () => {
  const images: Record<string, Buffer> = {};
  const lines: Line[] = [];
  for (let i = 0; i < 700; i++) {
    images[`${i}.png`] = await picture(2000 + i);
    lines.push({ file_name: `${i}.png`, prompt: `prompt ${i % 175}` });
  }
  const samples = writeSamples("many", lines, images);
  const command = ["--name", "killed", "--samples", samples, "--proxy", proxy(), "--json"];
  const stored = async (): Promise<number> =>
    (
      await server.db.query(
        "select r.sample_count from rounds r join experiments e on e.id = r.experiment_id where e.name = 'killed'",
      )
    )[0]?.sample_count ?? 0;
  const stop = async (signal: NodeJS.Signals, when: () => Promise<boolean>) => {
    const child = start(...command);
    const ended = new Promise((resolve) => child.once("exit", (...how) => resolve(how)));
    while (!(await when())) await sleep(20);
    child.kill(signal);
    return ended;
  };
  const artifacts = async () => (await server.db.query("select count(*)::int as n from artifacts"))[0].n;
  const before = await artifacts();
  expect(await stop("SIGINT", async () => (await artifacts()) > before + 20)).toEqual([130, null]);
  expect(await stored()).toBe(0);
  expect(await stop("SIGKILL", async () => (await stored()) > 0)).toEqual([null, "SIGKILL"]);
  expect(await stored()).toBeLessThan(700);
  const { code, stdout } = await run(...command);
  const report = JSON.parse(stdout);
  expect([code, report.samples, report.proxyImages, await stored()]).toEqual([0, 700, 5, 700]);
  const third = await run(...command);
  expect([third.code, JSON.parse(third.stdout)]).toEqual([0, report]);
  const { data } = await server.ask(ROUND, { id: report.roundId });
  expect(data.round.experiment).toMatchObject({ k: 4, promptSet: { promptCount: 175 } });
  expect(data.round.promptRows.nodes.every((row: { samples: unknown[] }) => row.samples.length === 4)).toBe(true);
});

test("an image on both sides of the evaluation is refused on the later one", async () => {
  const texts = ["one", "two", "three", "four"];
  const judged = evalPrompts(texts, 0.5);
  const evalTexts = texts.filter((text) => judged.has(text));
  const [trainText = ""] = texts.filter((text) => !judged.has(text));
  const shared = await picture(3000);
  const lines = [
    { file_name: "a.png", prompt: trainText },
    { file_name: "b.png", prompt: evalTexts[0] ?? "" },
    { file_name: "c.png", prompt: evalTexts[1] ?? "" },
    { file_name: "d.png", prompt: texts.find((text) => text !== trainText && !judged.has(text)) ?? "" },
  ];
  const images = { "a.png": shared, "b.png": shared, "c.png": await picture(1000), "d.png": await picture(1001) };
  const samples = writeSamples("leak", lines, images);
  const { code, stdout } = await run(
    ...["--name", "leak", "--samples", samples, "--proxy", proxy(), "--eval-share", "0.5", "--json"],
  );
  const { refused, ...report } = JSON.parse(stdout);
  expect([code, report.samples]).toEqual([1, 2]);
  expect(refused.map((found: { file: string }) => found.file)).toEqual(["b.png", "c.png"]);
  expect(refused[0].reason).toMatch(/is an image to train on already, and ".*" is a prompt to evaluate on/);
  expect(refused[1].reason).toMatch(/is a proxy image already, and ".*" is a prompt to evaluate on/);
});

test("other content under the same name is an error that names the difference, and changes nothing", async () => {
  const lines = [
    { file_name: "0.png", prompt: "a" },
    { file_name: "1.png", prompt: "b" },
  ];
  const images = { "0.png": await picture(4000), "1.png": await picture(4001) };
  const samples = writeSamples("first", lines, images);
  const command = (source: string, ...more: string[]) =>
    run("--name", "taken", "--samples", source, "--proxy", proxy(), ...more);
  expect((await command(samples)).code).toBe(0);
  const counts = () =>
    server.db.query(
      "select (select count(*) from samples) s, (select count(*) from experiments) e, (select count(*) from prompt_sets) p, (select count(*) from proxy_sets) x",
    );
  const before = await counts();
  const other = writeSamples("second", [lines[0] as Line, { file_name: "1.png", prompt: "c" }], images);
  const longer = writeSamples("third", [...lines, { file_name: "2.png", prompt: "c" }], {
    ...images,
    "2.png": await picture(4002),
  });
  const redrawn = writeSamples("fourth", lines, { ...images, "1.png": await picture(4003) });
  const mistakes: [Promise<Awaited<ReturnType<typeof run>>>, RegExp][] = [
    [command(other), /prompt 2 is "b" there, "c" here/],
    [command(longer), /2 prompts there, 3 here/],
    [command(redrawn), /samples never change/],
    [command(samples, "--eval-share", "0"), /prompt 1 is tagged .*--eval-share/],
    [command(samples, "--encoder", "clip-vit-b32"), /encoder is mobilenet-v2-mid there/],
    [
      run("--name", "taken", "--samples", samples, "--proxy", samples),
      /of the proxy images, 2 are new and 5 are missing/,
    ],
  ];
  for (const [answer, sentence] of mistakes) {
    const { code, stderr } = await answer;
    expect([code, stderr]).toEqual([2, expect.stringMatching(sentence)]);
  }
  expect(await counts()).toEqual(before);
});

test("unusable sources and a server that is not there end with their own code and nothing made", async () => {
  const empty = writeSamples("empty", [], {});
  const broken = writeSamples("broken", [{ file_name: "x.png", prompt: "x" }], { "x.png": Buffer.from("no image") });
  const full = (samples: string, source: string) => ["--name", "n", "--samples", samples, "--proxy", source];
  const cases: [string[], number, RegExp][] = [
    [["--name", "n"], 2, /--samples, --proxy: missing.*--help/],
    [full(path.join(folder, "nowhere"), proxy()), 2, /nowhere: It can't be opened/],
    [full(proxy(), proxy()), 2, /no metadata.jsonl/],
    [full(broken, empty), 2, /0 proxy images/],
    [full(broken, proxy()), 2, /x\.png \(line 1 of its metadata\): It is not a PNG.*\n.*no image in it can be used/s],
    [[...full(broken, proxy()), "--api", "http://127.0.0.1:1"], 3, /No answer from/],
  ];
  const experiments = () => server.db.query("select count(*) from experiments");
  const before = await experiments();
  const answers = await Promise.all(cases.map(([args]) => run(...args)));
  for (const [i, [args, code, sentence]] of cases.entries())
    expect([args, answers[i]?.code, answers[i]?.stderr]).toEqual([args, code, expect.stringMatching(sentence)]);
  expect(await experiments()).toEqual(before);
});

test("--train goes on to the result table, and repeated prints the same one", { timeout: 120_000 }, async () => {
  const noise = (hue: "r" | "b", seed: number) => {
    const pixels = Buffer.alloc(16 * 16 * 3, 30);
    for (let i = 0; i < 256; i++) pixels[3 * i + (hue === "r" ? 0 : 2)] = (seed * 7919 + i * i * 31) % 256;
    return sharp(pixels, { raw: { width: 16, height: 16, channels: 3 } })
      .png()
      .toBuffer();
  };
  const wanted = path.join(folder, "red");
  mkdirSync(wanted);
  for (let i = 0; i < 50; i++) writeFileSync(path.join(wanted, `${i}.png`), await noise("r", i));
  const images: Record<string, Buffer> = {};
  const lines: Line[] = [];
  const prompts = Array.from({ length: 60 }, (_, i) => `prompt ${i}`);
  const judged = evalPrompts(prompts, 0.2);
  for (const [i, prompt] of prompts.entries())
    for (const k of [0, 1]) {
      const label = judged.has(prompt) && k === i % 2 ? "red" : "blue";
      images[`${i}-${k}.png`] = await noise(label === "red" ? "r" : "b", 100 + 2 * i + k);
      lines.push({ file_name: `${i}-${k}.png`, prompt, k, label });
    }
  const samples = writeSamples("colours", lines, images);
  const worker = spawn(process.execPath, ["--import", "tsx", path.resolve("server/worker/main.ts")], {
    env: { ...process.env, GANRM_API_URL: server.url, GANRM_WORKER_TOKEN: server.tokens.WORKER },
    stdio: "ignore",
  });
  try {
    const command = [
      "--name",
      "colours",
      "--samples",
      samples,
      "--proxy",
      wanted,
      "--train",
      "--steps",
      "40",
      "--prefer",
      "red",
    ];
    const { code, stdout } = await run(...command);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/Best of K = 2, unseen +100.*, 12 of 12 prompts; chance 50/),
    ]);
    const again = await run(...command, "--json");
    expect(JSON.parse(again.stdout)).toMatchObject({
      judgement: { heldOutAuc: 1, bestOfK: { wins: 12, prompts: 12, chance: 0.5 } },
    });
  } finally {
    worker.kill("SIGTERM");
  }
});

test("a second round comes from another folder, with a policy of its own whose parent is the first's", async () => {
  const folderOf = async (name: string, from: number, prompts = ["a cup", "a bell"]) => {
    const lines = prompts.map((prompt, i) => ({ file_name: `${i}.png`, prompt, seed: i }));
    const images = Object.fromEntries(
      await Promise.all(prompts.map(async (_, i) => [`${i}.png`, await picture(from + i)])),
    );
    return writeSamples(name, lines, images);
  };
  const common = ["--name", "rounds", "--proxy", proxy(), "--eval-share", "0", "--json"];
  const first = await run(...common, "--samples", await folderOf("round-1", 3000));
  expect(first).toMatchObject({ code: 0 });
  const next = ["--samples", await folderOf("round-2", 3100), "--round", "2", "--policy", "tuned"];
  const second = await run(...common, ...next);
  expect(second).toMatchObject({ code: 0 });
  expect(await run(...common, ...next)).toMatchObject({ code: 0, stdout: second.stdout });
  const { experimentId } = JSON.parse(second.stdout);
  expect(experimentId).toBe(JSON.parse(first.stdout).experimentId);
  const { data } = await server.ask(
    "query ($id: ID!) { experiment(id: $id) { rounds { index sampleCount policyIn { name origin parent { name } } } } }",
    { id: experimentId },
  );
  expect(data.experiment.rounds).toEqual([
    { index: 1, sampleCount: 2, policyIn: { name: "rounds", origin: "IMPORTED", parent: null } },
    { index: 2, sampleCount: 2, policyIn: { name: "tuned", origin: "IMPORTED", parent: { name: "rounds" } } },
  ]);

  for (const [wrong, code, text] of [
    [[...next.slice(0, 4), "--policy", "another"], 2, /round 2 shows another policy than "another"/],
    [
      ["--samples", await folderOf("others", 3200, ["a cup", "a key"]), ...next.slice(2)],
      2,
      /prompt 2 is "a bell" there/,
    ],
    [[...next.slice(0, 2), "--round", "2"], 2, /--policy: names the policy/],
    [[...next.slice(0, 2), "--round", "5", "--policy", "later"], 2, /it has no round 4 yet/],
  ] as const) {
    const refused = await run(...common, ...wrong);
    expect([refused.code, refused.stderr]).toEqual([code, expect.stringMatching(text)]);
  }
});
