"use client";
import { type KeyboardEventHandler, type ReactNode, type RefCallback, useEffect } from "react";
import type { VirtualScroll } from "./useVirtualScroll.ts";
import classes from "./VirtualGrid.module.css";
import { itemsInView, type Lines, scrolledHeight, topOf } from "./virtualLines.ts";

/** Lines that exist beyond the view on either side, so that a short scroll shows no gap. */
const SPARE = 2;

interface VirtualGridProps {
  label: string;
  lines: Lines;
  scroll: VirtualScroll;
  /** Width of an item and of the gap after it, pixels. */
  width: number;
  gap: number;
  viewRef: RefCallback<HTMLElement>;
  onKeyDown: KeyboardEventHandler;
  /** Told of the items that are drawn, to before `end`, when these change. */
  onDrawn(first: number, end: number): void;
  children(item: number): ReactNode;
}

/** Lines of items of which only those in view exist; the scroll bar spans all of them. */
export function VirtualGrid({
  label,
  lines,
  scroll,
  width,
  gap,
  viewRef,
  onKeyDown,
  onDrawn,
  children,
}: VirtualGridProps) {
  const { first, end } = itemsInView(scroll.place, lines, SPARE);
  // Whoever keeps the data is outside this component.
  // biome-ignore lint/correctness/useExhaustiveDependencies: told when the items change, not when the listener does
  useEffect(() => onDrawn(first, end), [first, end]);
  return (
    <section ref={viewRef} className={classes.view} aria-label={label} onScroll={scroll.onScroll} onKeyDown={onKeyDown}>
      <div className={classes.whole} style={{ height: scrolledHeight(lines) }}>
        {Array.from({ length: end - first }, (_, i) => {
          const item = first + i;
          return (
            <div
              key={item}
              className={classes.item}
              style={{
                width,
                height: lines.lineHeight - gap,
                insetInlineStart: (item % lines.perLine) * (width + gap),
                transform: `translateY(${topOf(item, scroll.place, lines)}px)`,
              }}
            >
              {children(item)}
            </div>
          );
        })}
      </div>
    </section>
  );
}
