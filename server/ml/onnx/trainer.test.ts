import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { attention, layerNorm, linear } from "./layers.ts";
import { softmaxCrossEntropy } from "./losses.ts";
import { GraphBuilder } from "./operators.ts";
import { Random } from "./random.ts";
import { Session } from "./session.ts";
import { elementCount, type Shape } from "./shape.ts";
import { createTrainer, type TrainingDriver, type TrainingProgram } from "./trainer.ts";

const [BATCH, TOKENS, WIDTH, VOCABULARY] = [4, 6, 8, 5];

/** A one-block transformer that says of each token which one it is: integers in, gather, attention, norms. */
function transformer(): TrainingProgram {
  const random = new Random(1);
  const parameter = (name: string, shape: Shape, decayed = true) => ({
    name,
    shape,
    decayed,
    initial: Float32Array.from({ length: elementCount(shape) }, () => random.normal() * 0.3),
  });
  const parameters = [
    parameter("table", [VOCABULARY, WIDTH]),
    parameter("gamma", [WIDTH], false),
    parameter("qkv", [3 * WIDTH, WIDTH]),
    parameter("head", [VOCABULARY, WIDTH]),
  ];
  return {
    parameters,
    buffers: [],
    batch: [
      { name: "tokens", shape: [BATCH, TOKENS], dtype: "int64" },
      { name: "labels", shape: [BATCH * TOKENS, VOCABULARY], dtype: "float32" },
    ],
    build(g, values) {
      const x = g.gather(values("table"), values("tokens"));
      const projected = linear(g, layerNorm(g, x, { gamma: values("gamma") }), { weight: values("qkv") });
      const heads = g.transpose(g.reshape(projected, [BATCH, TOKENS, 3, 2, WIDTH / 2]), [2, 0, 3, 1, 4]);
      const [q, k, v] = g.split(heads, [1, 1, 1], 0).map((part) => g.reshape(part, part.shape.slice(1)));
      if (!q || !k || !v) throw new Error("three parts");
      const mixed = g.reshape(g.transpose(attention(g, { q, k, v }), [0, 2, 1, 3]), [BATCH, TOKENS, WIDTH]);
      const logits = linear(g, g.reshape(g.add(x, mixed), [-1, WIDTH]), { weight: values("head") });
      return { loss: softmaxCrossEntropy(g, logits, values("labels")), buffers: {} };
    },
  };
}

function batches(n: number, from = 0) {
  return Array.from({ length: n }, (_, s) => {
    const random = new Random(2, from + s);
    const tokens = Array.from({ length: BATCH * TOKENS }, () => Math.floor(random.uniform() * VOCABULARY));
    const labels = new Float32Array(tokens.length * VOCABULARY);
    for (const [i, token] of tokens.entries()) labels[i * VOCABULARY + token] = 1;
    return { tokens: BigInt64Array.from(tokens, BigInt), labels };
  });
}

const OPTIMISER = { learningRate: 2e-2, warmupSteps: 5, clipNorm: 1, decayFrom: 50, decaySteps: 20, ema: 0.95 };

async function trained(driver: TrainingDriver, n: number) {
  const trainer = await createTrainer(transformer(), { optimiser: OPTIMISER, driver });
  const losses = await trainer.run(batches(n));
  const state = await trainer.readState();
  await trainer.dispose();
  return { losses, state };
}

test("a transformer learns, and fused kernel, Loop and step graph go the same way", async () => {
  const fused = await trained("wasm", 60);
  expect(fused.losses[0]).toBeGreaterThan(1);
  expect(fused.losses.at(-1)).toBeLessThan(0.1);
  for (const driver of ["loop", "device"] as const) {
    const other = await trained(driver, 60);
    for (const [i, loss] of fused.losses.entries()) expect(other.losses[i]).toBeCloseTo(loss, 4);
    expect([...other.state.tensors.keys()].toSorted()).toEqual([...fused.state.tensors.keys()].toSorted());
    const [average, same] = [fused, other].map(({ state }) => state.tensors.get("ema.qkv")?.data);
    expect(Math.max(...(average ?? []).map((x, i) => Math.abs(x - (same?.[i] ?? 0))))).toBeLessThan(2e-3);
  }
});

