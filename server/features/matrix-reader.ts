import { z } from "zod";
import { bytesOf, type ReadableStore } from "../artifacts/artifact.service.ts";

/** Where a row of features lies. */
export interface RowPlace {
  matrixSha256: string;
  row: number;
}

/** A stored matrix: float32 rows of `width` from byte `start` of the file on. */
export interface Matrix {
  width: number;
  start: number;
  /** The encoder's name and version, as the worker wrote it. */
  encoder: string;
}

interface Span {
  start: number;
  length: number;
}

const HEADER_LENGTH_BYTES = 8;
const FLOAT_BYTES = 4;
/** Rows not asked for that are read along rather than asked past. */
const LARGEST_GAP = 8;

const header = z.object({
  features: z.object({
    dtype: z.literal("F32"),
    shape: z.tuple([z.number(), z.number()]),
    data_offsets: z.tuple([z.number(), z.number()]),
  }),
  __metadata__: z.object({ encoder: z.string().default("") }).prefault({}),
});

async function spanOf(store: ReadableStore, sha256: string, { start, length }: Span): Promise<Buffer> {
  const bytes = await bytesOf(store.read(sha256, { start, end: start + length - 1 }));
  if (bytes.length < length) throw new RangeError(`Matrix ${sha256} ends within the bytes from ${start} on.`);
  return bytes;
}

/** Reads the head of a safetensors file as workers store features. @throws ZodError for any other file */
export async function openMatrix(store: ReadableStore, sha256: string): Promise<Matrix> {
  const length = Number((await spanOf(store, sha256, { start: 0, length: HEADER_LENGTH_BYTES })).readBigUInt64LE());
  const json = await spanOf(store, sha256, { start: HEADER_LENGTH_BYTES, length });
  const { features, __metadata__ } = header.parse(JSON.parse(json.toString()));
  return {
    width: features.shape[1],
    start: HEADER_LENGTH_BYTES + length + features.data_offsets[0],
    encoder: __metadata__.encoder,
  };
}

/**
 * Rows of stored matrices, in the order asked for. Rows that lie side by side are read at once, so features that were made in
 * the order in which they are exported cost a few reads.
 */
export class MatrixReader {
  private readonly matrices = new Map<string, Promise<Matrix>>();
  constructor(
    private readonly store: ReadableStore,
    private readonly width: number,
  ) {}

  /** @returns the little-endian float32 rows one after the other, `places.length` x width */
  async rows(places: readonly RowPlace[]): Promise<Buffer> {
    const rowBytes = this.width * FLOAT_BYTES;
    const result = Buffer.alloc(places.length * rowBytes);
    const targets = Map.groupBy(places.keys(), (i) => places[i]?.matrixSha256 ?? "");
    for (const [sha256, indexes] of targets) {
      const matrix = await this.open(sha256);
      const rowAt = (i: number) => places[i]?.row ?? 0;
      for (const run of runs(indexes.toSorted((a, b) => rowAt(a) - rowAt(b)).map((i) => ({ i, row: rowAt(i) })))) {
        const first = run[0]?.row ?? 0;
        const count = (run.at(-1)?.row ?? first) - first + 1;
        const span = { start: matrix.start + first * rowBytes, length: count * rowBytes };
        const bytes = await spanOf(this.store, sha256, span);
        for (const { i, row } of run)
          bytes.copy(result, i * rowBytes, (row - first) * rowBytes, (row - first + 1) * rowBytes);
      }
    }
    return result;
  }

  private async open(sha256: string): Promise<Matrix> {
    const opening = this.matrices.get(sha256) ?? openMatrix(this.store, sha256);
    this.matrices.set(sha256, opening);
    const matrix = await opening;
    if (matrix.width !== this.width)
      throw new Error(`Matrix ${sha256} has rows of ${matrix.width} features, others of ${this.width}.`);
    return matrix;
  }
}

/** Cuts rows in ascending order where a gap is worth another read. */
function runs<T extends { row: number }>(rows: readonly T[]): T[][] {
  const cut: T[][] = [];
  for (const row of rows) {
    const last = cut.at(-1)?.at(-1);
    if (last && row.row - last.row <= LARGEST_GAP) cut.at(-1)?.push(row);
    else cut.push([row]);
  }
  return cut;
}
