"use client";
import { Group, Stack, Text } from "@mantine/core";
import { useDidUpdate, useHotkeys, useMergedRef, useResizeObserver } from "@mantine/hooks";
import { type ReactNode, useRef } from "react";
import { count } from "../../../shared/format/number.ts";
import { PlayClips } from "../../components/clips/PlayClips.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { QueryProblem } from "../../components/QueryState.tsx";
import { useVirtualScroll } from "../../components/virtual/useVirtualScroll.ts";
import { VirtualGrid } from "../../components/virtual/VirtualGrid.tsx";
import { itemsInView, type Lines } from "../../components/virtual/virtualLines.ts";
import type { GridShape } from "./gridShape.ts";
import { PromptComparison } from "./PromptComparison.tsx";
import { CLOSED, isAcrossRounds, isFiltered, itemOf, type PromptRow } from "./roundView.ts";
import classes from "./SampleGrid.module.css";
import type { SampleGridProps } from "./SampleGrid.tsx";
import type { Blocks } from "./useBlocks.ts";
import { useGridFocus } from "./useGridFocus.ts";
import { type PutPlace, usePlaceInAddress } from "./usePlaceInAddress.ts";

/** What the comparison opens with. */
export interface Opening {
  promptId: string;
  /** Of the sample to begin with; null for the best one. */
  k: number | null;
}

interface CardPlace {
  item: number;
  /** The column where the tab key stops; null where it stops elsewhere. */
  stop: number | null;
  onOpen(opening: Opening): void;
  onFocus(column: number): void;
}

interface SampleListViewProps<Row> extends SampleGridProps {
  what: "prompts" | "samples";
  blocks: Blocks<Row>;
  /** Of the whole list; undefined while it is not known. */
  total: number | undefined;
  shapeOf(width: number): GridShape;
  tilesOf(row: Row): number;
  openingOf(row: Row): Opening;
  /** The prompt with its samples, where the row has them. */
  promptRowOf(row: Row): PromptRow | null;
  children(row: Row, place: CardPlace): ReactNode;
}

interface OpenedProps<Row> extends Pick<SampleListViewProps<Row>, "openingOf" | "promptRowOf"> {
  page: SampleGridProps;
  rowAt(item: number): Row | undefined;
  /** Opens the comparison with an item of the list; `isStep`: one that is open goes on to it. */
  open(item: number, opening: Opening, isStep?: boolean): void;
}

/** The comparison, and what comes before and after it in the list, where the list is at what is compared. */
function Opened<Row>({ page, rowAt, openingOf, promptRowOf, open }: OpenedProps<Row>) {
  const { roundId, rounds, model, view, change, letters } = page;
  if (!view.prompt) return null;
  const item = itemOf(view.at);
  const row = rowAt(item);
  const isListed = row !== undefined && openingOf(row).promptId === view.prompt;
  const to = (other: number): (() => void) | null => {
    const its = isListed ? rowAt(other) : undefined;
    return its === undefined ? null : () => open(other, openingOf(its), true);
  };
  return (
    <PromptComparison
      roundId={roundId}
      rounds={rounds}
      promptId={view.prompt}
      model={model}
      given={isListed ? promptRowOf(row) : null}
      view={view}
      change={change}
      letters={letters}
      onPrevious={to(item - 1)}
      onNext={to(item + 1)}
      onClose={() => change(CLOSED)}
    />
  );
}

/** Which items are in view, of how many. */
function Span({ what, total, first, end }: { what: string; total: number | undefined; first: number; end: number }) {
  if (total === 0) return null;
  return (
    <Text size="sm" c="dimmed">
      {total === undefined
        ? `Counting ${what}…`
        : `${count(first + 1)} to ${count(Math.min(end, total))} of ${count(total)} ${what}`}
    </Text>
  );
}

/** The lines of the list as they are laid out now, and where it is scrolled to. */
function useLayout(shapeOf: (width: number) => GridShape, total: number, begin: number) {
  const ref = useRef<HTMLElement>(null);
  const [sizeRef, size] = useResizeObserver<HTMLElement>();
  const viewRef = useMergedRef(ref, sizeRef);
  const shape = shapeOf(size.right - size.left);
  const lines: Lines = { ...shape, total: size.height > 0 ? total : 0, viewHeight: size.bottom - size.top };
  const scroll = useVirtualScroll(ref, lines, begin);
  return { ref, viewRef, shape, lines, scroll, ...itemsInView(scroll.place, lines) };
}

