/** Blocks kept at most: what a reader scrolls back to soon. With 240 samples in each, a few megabytes. */
export const MOST_BLOCKS = 40;

/** Most marks that the API gives of a list, and most rows of a page. */
const MOST_MARKS = 10_000;
const MOST_ROWS = 1000;
/** Samples of a block, about. */
const SAMPLES = 240;

/** Rows of a block, of a list of so many samples: what one request brings. Every block begins at a mark. */
export function blockSize(sampleCount: number, perRow: number): number {
  const wanted = Math.min(48, Math.max(4, Math.round(SAMPLES / Math.max(perRow, 1))));
  const least = Math.ceil(sampleCount / Math.max(perRow, 1) / MOST_MARKS);
  return Math.min(MOST_ROWS, Math.max(wanted, least));
}

export interface Block<Row> {
  rows: readonly Row[];
  /** The state of the round that it was asked for in. */
  version: number;
}

/** The blocks with one more, and without those that were put in first where they are too many. */
export function withBlock<Row>(
  blocks: ReadonlyMap<number, Block<Row>>,
  index: number,
  block: Block<Row>,
): Map<number, Block<Row>> {
  const next = new Map(blocks);
  next.delete(index);
  next.set(index, block);
  for (const oldest of next.keys()) {
    if (next.size <= MOST_BLOCKS) break;
    next.delete(oldest);
  }
  return next;
}

/** Blocks with rows from `first` to before `end` that are not there in this version. */
export function missingBlocks(
  blocks: ReadonlyMap<number, Block<unknown>>,
  { first, end, size, version }: { first: number; end: number; size: number; version: number },
): number[] {
  if (end <= first) return [];
  const from = Math.floor(first / size);
  const to = Math.floor((end - 1) / size);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i).filter(
    (index) => blocks.get(index)?.version !== version,
  );
}
