import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bordaVotes } from "./voting.ts";

test("by hand: two snapshots, one prompt of four samples, a tie in the second", () => {
  // ranks of the first: 1, 2, 3, 4; of the second: 2.5, 1, 2.5, 4
  const votes = bordaVotes([Float32Array.of(3, 2, 1, 0), Float32Array.of(1, 5, 1, -1)], [7, 7, 7, 7]);
  expect([...votes]).toEqual([(3 + 1.5) / 6, (2 + 3) / 6, (1 + 1.5) / 6, 0]);
});

test("prompts of 1 to 8 samples with many ties, in any order: SciPy's rankdata gives the same votes", () => {
  const url = new URL("../../../test/fixtures/strategies/borda.fixture.json", import.meta.url);
  const { prompts, logits, votes } = JSON.parse(readFileSync(url, "utf8"));
  const own = bordaVotes(logits, prompts);
  expect(own).toHaveLength(votes.length);
  for (const [i, vote] of own.entries()) expect(vote).toBeCloseTo(votes[i], 12);
});

test("only the order counts: a snapshot that shouts has one vote, like the others", () => {
  const quiet = [Float32Array.of(0.2, 0.1, 0), Float32Array.of(0.1, 0, 0.2)];
  const loud = [Float32Array.of(0.2, 0.1, 0), Float32Array.of(1000, -1000, 30_000)];
  expect(bordaVotes(loud, ["p", "p", "p"])).toEqual(bordaVotes(quiet, ["p", "p", "p"]));
});

test("samples that fare alike have equal numbers, so that the score can decide", () => {
  const votes = bordaVotes([Float32Array.of(1, 2, 3), Float32Array.of(2, 3, 1), Float32Array.of(3, 1, 2)], [0, 0, 0]);
  expect(new Set(votes)).toEqual(new Set([0.5]));
});

test.each([
  ["no snapshot", [], [0], "do not rank 1"],
  ["logits of too few samples", [Float32Array.of(1)], [0, 0], "Logits of 1 samples do not rank 2"],
  ["a logit that is no number", [Float32Array.of(1, Number.NaN)], [0, 0], "logit of sample 1"],
])("%s is refused", (_what, logits, prompts, sentence) => {
  expect(() => bordaVotes(logits, prompts)).toThrow(sentence);
});
