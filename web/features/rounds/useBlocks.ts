"use client";
import { useCallback, useEffect, useRef, useState } from "react";
import { type Block, missingBlocks, withBlock } from "./blocks.ts";

/** While the view flies over blocks, those it rests on for so long are asked for. */
const REST_MS = 60;

export interface BlocksOptions<Row> {
  /** Rows of a block. */
  size: number;
  /** Counts the changes of the round: blocks of an older version are shown, and asked for again. */
  version: number;
  /** The cursor before every block but the first; undefined while they are not known. */
  cursors: readonly string[] | undefined;
  ask(after: string | null, signal: AbortSignal): Promise<readonly Row[]>;
}

export interface Blocks<Row> {
  /** The row of an item; undefined while it is not there. */
  rowAt(item: number): Row | undefined;
  /** Rows from `first` to before `end` are wanted; requests for others are given up. */
  want(first: number, end: number): void;
  /** Rows of the first block, while it is all that is known of the list. */
  known: number;
  error: Error | undefined;
  retry(): void;
}

/** The part of a long list that is in view, and what a reader scrolls back to soon: memory does not grow with the list. */
export function useBlocks<Row>(options: BlocksOptions<Row>): Blocks<Row> {
  const { size, version, cursors } = options;
  const [blocks, setBlocks] = useState<ReadonlyMap<number, Block<Row>>>(new Map());
  const [error, setError] = useState<Error>();
  const now = useRef({ ...options, blocks });
  now.current = { ...options, blocks };
  const inView = useRef({ first: 0, end: 0 });
  const loading = useRef(new Map<number, AbortController>());
  const load = useCallback(() => {
    const { blocks: there, ...wanted } = now.current;
    const missing = missingBlocks(there, { ...inView.current, ...wanted });
    for (const [index, request] of loading.current)
      if (!missing.includes(index)) {
        request.abort();
        loading.current.delete(index);
      }
    for (const index of missing) {
      const after = index === 0 ? null : wanted.cursors?.[index - 1];
      if (after === undefined || loading.current.has(index)) continue;
      const request = new AbortController();
      loading.current.set(index, request);
      const settle = (arrived: (rows: readonly Row[]) => void) => (rows: readonly Row[]) => {
        if (loading.current.get(index) === request) loading.current.delete(index);
        if (!request.signal.aborted) arrived(rows);
      };
      wanted.ask(after, request.signal).then(
        settle((rows) => {
          setError(undefined);
          setBlocks((old) => withBlock(old, index, { rows, version: wanted.version }));
        }),
        (problem: Error) => settle(() => setError(problem))([]),
      );
    }
  }, []);
  // The requests are outside React; what is missing is looked for when there is more to ask for, and when the view rests.
  // biome-ignore lint/correctness/useExhaustiveDependencies: as the sentence above says
  useEffect(load, [version, cursors, load]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      for (const request of loading.current.values()) request.abort();
      loading.current.clear();
    },
    [],
  );
  const moved = useRef(0);
  const want = useCallback(
    (first: number, end: number) => {
      inView.current = { first, end };
      clearTimeout(timer.current);
      const rests = performance.now() - moved.current > REST_MS;
      moved.current = performance.now();
      if (rests) load();
      else timer.current = setTimeout(load, REST_MS);
    },
    [load],
  );
  return {
    rowAt: (item) => blocks.get(Math.floor(item / size))?.rows[item % size],
    want,
    known: blocks.get(0)?.rows.length ?? 0,
    error,
    retry: load,
  };
}
