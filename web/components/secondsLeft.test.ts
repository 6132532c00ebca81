import { expect, test } from "vitest";
import { secondsLeft } from "./secondsLeft.ts";

const now = Date.UTC(2026, 0, 1, 0, 1);
const startedAt = new Date(now - 60_000).toISOString();

test("a quarter done in a minute leaves three minutes", () => {
  expect(secondsLeft({ state: "RUNNING", progress: 0.25, startedAt }, now)).toBe(180);
});

test("nothing is foretold of a job that waits, has ended or has hardly begun", () => {
  for (const job of [
    { state: "QUEUED", progress: 0, startedAt: null },
    { state: "SUCCEEDED", progress: 1, startedAt },
    { state: "RUNNING", progress: 0.01, startedAt },
  ])
    expect(secondsLeft(job, now)).toBeNull();
});
