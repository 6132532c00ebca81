export type Shape = readonly number[];

export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** Element i of an array that is known to have it. Throws instead of giving undefined. */
export function at<T>(array: ArrayLike<T>, index: number): T {
  const element = array[index < 0 ? array.length + index : index];
  if (element === undefined) throw new RangeError(`Index ${index} is outside an array of ${array.length}.`);
  return element;
}

/** NumPy broadcasting of two shapes. Throws where two sizes differ and neither is 1. */
export function broadcast(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) throw new Error(`Shapes [${a}] and [${b}] do not broadcast.`);
    return left === 1 ? right : left;
  });
}

/** Axes as non-negative numbers, ascending. */
export function normalAxes(axes: readonly number[], rank: number): number[] {
  return axes
    .map((axis) => {
      const normal = axis < 0 ? axis + rank : axis;
      if (normal < 0 || normal >= rank) throw new Error(`Axis ${axis} is outside rank ${rank}.`);
      return normal;
    })
    .toSorted((a, b) => a - b);
}

export function reducedShape(shape: Shape, axes: readonly number[], keep: boolean): number[] {
  if (keep) return shape.map((size, i) => (axes.includes(i) ? 1 : size));
  return shape.filter((_, i) => !axes.includes(i));
}

/** Shape of a x b as ONNX MatMul defines it, ranks >= 2. */
export function matmulShape(a: Shape, b: Shape): number[] {
  if (a.length < 2 || b.length < 2) throw new Error(`MatMul wants ranks of at least 2, not [${a}] and [${b}].`);
  if (at(a, -1) !== at(b, -2)) throw new Error(`MatMul of [${a}] and [${b}]: inner sizes differ.`);
  return [...broadcast(a.slice(0, -2), b.slice(0, -2)), at(a, -2), at(b, -1)];
}

/** A shape with one -1 filled in. */
export function resolvedShape(from: Shape, to: Shape): number[] {
  const known = to.filter((size) => size !== -1).reduce((product, size) => product * size, 1);
  const resolved = to.map((size) => (size === -1 ? elementCount(from) / known : size));
  if (elementCount(resolved) !== elementCount(from)) throw new Error(`Cannot reshape [${from}] to [${to}].`);
  return resolved;
}
