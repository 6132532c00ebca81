import { expect, test } from "vitest";
import { type EndedJob, MAX_NOTICES, NO_NOTICES, type Notices, sumOf, withEnded, without } from "./prepareNotices.ts";

const round = (experiment: string) => ({
  id: "r",
  index: 2,
  experiment: { id: experiment, name: `Name of ${experiment}` },
});
const job = (id: string, more: Partial<EndedJob> = {}): EndedJob => ({
  ...{ id, kind: "SCORE_SAMPLES", state: "SUCCEEDED", error: null, input: { rewardModelId: "m" }, round: round("e") },
  ...more,
});
const after = (jobs: EndedJob[], before: Notices = NO_NOTICES) => jobs.reduce(withEnded, before);

test("a job that ended is one notice with a link to what it made, and one that failed a link to why", () => {
  expect(after([job("a")]).shown).toEqual([
    {
      ...{ key: "e", of: "Name of e, round 2", text: "Score samples has finished", href: "/reward-models/m" },
      ...{ succeeded: 1, failed: 0 },
    },
  ]);
  expect(after([job("a", { state: "FAILED" })]).shown[0]).toMatchObject({
    text: "Score samples failed",
    href: "/jobs?job=a",
  });
});

test("30 steps of a run are one notice, read out once, and once more when one fails", () => {
  const steps = Array.from({ length: 30 }, (_, i) => job(`s${i}`));
  const run = after(steps);
  expect(run.shown).toHaveLength(1);
  expect(run.shown[0] && sumOf(run.shown[0])).toBe("30 finished since you opened this page");
  expect(run.announcement).toBe("Score samples has finished: Name of e, round 2");
  const failed = after([job("x", { state: "FAILED", kind: "MEASURE_ROUND" }), job("y", { state: "FAILED" })], run);
  expect(failed.announcement).toBe("Measure round failed: Name of e, round 2");
  expect(failed.shown[0] && sumOf(failed.shown[0])).toBe("30 finished, 2 failed since you opened this page");
});

test("cells of an ablation are one notice beside their experiment's", () => {
  const cells = Array.from({ length: 200 }, (_, i) =>
    job(`c${i}`, { kind: "RUN_ABLATION", input: { ablationId: "ab" } }),
  );
  const { shown } = after([job("a"), ...cells]);
  expect(shown.map(({ key, href }) => [key, href])).toEqual([
    ["ab", "/ablations/ab"],
    ["e", "/reward-models/m"],
  ]);
});

test("never more than a few, none twice, none of what was cancelled, and none that was dismissed", () => {
  const many = after(Array.from({ length: 9 }, (_, i) => job(`j${i}`, { round: round(`e${i}`) })));
  expect(many.shown.map(({ key }) => key)).toEqual(["e8", "e7", "e6"]);
  expect(many.shown).toHaveLength(MAX_NOTICES);
  expect(withEnded(many, job("j8", { round: round("e8") }))).toBe(many);
  expect(withEnded(many, job("z", { state: "CANCELLED" }))).toBe(many);
  expect(without(many, "e8").shown.map(({ key }) => key)).toEqual(["e7", "e6"]);
});
