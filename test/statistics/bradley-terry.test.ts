import { expect, test } from "vitest";
import {
  type BradleyTerry,
  bradleyTerry,
  type Comparison,
  NotComparableError,
} from "../../shared/statistics/bradley-terry.ts";
import known from "../fixtures/study/known-answers.fixture.json" with { type: "json" };
import reference from "../fixtures/study/statistics.fixture.json" with { type: "json" };

const votesOf = (of: { votes: { judge: number; a: number; b: number; outcome: number }[] }) => of.votes as Comparison[];
const withoutJudges = (votes: Comparison[]) => votes.map(({ a, b, outcome }) => ({ a, b, outcome }));

function expectClose({ strengths }: BradleyTerry, expected: { value: number[]; se: number[] }): void {
  for (const [i, { value, se }] of strengths.entries()) {
    expect(value).toBeCloseTo(expected.value[i] as number, 8);
    expect(se).toBeCloseTo(expected.se[i] as number, 8);
  }
}

test("the published strengths of the 1987 American League East", () => {
  const { wins, log_strength, teams } = known.bradley_terry;
  const games = wins.flatMap((row, a) =>
    row.flatMap((count, b) => Array.from({ length: count }, (): Comparison => ({ a, b, outcome: 1 }))),
  );
  const { strengths, logTie } = bradleyTerry(teams.length, games);
  const baltimore = strengths.at(-1)?.value ?? Number.NaN;
  for (const [i, published] of log_strength.entries())
    expect((strengths[i]?.value ?? Number.NaN) - baltimore).toBeCloseTo(published, 8);
  expect(logTie).toBeNull();
});

test("strengths and errors are those of statsmodels' logistic regression, plain and by judge", () => {
  const votes = votesOf(reference.bradleyTerry);
  expectClose(bradleyTerry(5, withoutJudges(votes)), reference.bradleyTerry.plain);
  expectClose(bradleyTerry(5, votes), reference.bradleyTerry.clustered);
});

test("with ties, Davidson's model: PyTorch's maximum", () => {
  const fit = bradleyTerry(5, withoutJudges(votesOf(reference.davidson)));
  expectClose(fit, reference.davidson.plain);
  expect(fit.logTie).toBeCloseTo(reference.davidson.logTie, 8);
});

test("who never lost has no finite strength, nor who was never compared", () => {
  const undefeated: Comparison[] = [
    { a: 0, b: 1, outcome: 1 },
    { a: 1, b: 2, outcome: 1 },
    { a: 2, b: 1, outcome: 1 },
  ];
  expect(() => bradleyTerry(3, undefeated)).toThrow(NotComparableError);
  expect(() => bradleyTerry(3, [{ a: 0, b: 1, outcome: 0.5 }])).toThrow(NotComparableError);
  expect(() => bradleyTerry(2, [{ a: 0, b: 2, outcome: 1 }])).toThrow(RangeError);
  // A tie is enough to be compared.
  expect(bradleyTerry(3, [...undefeated, { a: 0, b: 1, outcome: 0.5 }]).strengths[0]?.value).toBeGreaterThan(0);
});
