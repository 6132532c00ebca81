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

// Davidson 1970, six brands of chocolate pudding: brands, preferences for the one and for the other, none.
const PUDDINGS = [
  [1, 2, 19, 22, 16],
  [1, 3, 16, 19, 12],
  [2, 3, 19, 19, 10],
  [1, 4, 18, 23, 13],
  [2, 4, 23, 19, 9],
  [3, 4, 19, 20, 15],
  [1, 5, 13, 19, 18],
  [2, 5, 16, 20, 12],
  [3, 5, 16, 15, 17],
  [4, 5, 17, 14, 16],
  [1, 6, 18, 21, 12],
  [2, 6, 22, 20, 12],
  [3, 6, 13, 18, 10],
  [4, 6, 14, 19, 18],
  [5, 6, 11, 21, 12],
] as const;

test("the published strengths of Davidson's chocolate puddings, as the PlackettLuce package's overview has them", () => {
  const votes = PUDDINGS.flatMap(([first, second, wins, losses, ties]): Comparison[] => {
    const pair = { a: first - 1, b: second - 1 };
    const times = (count: number, outcome: Comparison["outcome"]) =>
      Array.from({ length: count }, () => ({ ...pair, outcome }));
    return [...times(wins, 1), ...times(losses, 0), ...times(ties, 0.5)];
  });
  const { strengths, logTie } = bradleyTerry(6, votes);
  const worths = strengths.map(({ value }) => Math.exp(value));
  const total = worths.reduce((sum, worth) => sum + worth, 0);
  // After seven iterations, as Davidson made, and by the package's own words not converged: four decimals are the maximum's.
  const published = [0.1388005, 0.1729985, 0.161742, 0.165393, 0.1586805, 0.2023855];
  for (const [i, worth] of worths.entries()) expect(worth / total).toBeCloseTo(published[i] as number, 4);
  expect(Math.exp(logTie ?? Number.NaN)).toBeCloseTo(0.7468147, 4);
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
