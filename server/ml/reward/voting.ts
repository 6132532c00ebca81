import { at } from "../onnx/shape.ts";

/**
 * The strategy VOTING of table 4. The paper says no more than "a voting mechanism"; this is the Borda count, which uses the
 * whole order that each snapshot gives and not only its favourite: each snapshot ranks the K samples of a prompt by its
 * logits, best first, samples of one logit sharing the middle of their ranks, and a sample's votes are the mean over the
 * snapshots of (K - rank) / (K - 1): the share of the prompt's other samples that it beats, a tie counting half. In [0, 1],
 * of mean 0.5 over a prompt, 0.5 for a sample without rivals. Sums are of whole numbers, so equal votes are equal numbers.
 * @param logits [n] per snapshot   @param prompts [n] which prompt each sample is of
 * @returns [n]. Throws without snapshots, where lengths differ, and on NaN, which has no rank.
 */
export function bordaVotes(logits: readonly ArrayLike<number>[], prompts: ArrayLike<string | number>): Float64Array {
  const votes = new Float64Array(prompts.length);
  if (logits.length === 0 || logits.some(({ length }) => length !== prompts.length))
    throw new Error(`Logits of ${logits.map(({ length }) => length)} samples do not rank ${prompts.length}.`);
  const groups = Map.groupBy(Array.from(prompts).keys(), (i) => at(prompts, i));
  for (const members of groups.values()) {
    const rivals = members.length - 1;
    for (const i of members) {
      const halves = logits.reduce((sum, values) => sum + beatenTwice(values, i, members), 0);
      votes[i] = rivals === 0 ? 0.5 : halves / (2 * rivals * logits.length);
    }
  }
  return votes;
}

/** 2 (K - rank): twice the number of rivals below i, and once those level with it. */
function beatenTwice(values: ArrayLike<number>, i: number, members: readonly number[]): number {
  const own = at(values, i);
  if (Number.isNaN(own)) throw new Error(`The logit of sample ${i} is not a number.`);
  let halves = -1; // itself
  for (const j of members) {
    const other = at(values, j);
    if (other < own) halves += 2;
    else if (other === own) halves += 1;
  }
  return halves;
}
