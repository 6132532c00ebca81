/** An upper bidiagonal matrix. */
export interface Bidiagonal {
  /** [n] */
  readonly diagonal: Float64Array;
  /** [n - 1] */
  readonly superdiagonal: Float64Array;
}

/**
 * Singular values of the upper bidiagonal matrix with this diagonal [n] and superdiagonal [n - 1], in no order: implicit
 * QR steps with Wilkinson's shift (Golub and Kahan 1965; the form of LAPACK's dbdsqr, values only). Each is right to a
 * small multiple of 2.2e-16 of the largest. Overwrites both arrays. Throws where it doesn't converge (NaN).
 */
export function bidiagonalSingularValues(diagonal: Float64Array, superdiagonal: Float64Array): Float64Array {
  const scale = Math.max(largest(diagonal), largest(superdiagonal));
  if (scale === 0) return diagonal.fill(0);
  // so that squares neither overflow nor vanish
  for (let i = 0; i < diagonal.length; i++) diagonal[i] = (diagonal[i] ?? 0) / scale;
  for (let i = 0; i < superdiagonal.length; i++) superdiagonal[i] = (superdiagonal[i] ?? 0) / scale;
  let steps = 0;
  let last = { low: diagonal.length, high: -1 };
  for (let high = diagonal.length - 1; high > 0; ) {
    if (negligible(diagonal, superdiagonal, high - 1)) {
      high -= 1;
      continue;
    }
    let low = high - 1;
    while (low > 0 && !negligible(diagonal, superdiagonal, low - 1)) low -= 1;
    steps += 1;
    if (steps > 40 * diagonal.length) throw new Error("The singular values do not converge.");
    // only for a block apart from the last: turning about while it converges would undo what it has gained
    if (low > last.high || high < last.low) largeEndFirst(diagonal, superdiagonal, low, high);
    last = { low, high };
    step(diagonal, superdiagonal, low, high);
  }
  return diagonal.map((value) => Math.abs(value) * scale);
}

const EPSILON = Number.EPSILON;

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Whether e[i] may be left out of the matrix, which is scaled to 1: no singular value changes by more than it. */
function negligible(d: Float64Array, e: Float64Array, i: number): boolean {
  const small = Math.abs(e[i] ?? 0) <= EPSILON * Math.max(Math.abs(d[i] ?? 0) + Math.abs(d[i + 1] ?? 0), 0.5);
  if (small) e[i] = 0;
  return small;
}

/** Steps converge from the large end to the small one. Reversed and transposed the block has the same form and singular values. */
function largeEndFirst(d: Float64Array, e: Float64Array, low: number, high: number): void {
  if (Math.abs(d[low] ?? 0) >= Math.abs(d[high] ?? 0)) return;
  d.subarray(low, high + 1).reverse();
  e.subarray(low, high).reverse();
}

/** One QR step on the block low..high. */
function step(d: Float64Array, e: Float64Array, low: number, high: number): void {
  let singular = false;
  for (let i = low; i <= high; i++) {
    if (Math.abs(d[i] ?? 0) > EPSILON / 2) continue;
    d[i] = 0;
    singular = true;
  }
  // a zero on the diagonal stops a shift half way; a step without one brings it to the end at once
  if (singular) unshiftedStep(d, e, low, high);
  else shiftedStep(d, e, low, high);
}

function shiftedStep(d: Float64Array, e: Float64Array, low: number, high: number): void {
  const shift = smallerSingularValue(d[high - 1] ?? 0, e[high - 1] ?? 0, d[high] ?? 0);
  const first = d[low] ?? 0;
  let f = (Math.abs(first) - shift) * (Math.sign(first) + shift / first);
  let g = e[low] ?? 0;
  let here = first;
  let off = g;
  for (let i = low; i < high; i++) {
    const next = d[i + 1] ?? 0;
    let r = Math.sqrt(f * f + g * g);
    let inverse = r === 0 ? 0 : 1 / r;
    let c = r === 0 ? 1 : f * inverse;
    let s = g * inverse;
    if (i > low) e[i - 1] = r;
    f = c * here + s * off;
    const e1 = c * off - s * here;
    g = s * next;
    const d1 = c * next;
    r = Math.sqrt(f * f + g * g);
    inverse = r === 0 ? 0 : 1 / r;
    c = r === 0 ? 1 : f * inverse;
    s = g * inverse;
    d[i] = r;
    f = c * e1 + s * d1;
    here = c * d1 - s * e1;
    const after = i < high - 1 ? (e[i + 1] ?? 0) : 0;
    g = s * after;
    off = c * after;
  }
  d[high] = here;
  e[high - 1] = f;
}

function unshiftedStep(d: Float64Array, e: Float64Array, low: number, high: number): void {
  let [c, oldC, oldS] = [1, 1, 0];
  for (let i = low; i < high; i++) {
    let f = (d[i] ?? 0) * c;
    const off = e[i] ?? 0;
    let r = Math.sqrt(f * f + off * off);
    let s = 0;
    [c, s] = r === 0 ? [1, 0] : [f / r, off / r];
    if (i > low) e[i - 1] = oldS * r;
    f = oldC * r;
    const g = (d[i + 1] ?? 0) * s;
    r = Math.sqrt(f * f + g * g);
    [oldC, oldS] = r === 0 ? [1, 0] : [f / r, g / r];
    d[i] = r;
  }
  const last = (d[high] ?? 0) * c;
  d[high] = last * oldC;
  e[high - 1] = last * oldS;
}

/** Of [[a, b], [0, c]]. */
function smallerSingularValue(a: number, b: number, c: number): number {
  const larger = (Math.hypot(a + c, b) + Math.hypot(a - c, b)) / 2;
  return larger === 0 ? 0 : Math.abs(a * c) / larger;
}
