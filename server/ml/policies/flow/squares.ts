import type { Value } from "../../onnx/graph.ts";
import type { GraphBuilder } from "../../onnx/operators.ts";
import type { Shape } from "../../onnx/shape.ts";
import type { FlowArchitecture } from "./architecture.ts";

/**
 * Tokens see and draw squares of 2p x 2p pixels, p apart, so that neighbours overlap by half: drawings of plain patches show
 * a grid. The image with a margin of p/2 is (n + 1) x (n + 1) cells of p x p; the square of token (i, j) is its cells
 * (i + a, j + b), a and b 0 or 1.
 */
const CORNERS = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;

/** Images [batch, s, s, 3] as the squares of their tokens [batch, n n, 4 p p 3], in the order corner, row, column, colour. */
export function cutSquares(g: GraphBuilder, image: Value, a: FlowArchitecture): Value {
  const { batch, n, p, margin } = sizes(image.shape, a);
  const around = [0, margin, margin, 0];
  const padded = g.pad(image, around, around);
  const cells = g.transpose(g.reshape(padded, [batch, n + 1, p, n + 1, p, 3]), [0, 1, 3, 2, 4, 5]);
  const corners = CORNERS.map(([row, column]) => {
    const rows = g.slice(cells, 1, { start: row, end: row + n });
    return g.reshape(g.slice(rows, 2, { start: column, end: column + n }), [batch, n * n, p * p * 3]);
  });
  return g.concat(corners, 2);
}

/** The adjoint of `cutSquares`: squares [batch, n n, 4 p p 3] added up to images [batch, s, s, 3]. */
export function addSquares(g: GraphBuilder, squares: Value, a: FlowArchitecture): Value {
  const { batch, n, p, margin, size } = sizes(squares.shape, a);
  const corners = g.split(squares, Array(4).fill(p * p * 3), 2);
  const placed = corners.map((corner, i) => {
    const [row, column] = CORNERS[i] ?? [0, 0];
    const cells = g.reshape(corner, [batch, n, n, p * p * 3]);
    return g.pad(cells, [0, row, column, 0], [0, 1 - row, 1 - column, 0]);
  });
  const sum = placed.reduce((total, part) => g.add(total, part));
  const pixels = g.transpose(g.reshape(sum, [batch, n + 1, n + 1, p, p, 3]), [0, 1, 3, 2, 4, 5]);
  const padded = g.reshape(pixels, [batch, (n + 1) * p, (n + 1) * p, 3]);
  const inside = { start: margin, end: margin + size };
  return g.slice(g.slice(padded, 1, inside), 2, inside);
}

function sizes(shape: Shape, { imageSize, patch }: FlowArchitecture) {
  return { batch: shape[0] ?? 0, n: imageSize / patch, p: patch, margin: patch / 2, size: imageSize };
}
