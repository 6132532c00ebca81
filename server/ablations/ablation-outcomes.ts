/** A sample of a judged prompt, and whether it has the label that ought to be picked. */
export interface LabelledCandidate {
  promptPosition: number;
  k: number;
  preferred: boolean;
}

/** The candidates of one judged prompt. */
type JudgedPrompt = readonly LabelledCandidate[];

/** The candidates of each judged prompt, in the order of the positions. */
export function judgedPrompts(
  judgedPositions: readonly number[],
  candidates: readonly LabelledCandidate[],
): JudgedPrompt[] {
  const byPosition = Map.groupBy(candidates, (candidate) => candidate.promptPosition);
  return judgedPositions.map((position) => byPosition.get(position) ?? []);
}

/** Whether the pick of each prompt, the candidate of that k, is a preferred one. */
export function pickedRight(prompts: readonly JudgedPrompt[], picks: readonly number[]): boolean[] {
  return prompts.map((candidates, i) => candidates.some(({ k, preferred }) => preferred && k === picks[i]));
}

/** For each prompt the share of preferred ones among its candidates with k < K; 0: picking can't be right. */
export function preferredShares(prompts: readonly JudgedPrompt[], k: number): number[] {
  return prompts.map((candidates) => {
    const among = candidates.filter((candidate) => candidate.k < k);
    return among.filter((candidate) => candidate.preferred).length / Math.max(among.length, 1);
  });
}
