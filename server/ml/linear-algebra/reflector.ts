/** Sums of squares below it have lost digits to underflow, and are nothing beside 1. */
const NOTHING = 1e-290;

/**
 * Householder reflector of `length` numbers x from `at`: H = I - beta v v^T with H x = left e1. Overwrites x with v and gives
 * beta and left; beta is 0 (H = I, and x = left e1) where the rest of x is nothing already. `left` has the sign that loses no
 * digits. For matrices whose largest number is about 1.
 */
export function reflect(values: Float64Array, at: number, length: number): { beta: number; left: number } {
  let tail = 0;
  for (let i = at + 1; i < at + length; i++) tail += (values[i] ?? 0) ** 2;
  const head = values[at] ?? 0;
  if (tail < NOTHING) {
    values.fill(0, at + 1, at + length);
    return { beta: 0, left: head };
  }
  const square = tail + head * head;
  const left = head > 0 ? -Math.sqrt(square) : Math.sqrt(square);
  values[at] = head - left;
  return { beta: 1 / (square - head * left), left };
}