test.each(["wasm", "loop", "device"] as const)(
  "driver %s: 3 + 5 steps through a stored state are 8 steps, bit for bit",
  async (driver) => {
    const whole = await trained(driver, 8);
    const { state } = await trained(driver, 3);
    const trainer = await createTrainer(transformer(), { optimiser: OPTIMISER, driver });
    trainer.writeState(state);
    await trainer.run(batches(5, 3));
    expect(await trainer.readState()).toEqual(whole.state);
    await trainer.dispose();
  },
);

test("what is asked of the state is what comes", async () => {
  const trainer = await createTrainer(transformer(), { optimiser: OPTIMISER, spin: false });
  const names = async (what: object) => [...(await trainer.readState(what)).tensors.keys()];
  expect(await names({ moments: false })).toEqual(["table", "gamma", "qkv", "head"].flatMap((p) => [p, `ema.${p}`]));
  expect(await names({ parameters: false })).toEqual([]);
  await trainer.dispose();
});

test("a batch of the wrong size and a state of another model are refused by name", async () => {
  const trainer = await createTrainer(transformer(), { optimiser: OPTIMISER });
  await expect(trainer.run([{ tokens: new BigInt64Array(3), labels: new Float32Array(120) }])).rejects.toThrow(
    'for "tokens"',
  );
  expect(() => trainer.writeState({ step: 1, tensors: new Map() })).toThrow('nothing for "table"');
  await trainer.dispose();
});

test("rows gathered many times add up exactly, in several threads and again and again", async () => {
  const g = new GraphBuilder();
  const sum = g.scatterAddRows(
    g.input("base", [50, 64]),
    g.input("rows", [4096], "int64"),
    g.input("updates", [4096, 64]),
  );
  g.output("sum", sum);
  const session = await Session.create(g.encode());
  const random = new Random(3);
  const rows = BigInt64Array.from({ length: 4096 }, () => BigInt(Math.floor(random.uniform() * 50)));
  for (let run = 0; run < 10; run++) {
    const outputs = await session.run({
      base: { dtype: "float32", shape: [50, 64], data: new Float32Array(50 * 64) },
      rows: { dtype: "int64", shape: [4096], data: rows },
      updates: { dtype: "float32", shape: [4096, 64], data: new Float32Array(4096 * 64).fill(1) },
    });
    expect(Array.from(outputs.sum?.data ?? [], Number).reduce((a, b) => a + b)).toBe(4096 * 64);
  }
  await session.dispose();
});

const ICD = "/usr/lib/chromium/vk_swiftshader_icd.json";

test.skipIf(!existsSync(ICD))(
  "WebGPU (SwiftShader): state stays on the device and ends where the CPU ends",
  () => {
    // a process of its own: the Vulkan loader reads its environment once, and a crash would take the tests along
    const script = `
    const { createTrainer } = await import(${JSON.stringify(new URL("trainer.ts", import.meta.url).href)});
    const { rplTraining } = await import(${JSON.stringify(new URL("../reward/rpl.ts", import.meta.url).href)});
    const batch = { features: Float32Array.from({ length: 48 }, (_, i) => Math.sin(i * i)), targets: Float32Array.of(1,0,1,0,1,0, 0,1,0,1,0,1), mask: new Float32Array(72).fill(1) };
    const ends = [];
    for (const provider of ["cpu", "webgpu"]) {
      const trainer = await createTrainer(rplTraining({ width: 8, batchSize: 6, seed: 1 }), { optimiser: { learningRate: 1e-2, clipNorm: 1 }, provider });
      const losses = await trainer.run([batch, batch, batch, batch, batch]);
      ends.push([...losses, ...(await trainer.readState()).tensors.get("linear2.weight").data]);
      await trainer.dispose();
    }
    console.log(JSON.stringify(Math.max(...ends[0].map((x, i) => Math.abs(x - ends[1][i])))));
  `;
    const env = { ...process.env, LD_LIBRARY_PATH: "/usr/lib/chromium", VK_ICD_FILENAMES: ICD };
    const args = ["--import", "tsx", "--input-type=module", "--eval", script];
    const output = execFileSync(process.execPath, args, { env, encoding: "utf8", timeout: 100_000 });
    expect(Number(output.trim().split("\n").at(-1))).toBeLessThan(1e-5);
  },
  120_000,
);
