"use client";
import { useQuery } from "@apollo/client/react";
import { Stack } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import dynamic from "next/dynamic";
import type { CSSProperties } from "react";
import { count } from "../../../shared/format/number.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { type PageInfo, Pager, type Place, pageVariables } from "../../components/Pager.tsx";
import { QueryProblem, QueryState } from "../../components/QueryState.tsx";
import { MOST_TILES, PromptCard } from "./PromptCard.tsx";
import { PROMPT_COUNT, PROMPT_ROWS } from "./RoundPage.graphql.ts";
import { type ChangeView, CLOSED, type PromptRow, type RoundView } from "./roundView.ts";
import classes from "./SampleGrid.module.css";
import { useGridFocus } from "./useGridFocus.ts";

const CompareDialog = dynamic(() => import("./CompareDialog.tsx").then((module) => module.CompareDialog));

const PAGE = 24;
/** Stands for "no model" in a query that wants an id: no row has it. */
const NO_MODEL = "00000000-0000-0000-0000-000000000000";
/** Tiles beside each other that a prompt asks room for; more wrap. */
const WIDEST = 8;

interface SampleGridProps {
  roundId: string;
  /** Whose rewards order the samples. */
  model: string | null;
  k: number;
  view: RoundView;
  change: ChangeView;
  /** Whether letters are shortcuts. */
  letters: boolean;
}

function usePromptRows({ roundId: id, model, view }: SampleGridProps) {
  const filter = { id, search: view.search, promptTag: view.tag };
  const { data, previousData, error, loading, refetch } = useQuery(PROMPT_ROWS, {
    variables: { ...filter, model: model ?? NO_MODEL, ...pageVariables(view, PAGE) },
    fetchPolicy: "cache-and-network",
  });
  const { data: counted } = useQuery(PROMPT_COUNT, { variables: filter });
  const rows = (data ?? previousData)?.round?.promptRows;
  return { rows, total: counted?.round?.promptRows.totalCount, error, isOld: loading && !data, refetch };
}

/** The comparison of the prompt that the address names, if it is on this page. */
function Comparison({
  rows,
  view,
  change,
  letters,
}: Pick<SampleGridProps, "view" | "change" | "letters"> & { rows: PromptRow[] }) {
  const at = rows.findIndex(({ prompt }) => prompt.id === view.prompt);
  const row = rows[at];
  if (!row) return null;
  const to = (other: PromptRow | undefined) => other && (() => change({ ...CLOSED, prompt: other.prompt.id }));
  return (
    <CompareDialog
      key={row.prompt.id}
      row={row}
      view={view}
      change={change}
      letters={letters}
      onPrevious={to(rows[at - 1]) ?? null}
      onNext={to(rows[at + 1]) ?? null}
      onClose={() => change(CLOSED)}
    />
  );
}

/** Where the page before or after this one begins; null where there is none. */
function neighbour(pageInfo: PageInfo, direction: 1 | -1): Place | null {
  if (direction === 1) return pageInfo.hasNextPage ? { after: pageInfo.endCursor ?? null, before: null } : null;
  return pageInfo.hasPreviousPage ? { before: pageInfo.startCursor ?? null, after: null } : null;
}

/** Prompts times K, sorted by reward; a page at a time, by pointer or by keys. */
export function SampleGrid(props: SampleGridProps) {
  const { k, view, change, letters } = props;
  const { rows, total, error, isOld, refetch } = usePromptRows(props);
  const nodes = rows?.nodes ?? [];
  const turn = (direction: 1 | -1): boolean => {
    const place = rows && neighbour(rows.pageInfo, direction);
    if (place) change({ ...place }, "push");
    return Boolean(place);
  };
  const grid = useGridFocus({
    rowLengths: nodes.map((row) => Math.min(row.samples.length, MOST_TILES)),
    page: nodes[0]?.prompt.id ?? "",
    onLeave: turn,
  });
  useHotkeys(
    letters && !view.prompt
      ? [
          ["j", () => grid.move(1, 0)],
          ["k", () => grid.move(-1, 0)],
          ["l", () => grid.move(0, 1)],
          ["h", () => grid.move(0, -1)],
          ["n", () => void turn(1)],
          ["p", () => void turn(-1)],
        ]
      : [],
  );
  if (!rows) return <QueryState error={error} onRetry={refetch} />;
  const open = (row: PromptRow, first: number | null) =>
    change({ prompt: row.prompt.id, left: first === null ? null : String(first), right: null });
  return (
    <Stack aria-busy={isOld}>
      <QueryProblem error={error} onRetry={refetch} />
      {nodes.length === 0 && (
        <EmptyState title={view.search || view.tag ? "No prompt matches" : "No samples yet"}>
          {view.search || view.tag ? "Change the filter." : "Log them with the mutation logSamples."}
        </EmptyState>
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrows move the focus among the buttons inside */}
      <div
        ref={grid.ref}
        className={classes.grid}
        style={{ "--columns": Math.min(k, WIDEST) } as CSSProperties}
        onKeyDown={grid.onKeyDown}
      >
        {nodes.map((row, index) => (
          <PromptCard
            key={row.prompt.id}
            row={row}
            index={index}
            stop={grid.place.row === index ? grid.place.column : null}
            onOpen={(first) => open(row, first)}
            onFocus={(column) => grid.setPlace({ row: index, column })}
          />
        ))}
      </div>
      <Pager pageInfo={rows.pageInfo} onMove={(place) => change({ ...place }, "push")} busy={isOld}>
        {nodes.length > 0 && `${nodes.length} of ${total === undefined ? "…" : count(total)} prompts`}
      </Pager>
      <Comparison rows={nodes} view={view} change={change} letters={letters} />
    </Stack>
  );
}
