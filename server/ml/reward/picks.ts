import { at } from "../onnx/shape.ts";
import type { Scores } from "./score.ts";
import { bordaVotes } from "./voting.ts";

/** What a model chooses among: sample i is the k-th of prompt `prompts[i]`. Samples of a prompt stand together, by k. */
export interface Candidates {
  readonly prompts: ArrayLike<number>;
  readonly ks: ArrayLike<number>;
}

/**
 * The best of the first K candidates of each prompt, in the order of the prompts: by votes where the model has several members
 * (each ranks these K and no others), then by score; of equal ones the first.
 * @param scores of all candidates   @returns index of the pick of each prompt. Throws where a prompt has none with k < K.
 */
export function picksOf(
  scores: Pick<Scores, "logits" | "members">,
  { prompts, ks }: Candidates,
  k: number,
): Int32Array {
  const among = Int32Array.from(Array.from(ks).keys()).filter((i) => at(ks, i) < k);
  const take = (values: ArrayLike<number>) => Float64Array.from(among, (i) => at(values, i));
  const votes =
    scores.members.length > 1
      ? bordaVotes(
          scores.members.map((member) => take(member)),
          take(prompts),
        )
      : new Float64Array(among.length);
  const best = new Map<number, number>();
  for (const [place, i] of among.entries()) {
    const prompt = at(prompts, i);
    const leader = best.get(prompt);
    if (leader === undefined || isBetter(place, leader)) best.set(prompt, place);
  }
  function isBetter(place: number, leader: number): boolean {
    const more = at(votes, place) - at(votes, leader);
    return more > 0 || (more === 0 && at(scores.logits, at(among, place)) > at(scores.logits, at(among, leader)));
  }
  const all = [...new Set(Array.from(prompts))];
  return Int32Array.from(all, (prompt) => {
    const place = best.get(prompt);
    if (place === undefined) throw new Error(`Prompt ${prompt} has no candidate among the first ${k}.`);
    return at(among, place);
  });
}
