"use client";
import { type RefObject, type UIEvent, useCallback, useLayoutEffect, useRef, useState } from "react";
import { type Lines, placeOf, placeShowing, type ScrollPlace, START, scrolledTo } from "./virtualLines.ts";

export interface VirtualScroll {
  place: ScrollPlace;
  onScroll(event: UIEvent<HTMLElement>): void;
  /** Scrolls to an item: to the top of the view, or no further than to see it. */
  goTo(item: number, how: "top" | "nearest"): void;
}

/** Keeps the browser's scroll bar and the place in the list together. `begin`: the item to begin with. */
export function useVirtualScroll(ref: RefObject<HTMLElement | null>, lines: Lines, begin: number): VirtualScroll {
  const [place, setPlace] = useState<ScrollPlace>(START);
  const now = useRef(place);
  const to = useCallback((next: ScrollPlace) => {
    now.current = next;
    setPlace(next);
  }, []);
  // The element is long enough to be scrolled only once it has been laid out; another width moves the same item elsewhere.
  const shape = `${lines.perLine}:${lines.lineHeight}`;
  const known = useRef<{ shape: string | null; item: number }>({ shape: null, item: begin });
  const goTo = (item: number, how: "top" | "nearest") => {
    const next = how === "top" ? placeOf(item, lines) : placeShowing(item, now.current, lines);
    to(next);
    known.current.item = item;
    if (ref.current) ref.current.scrollTop = next.scrollTop;
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the list is there, and when its shape changes
  useLayoutEffect(() => {
    if (lines.total === 0 || lines.viewHeight === 0 || known.current.shape === shape) return;
    known.current.shape = shape;
    goTo(known.current.item, "top");
  }, [lines.total > 0, lines.viewHeight > 0, shape]);
  const onScroll = ({ currentTarget }: UIEvent<HTMLElement>) => {
    if (currentTarget.scrollTop === now.current.scrollTop) return;
    to(scrolledTo(now.current, currentTarget.scrollTop, lines));
    known.current.item = Math.floor(now.current.offset / lines.lineHeight) * lines.perLine;
  };
  return { place, onScroll, goTo };
}
