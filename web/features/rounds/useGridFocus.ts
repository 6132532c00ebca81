"use client";
import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from "react";

interface GridPlace {
  row: number;
  column: number;
}

interface GridFocusOptions {
  /** Tiles of each row. */
  rowLengths: readonly number[];
  /** Changes with the page: the focus then goes to its first or last row. */
  page: string;
  /** A move beyond the last (1) or the first (-1) row; answers whether there is such a page. */
  onLeave(direction: 1 | -1): boolean;
}

interface GridFocus {
  ref: RefObject<HTMLDivElement | null>;
  place: GridPlace;
  setPlace(place: GridPlace): void;
  move(rows: number, columns: number): void;
  /** For the arrow keys, which scroll the page unless the focus is on a tile. */
  onKeyDown(event: KeyboardEvent): void;
}

const ARROWS: Record<string, [number, number]> = {
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
};

/** One tab stop for the whole grid, moved by keys; the focus follows to the next page. */
export function useGridFocus({ rowLengths, page, onLeave }: GridFocusOptions): GridFocus {
  const ref = useRef<HTMLDivElement | null>(null);
  const [place, setPlace] = useState<GridPlace>({ row: 0, column: 0 });
  const arriving = useRef<1 | -1 | null>(null);
  const focus = ({ row, column }: GridPlace) => {
    setPlace({ row, column });
    ref.current?.querySelector<HTMLElement>(`[data-row="${row}"][data-column="${column}"]`)?.focus();
  };
  const last = rowLengths.length - 1;
  // The tiles of a new page exist only now.
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the page changes
  useEffect(() => {
    const direction = arriving.current;
    arriving.current = null;
    const first = { row: direction === -1 ? last : 0, column: 0 };
    if (direction === null) setPlace(first);
    else focus(first);
  }, [page]);
  const move = (rows: number, columns: number) => {
    const inside = ref.current?.contains(document.activeElement);
    if (!inside) return focus(place);
    const row = place.row + rows;
    if (row < 0 || row > last) {
      const direction = row < 0 ? -1 : 1;
      if (onLeave(direction)) arriving.current = direction;
      return;
    }
    const lastColumn = (rowLengths[row] ?? 1) - 1;
    focus({ row, column: Math.min(Math.max(place.column + columns, 0), lastColumn) });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = ARROWS[event.key];
    if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    move(...by);
  };
  return { ref, place, setPlace, move, onKeyDown };
}
