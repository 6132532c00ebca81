"use client";
import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from "react";

export interface GridPlace {
  item: number;
  /** Of the item's tiles. */
  column: number;
}

interface GridFocusOptions {
  ref: RefObject<HTMLElement | null>;
  total: number;
  /** Items that a step up or down passes: 1 where items are prompts, a line of them where they are samples. */
  step: number;
  /** Tiles of an item; 1 while it is not there. */
  tilesOf(item: number): number;
  /** Brings an item into view. */
  show(item: number): void;
  isInView(item: number): boolean;
  firstInView: number;
}

interface GridFocus {
  place: GridPlace;
  setPlace(place: GridPlace): void;
  move(steps: number, columns: number): void;
  /** For the arrow keys, which scroll the page unless the focus is on a tile. */
  onKeyDown(event: KeyboardEvent): void;
}

const ARROWS: Record<string, [number, number]> = {
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
};

/** One tab stop for the whole list, moved by keys; tiles that come into view get the focus when they are there. */
export function useGridFocus(options: GridFocusOptions): GridFocus {
  const { ref, total, step, tilesOf, show, isInView, firstInView } = options;
  const [place, setPlace] = useState<GridPlace>({ item: 0, column: 0 });
  const awaited = useRef<GridPlace | null>(null);
  const tryFocus = () => {
    if (!awaited.current) return;
    const { item, column } = awaited.current;
    const tile = ref.current?.querySelector<HTMLElement>(`[data-row="${item}"][data-column="${column}"]`);
    if (!tile) return;
    awaited.current = null;
    tile.focus({ preventScroll: true });
  };
  const focus = (to: GridPlace) => {
    setPlace(to);
    show(to.item);
    awaited.current = to;
    tryFocus();
  };
  // The tile may exist only after this render or a later one.
  useEffect(tryFocus);
  const move = (steps: number, columns: number) => {
    const inside = awaited.current !== null || ref.current?.contains(document.activeElement);
    if (!inside) return focus(isInView(place.item) ? place : { item: firstInView, column: 0 });
    const alone = step > 1;
    const item = Math.min(Math.max(place.item + steps * step + (alone ? columns : 0), 0), total - 1);
    const last = tilesOf(item) - 1;
    focus({ item, column: alone ? 0 : Math.min(Math.max(place.column + columns, 0), last) });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const by = ARROWS[event.key];
    const end = event.key === "Home" ? 0 : event.key === "End" ? total - 1 : null;
    if (!by && end === null) return;
    event.preventDefault();
    if (by) move(...by);
    else if (end !== null) focus({ item: end, column: 0 });
  };
  return { place, setPlace, move, onKeyDown };
}
