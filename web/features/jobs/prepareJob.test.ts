import { expect, test } from "vitest";
import { timesOf, workerOf, workersInWords } from "./prepareJob.ts";

const at = (seconds: number) => new Date(seconds * 1000).toISOString();

test("a job says how long it was queued and how long it ran", () => {
  const times = (startedAt: string | null, finishedAt: string | null) =>
    timesOf({ createdAt: at(0), startedAt, finishedAt }, 300_000);
  expect(times(null, null)).toBe("queued for 5 min");
  expect(times(null, at(30))).toBe("queued for 30 s, never ran");
  expect(times(at(20), null)).toBe("queued for 20 s, running for 4 min 40 s");
  expect(times(at(20), at(95))).toBe("queued for 20 s, ran for 1 min 15 s");
});

test("a job says which worker had it and on what", () => {
  expect(workerOf({ worker: null, provider: null, device: null })).toBe("no worker yet");
  expect(workerOf({ worker: "w:1", provider: null, device: null })).toBe("w:1");
  expect(workerOf({ worker: "w:1", provider: "WEBGPU", device: null })).toBe("w:1 · WebGPU");
  expect(workerOf({ worker: "w:1", provider: "CUDA", device: "NVIDIA H100" })).toBe("w:1 · CUDA, NVIDIA H100");
});

test("workers are summed up by what they do", () => {
  const states = ["IDLE", "SILENT", "BUSY", "IDLE"] as const;
  expect(workersInWords(states.map((state) => ({ state })))).toBe("1 busy, 2 idle, 1 silent");
  expect(workersInWords([])).toBe("");
});
