import { expect, test } from "vitest";
import { RandomStream } from "../../shared/random.ts";
import { clusteredWinRate, type Vote } from "../../shared/statistics/clustered-win-rate.ts";
import { votesToSettle } from "../../shared/statistics/power.ts";
import { wilsonInterval } from "../../shared/statistics/wilson.ts";
import reference from "../fixtures/study/statistics.fixture.json" with { type: "json" };

const votesOf = (matrix: number[][]): Vote[] =>
  matrix.flatMap((row, participant) =>
    row.map((value, item) => ({ participant: `${participant}`, item: `${item}`, value: value as Vote["value"] })),
  );

test("the variance is that of two-way clusters in closed form, to the bootstrap's own error", () => {
  const { votes, rate, own, variance } = reference.clusters;
  const found = clusteredWinRate(votesOf(votes), { resamples: 20_000 });
  expect(found.rate).toBeCloseTo(rate, 12);
  expect(found.se ** 2 / variance).toBeCloseTo(1, 1);
  expect(found.designEffect / (variance / own)).toBeCloseTo(1, 1);
  expect(found).toMatchObject({ votes: 700, participants: 14, items: 50 });
  expect(clusteredWinRate(votesOf(votes))).toEqual(clusteredWinRate(votesOf(votes)));
});

test("one participant, one item or a rate of 1 say nothing of how votes differ: Wilson's interval", () => {
  const alone = votesOf([[1, 1, 0, 1]]);
  expect(clusteredWinRate(alone)).toMatchObject({ ...wilsonInterval(3, 4), designEffect: 1 });
  expect(clusteredWinRate(votesOf([[1], [0], [1]]))).toMatchObject(wilsonInterval(2, 3));
  const unanimous = votesOf([
    [1, 1],
    [1, 1],
  ]);
  expect(clusteredWinRate(unanimous)).toMatchObject({ rate: 1, ...wilsonInterval(4, 4) });
  expect(() => clusteredWinRate([])).toThrow(RangeError);
});

test("a tie counts half for each side", () => {
  const { rate } = clusteredWinRate(
    votesOf([
      [1, 0.5],
      [0, 0.5],
    ]),
  );
  expect(rate).toBe(0.5);
});

/** Log-odds at the centre that make the mean over both kinds of differences 0.744, by numerical integration (SciPy quad). */
const CENTRES = new Map([
  [0, 1.0668635903535295],
  [0.3, 1.1093845481358247],
  [0.5, 1.1792365030052727],
  [1, 1.4489168639213854],
]);

/** A study whose log-odds differ between participants and between items, with a true win rate of 74.4% over both. */
function simulated(random: RandomStream, { participants = 14, items = 50, spread = 0 }): Vote[] {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  const centre = CENTRES.get(spread) ?? Number.NaN;
  const [people, things] = [participants, items].map((n) => Array.from({ length: n }, () => spread * normal()));
  return votesOf(
    (people ?? []).map((person) =>
      (things ?? []).map((thing) => Number(random.uniform() < 1 / (1 + Math.exp(-(centre + person + thing))))),
    ),
  );
}

test.each([...CENTRES.keys()])(
  "the interval covers the truth in 95 of 100 studies where people and prompts differ by %f",
  (spread) => {
    const random = new RandomStream(11, Math.round(10 * spread));
    const studies = 1000;
    let covered = 0;
    for (let study = 0; study < studies; study++) {
      const { low, high } = clusteredWinRate(simulated(random, { spread }), { resamples: 200, seed: study });
      covered += Number(low <= 0.744 && 0.744 <= high);
    }
    expect(covered / studies).toBeGreaterThan(0.93);
    expect(covered / studies).toBeLessThan(0.97);
  },
);

test("votes that settle a question: the textbook's numbers", () => {
  // Detecting 60% against 50% in four of five studies: 194 by the normal approximation (Fleiss, Levin and Paik).
  expect(votesToSettle(0.6)).toBe(194);
  expect(votesToSettle(0.4)).toBe(194);
  expect(votesToSettle(0.6, 2.5)).toBe(485);
  expect(votesToSettle(0.5)).toBeNull();
  expect(() => votesToSettle(1.2)).toThrow(RangeError);
});
