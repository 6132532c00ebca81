import { expect, test } from "vitest";
import { ChangeTest, MetricDirection, Verdict } from "../../../shared/enums.ts";
import { answerOf } from "./prepareAnswer.ts";
import type { RoundMetric } from "./prepareRoundMetrics.ts";

const change = (fromRound: number, toRound: number) => ({
  ...{ fromRound, toRound, verdict: Verdict.BETTER, test: ChangeTest.PAIRED_RESAMPLES },
  ...{ difference: toRound - fromRound, low: 0, high: 9, n: null },
});
const metric = (name: string, rounds: number[], pairs: [number, number][]): RoundMetric => ({
  ...{ name, direction: MetricDirection.LOWER, provenance: {} },
  changes: pairs.map(([from, to]) => change(from, to)),
  values: rounds.map((roundIndex) => ({
    ...{ roundId: `r${roundIndex}`, roundIndex, value: 10 * roundIndex, low: null, high: null, n: null, bias: null },
  })),
});

test("the last round stands beside the one before and beside the first", () => {
  const pairs: [number, number][] = [...[[1, 2] as [number, number]], [2, 3], [1, 3]];
  expect(answerOf([metric("FD(e)", [1, 2, 3], pairs)])).toMatchObject({
    firstRound: 1,
    lastRound: 3,
    rows: [{ name: "FD(e)", first: 10, last: 30, step: { fromRound: 2 }, since: { fromRound: 1 } }],
  });
});

test("two rounds are compared once", () => {
  expect(answerOf([metric("FD(e)", [1, 2], [[1, 2]])])?.rows).toMatchObject([{ step: { fromRound: 1 }, since: null }]);
});

test("a metric that the last round does not have says nothing of it, and one round has no answer", () => {
  const answer = answerOf([
    metric(
      "FD(e)",
      [1, 2, 3],
      [
        [1, 2],
        [2, 3],
        [1, 3],
      ],
    ),
    metric("reward(R)", [1, 2], [[1, 2]]),
  ]);
  expect(answer?.rows.map(({ name }) => name)).toEqual(["FD(e)"]);
  expect(answerOf([metric("FD(e)", [1], [])])).toBeNull();
  expect(answerOf([])).toBeNull();
});
