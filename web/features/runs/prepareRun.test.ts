import { expect, test } from "vitest";
import { alarmText, earlyStopText, leftOf, nowOf, type Run, roundsOfRun, type Step, stepName } from "./prepareRun.ts";

const round = (index: number, policyOut: string | null) => ({
  id: `round ${index}`,
  policyIn: { id: "in", name: `G${index}` },
  policyOut: policyOut === null ? null : { id: "out", name: policyOut },
});
const step = (roundIndex: number, kind: Step["kind"], changes: Partial<Step> = {}): Step => ({
  ...{ roundIndex, kind, state: "WAITING", job: null, round: null },
  ...changes,
});
const run = (steps: Step[]): Run => ({
  ...{ id: "run", state: "RUNNING", error: null, progress: 0, secondsLeft: null, earlyStop: null },
  ...{ settings: {}, alarms: [], steps },
});

test("rounds name the policies they begin with and lead to; the last one measures only", () => {
  const rounds = roundsOfRun(
    run([
      step(1, "GENERATE", { state: "SUCCEEDED", round: round(1, "G2") }),
      step(1, "TRAIN_REWARD_MODEL", { state: "RUNNING", round: round(1, "G2") }),
      step(2, "GENERATE"),
      step(2, "MEASURE"),
    ]),
  );
  expect(rounds).toMatchObject([
    { index: 1, roundId: "round 1", policyIn: "G1", policyOut: "G2", measuresOnly: false },
    { index: 2, roundId: null, policyIn: null, policyOut: null, measuresOnly: true },
  ]);
  expect(rounds[0]?.steps.map(stepName)).toEqual(["draw", "train R"]);
});

test("what is done now is said in words", () => {
  const job = { id: "job", progress: 0.4, progressMessage: "drew 8 of 20 images" };
  expect(nowOf(run([step(1, "GENERATE", { state: "RUNNING", job })]))).toBe("Round 1, draw: drew 8 of 20 images");
  expect(nowOf(run([step(1, "GENERATE", { state: "QUEUED", job })]))).toBe("Waiting for a worker");
  expect(nowOf(run([step(1, "GENERATE", { state: "SUCCEEDED", job })]))).toBeNull();
});

test("alarms name the round, the number and what it was compared with", () => {
  expect(alarmText({ kind: "COLLAPSE", roundIndex: 3, value: 1.5, threshold: 2.4 })).toMatch(
    /^Round 3: .* 1\.500, below 2\.400/,
  );
  expect(alarmText({ kind: "SEPARABLE", roundIndex: 1, value: 1, threshold: 0.999 })).toMatch(/AUC 1\.000/);
});

test("time left stands behind the share that is done, once it is known", () => {
  expect(leftOf({ secondsLeft: 754 })).toBe(", about 12 min 34 s left");
  expect(leftOf({ secondsLeft: null })).toBe("");
});

test("an early stop says by which number, and beside which", () => {
  const stop = { roundIndex: 3, value: 0.0447, threshold: 0.0431 };
  expect(earlyStopText({ ...stop, metric: "KID" })).toBe(
    "No policy was trained from round 3: its KID is 0.0447, not below the 0.0431 of an earlier round.",
  );
  expect(earlyStopText({ ...stop, metric: "fidelity", value: 0.8, threshold: 0.83 })).toMatch(
    /fidelity is 0\.8, below round 1's interval, which begins at 0\.83\.$/,
  );
});