/** A list of prompts or samples of any length: by pointer, by scroll bar, by keys. */
export function SampleListView<Row>(props: SampleListViewProps<Row>) {
  const { view, letters, what, blocks, tilesOf, openingOf, promptRowOf } = props;
  const begin = useRef(itemOf(view.at)).current;
  const total = props.total ?? (begin === 0 ? blocks.known : 0);
  const { ref, viewRef, shape, lines, scroll, first, end } = useLayout(props.shapeOf, total, begin);
  const put: PutPlace = usePlaceInAddress(props, scroll, first);
  const rowAt = (item: number): Row | undefined => (item >= 0 && item < total ? blocks.rowAt(item) : undefined);
  const grid = useGridFocus({
    ref,
    total,
    step: what === "samples" ? shape.perLine : 1,
    tilesOf: (item) => {
      const row = rowAt(item);
      return row === undefined ? 1 : tilesOf(row);
    },
    show: (item) => scroll.goTo(item, "nearest"),
    isInView: (item) => item >= first && item < end,
    firstInView: first,
  });
  const turn = (direction: 1 | -1) => {
    const screenful = Math.max(1, Math.floor(lines.viewHeight / lines.lineHeight)) * shape.perLine;
    scroll.goTo(Math.min(Math.max(first + direction * screenful, 0), Math.max(total - 1, 0)), "top");
  };
  useHotkeys(
    letters && !view.prompt
      ? [
          ["j", () => grid.move(1, 0)],
          ["k", () => grid.move(-1, 0)],
          ["l", () => grid.move(0, 1)],
          ["h", () => grid.move(0, -1)],
          ["n", () => turn(1)],
          ["p", () => turn(-1)],
        ]
      : [],
  );
  const open = (item: number, { promptId, k }: Opening, isStep = false) => {
    scroll.goTo(item, "nearest");
    if (item !== grid.place.item) grid.setPlace({ item, column: 0 });
    const left = k === null ? null : String(k);
    // Who compares rounds goes on to the same samples of the next prompt, shown in the same way.
    const kept = isAcrossRounds(view) ? { prompt: promptId } : { prompt: promptId, left, right: null };
    put(item, isStep ? kept : { ...CLOSED, prompt: promptId, left });
  };
  // Who closes the comparison goes on at what was compared last.
  useDidUpdate(() => {
    if (!view.prompt) grid.move(0, 0);
  }, [view.prompt]);
  const isWaiting = props.total === undefined || (total > 0 && rowAt(Math.min(first, total - 1)) === undefined);
  return (
    <Stack gap="xs" aria-busy={isWaiting && !blocks.error}>
      <QueryProblem error={blocks.error} onRetry={blocks.retry} />
      <Group justify="space-between" gap="xs" mih={26}>
        <Span what={what} total={props.total} first={first} end={end} />
        <PlayClips />
      </Group>
      {props.total === 0 && (
        <EmptyState title={isFiltered(view) ? `No ${what.slice(0, -1)} matches` : "No samples yet"}>
          {isFiltered(view) ? "Change the filter." : "Log them with the mutation logSamples."}
        </EmptyState>
      )}
      <div style={shape.style} hidden={props.total === 0}>
        <VirtualGrid
          label="Samples"
          lines={lines}
          scroll={scroll}
          width={shape.width}
          gap={shape.gap}
          viewRef={viewRef}
          onKeyDown={grid.onKeyDown}
          onDrawn={blocks.want}
        >
          {(item) => {
            const row = rowAt(item);
            if (row === undefined) return <div className={classes.awaited} />;
            return props.children(row, {
              item,
              stop: grid.place.item === item ? grid.place.column : null,
              onOpen: (opening) => open(item, opening),
              onFocus: (column) => grid.setPlace({ item, column }),
            });
          }}
        </VirtualGrid>
      </div>
      <Opened page={props} rowAt={rowAt} openingOf={openingOf} promptRowOf={promptRowOf} open={open} />
    </Stack>
  );
}
