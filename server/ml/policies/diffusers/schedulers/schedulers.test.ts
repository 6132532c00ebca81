import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { schedulersOf } from "./make-scheduler.ts";

/** Made by tools/reference/diffusers_schedulers.py: what diffusers' own classes give. */
interface Fixture {
  start: number[];
  outputs: number[][];
  cases: {
    scheduler: string;
    /** text of scheduler_config.json */
    config: string;
    steps: number;
    timesteps: number[];
    initialScale: number;
    inputScales: number[];
    /** after each step */
    samples: number[][];
  }[];
}
const file = new URL("../../../../../test/fixtures/diffusers/schedulers.fixture.json", import.meta.url);
const { start, outputs, cases }: Fixture = JSON.parse(await readFile(file, { encoding: "utf8" }));

const describeCase = ({ scheduler, steps, config }: Fixture["cases"][number], i: number) => {
  const { _class_name, beta_schedule, timestep_spacing, prediction_type, use_karras_sigmas } = JSON.parse(
    config.replace("-Infinity", "null"),
  );
  const words = [_class_name, beta_schedule, timestep_spacing, prediction_type, use_karras_sigmas && "karras"];
  return [`${i}: ${scheduler}, ${steps} steps, ${words.filter(Boolean).join(" ")}`, i] as const;
};

test.each(cases.map(describeCase))("%s: every step is diffusers'", (_, i) => {
  const { scheduler: name, config, steps, ...wanted } = cases[i] ?? expect.unreachable();
  const scheduler = schedulersOf("scheduler_config.json", config).make(steps, name);
  expect(scheduler.timesteps).toHaveLength(wanted.timesteps.length);
  for (const [at, t] of scheduler.timesteps.entries()) expect(t).toBeCloseTo(wanted.timesteps[at] ?? Number.NaN, 2);
  expect(scheduler.initialScale / wanted.initialScale).toBeCloseTo(1, 6);
  const first = start.map((x) => x * scheduler.initialScale);
  for (const [at, after] of wanted.samples.entries()) {
    expect(scheduler.inputScale(at) / (wanted.inputScales[at] ?? Number.NaN)).toBeCloseTo(1, 6);
    const before = Float32Array.from(wanted.samples[at - 1] ?? first);
    const sample = scheduler.step(at, Float32Array.from(outputs[at] ?? []), before);
    // torch computes in float32, so its rounding is relative to the largest number in the step
    const size = Math.max(...[...before, ...after].map(Math.abs));
    for (const [k, x] of after.entries()) expect(Math.abs((sample[k] ?? Number.NaN) - x) / size).toBeLessThan(5e-7);
  }
});

const CONFIG = { _class_name: "DDIMScheduler", beta_schedule: "scaled_linear", beta_start: 0.00085, beta_end: 0.012 };
const choiceOf = (config: object) => schedulersOf("/p/scheduler/scheduler_config.json", JSON.stringify(config));

test("a checkpoint's own scheduler is the one it is shipped with, or DPM-Solver++ where that is not here", () => {
  const classes = { DDIMScheduler: "ddim", EulerDiscreteScheduler: "euler", PNDMScheduler: "dpm-solver++" };
  for (const [_class_name, own] of Object.entries(classes)) expect(choiceOf({ ...CONFIG, _class_name }).own).toBe(own);
});

test.each([
  ["another kind of model", { _class_name: "FlowMatchEulerDiscreteScheduler" }, "_class_name is FlowMatch"],
  ["no class", { _class_name: undefined }, "_class_name is missing"],
  [
    "unknown betas",
    { beta_schedule: "sigmoid" },
    'beta_schedule must be one of linear, scaled_linear, squaredcos_cap_v2; it is "sigmoid"',
  ],
  [
    "too few betas",
    { trained_betas: [0.1, 0.2] },
    "trained_betas must hold as many numbers as num_train_timesteps says",
  ],
  ["thresholding", { thresholding: true }, "thresholding must be false"],
  ["a third order", { _class_name: "DPMSolverMultistepScheduler", solver_order: 3 }, "solver_order must be 1 or 2"],
  [
    "noise while sampling",
    { _class_name: "DPMSolverMultistepScheduler", algorithm_type: "sde-dpmsolver++" },
    "algorithm_type must be one of dpmsolver++",
  ],
  ["other sigmas", { _class_name: "EulerDiscreteScheduler", use_beta_sigmas: true }, "use_beta_sigmas must be false"],
  ["a wrong type", { steps_offset: "1" }, "steps_offset"],
])("%s is refused by file and field", (_, change, message) => {
  const made = () => choiceOf({ ...CONFIG, ...change });
  expect(made).toThrow(message);
  expect(made).toThrow("/p/scheduler/scheduler_config.json");
});

test("steps that the schedule does not have, and unknown names, are refused", () => {
  const { make } = choiceOf(CONFIG);
  for (const steps of [0, 1.5, 1000, Number.NaN]) expect(() => make(steps)).toThrow("steps must be a whole number");
  expect(() => make(4, "heun")).toThrow('There is no scheduler "heun"');
  expect(make(999).timesteps).toHaveLength(999);
  expect(() => choiceOf({ ...CONFIG, steps_offset: 3 }).make(999)).toThrow("steps_offset");
  expect(() => choiceOf({ ...CONFIG, lambda_min_clipped: 4 }).make(40, "dpm-solver++")).toThrow("lambda_min_clipped");
});
