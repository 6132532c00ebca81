import { at } from "../onnx/shape.ts";

/**
 * What tells whether DPO goes the right way, as means over the pairs of a step:
 * - implicit_accuracy: share of pairs in which the policy prefers the chosen image more than the reference does (ties: half)
 * - margin: by how much, (e_l - e_w) of the policy over that of the reference; in units of the error
 * - winner_error, loser_error: of the policy. Both rising is the known failure: the loser only rises faster
 * `errors` [B] of the policy, `gaps` [B/2] of the reference, e_w - e_l.
 */
export function preferenceNumbers(errors: Float32Array, gaps: Float32Array, pairs: number) {
  const half = errors.length / 2;
  const margins = Array.from({ length: pairs }, (_, p) => at(gaps, p) - (at(errors, p) - at(errors, p + half)));
  const mean = (of: (p: number) => number) => margins.reduce((sum, _, p) => sum + of(p), 0) / pairs;
  return {
    implicit_accuracy: mean((p) => (1 + Math.sign(at(margins, p))) / 2),
    margin: mean((p) => at(margins, p)),
    winner_error: mean((p) => at(errors, p)),
    loser_error: mean((p) => at(errors, p + half)),
  };
}
