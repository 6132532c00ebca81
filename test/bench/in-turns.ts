export interface Pair {
  readonly ours: number;
  readonly reference: number;
}

/**
 * Measures two things in turns, `rounds` times after one round to warm up, changing who goes first, so that a moment of
 * load on the machine falls on both.
 * @returns the pair whose ratio is the median
 */
export async function inTurns(
  rounds: number,
  measure: { ours(): Promise<number>; reference(): Promise<number> },
): Promise<Pair> {
  await measure.ours();
  await measure.reference();
  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round++) {
    const first = round % 2 === 1 ? await measure.reference() : undefined;
    const ours = await measure.ours();
    pairs.push({ ours, reference: first ?? (await measure.reference()) });
  }
  const middle = pairs.toSorted((a, b) => a.ours / a.reference - b.ours / b.reference)[Math.floor(rounds / 2)];
  if (!middle) throw new Error("No round was measured.");
  return middle;
}

/** The upper one of the middle, of an even number; NaN of none. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Median time of `times` calls, milliseconds. */
export async function medianMs(times: number, work: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await work();
    taken.push(performance.now() - start);
  }
  return median(taken);
}
