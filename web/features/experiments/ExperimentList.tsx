"use client";
import { useQuery } from "@apollo/client/react";
import { Anchor, Box, Button, Checkbox, Code, Group, NativeSelect, Stack, Text } from "@mantine/core";
import Link from "next/link";
import { useState } from "react";
import { count, decimal } from "../../../shared/format/number.ts";
import {
  compareAddress,
  MOST_SUBJECTS,
  type Subject,
  subjectsOf,
  subjectsText,
} from "../../components/compareAddress.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { PageHeader } from "../../components/PageHeader.tsx";
import { Pager, pageVariables } from "../../components/Pager.tsx";
import { QueryProblem, QueryState } from "../../components/QueryState.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { type Column, ResponsiveTable } from "../../components/ResponsiveTable.tsx";
import { SearchInput } from "../../components/SearchInput.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { type UrlState, useUrlState } from "../../components/useUrlState.ts";
import type { ExperimentOrder, ExperimentStatus, ExperimentsQuery } from "../../graphql/generated/graphql.ts";
import { JOBS_LIVE } from "../../graphql/live.graphql.ts";
import { useLive } from "../../graphql/useLive.ts";
import { EXPERIMENTS } from "./ExperimentList.graphql.ts";

const PAGE = 25;
const KEYS = ["search", "status", "order", "after", "before", "picked"] as const;
type View = UrlState<(typeof KEYS)[number]>;
type Row = ExperimentsQuery["experiments"]["nodes"][number];
const FIRST_PAGE = { after: null, before: null };

/** Held-out AUC of the newest trained model of the newest round that has one. */
function latestAuc(experiment: Row): number | null {
  const trained = experiment.rounds.flatMap((round) => round.rewardModels).filter((m) => m.heldOutAuc != null);
  return trained.at(-1)?.heldOutAuc ?? null;
}

/** Which experiments are marked to be compared. */
interface Picking {
  picked: readonly Subject[];
  onPick(picked: readonly Subject[]): void;
}

function NameCell({ row, picked, onPick }: Picking & { row: Row }) {
  const others = picked.filter(({ id }) => id !== row.id);
  const isPicked = others.length < picked.length;
  return (
    <Group wrap="nowrap" align="start" gap="sm">
      <Checkbox
        aria-label={`Compare ${row.name}`}
        checked={isPicked}
        disabled={!isPicked && picked.length >= MOST_SUBJECTS}
        onChange={() => onPick(isPicked ? others : [...picked, { kind: "EXPERIMENT", id: row.id }])}
      />
      <Box fw={400}>
        <Anchor component={Link} href={`/experiments/${row.id}`} fw={600} style={{ overflowWrap: "anywhere" }}>
          {row.name}
        </Anchor>
        <Text size="sm" c="dimmed" lineClamp={2} maw={560}>
          {row.description}
        </Text>
      </Box>
    </Group>
  );
}

const columnsOf = (picking: Picking): [Column<Row>, ...Column<Row>[]] => [
  { label: "Experiment", cell: (row) => <NameCell row={row} {...picking} /> },
  { label: "Status", cell: (row) => <StateBadge state={row.status} /> },
  { label: "Rounds", number: true, cell: (row) => row.rounds.length },
  { label: "Samples", number: true, cell: (row) => count(row.rounds.reduce((sum, r) => sum + r.sampleCount, 0)) },
  { label: "K", number: true, cell: (row) => row.k },
  { label: "Latest AUC", number: true, cell: (row) => decimal(latestAuc(row)) },
  { label: "Encoder", cell: (row) => <Box style={{ whiteSpace: "nowrap" }}>{row.encoder}</Box> },
  { label: "Created", cell: (row) => <RelativeTime time={row.createdAt} /> },
];

function Controls({ view, change }: { view: View; change(to: Partial<View>): void }) {
  return (
    <Group gap="sm" align="end">
      <SearchInput
        aria-label="Search experiments"
        placeholder="Search name or description"
        value={view.search}
        onSearch={(search) => change({ ...FIRST_PAGE, search })}
        w={{ base: "100%", xs: 260 }}
      />
      <NativeSelect
        aria-label="Status"
        value={view.status ?? ""}
        data={[
          { value: "", label: "Any status" },
          { value: "DRAFT", label: "Draft" },
          { value: "RUNNING", label: "Running" },
          { value: "COMPLETED", label: "Completed" },
        ]}
        onChange={(event) => change({ ...FIRST_PAGE, status: event.currentTarget.value || null })}
      />
      <NativeSelect
        aria-label="Order"
        value={view.order ?? "NEWEST"}
        data={[
          { value: "NEWEST", label: "Newest first" },
          { value: "OLDEST", label: "Oldest first" },
          { value: "NAME", label: "By name" },
        ]}
        onChange={(event) => {
          const order = event.currentTarget.value;
          change({ ...FIRST_PAGE, order: order === "NEWEST" ? null : order });
        }}
      />
    </Group>
  );
}

/** What becomes of the marks; they stay while the list is searched and paged. */
function Picked({ picked, onPick }: Picking) {
  if (picked.length === 0) return null;
  return (
    <Group gap="xs" component="section" aria-label="Marked experiments">
      <Button component={Link} href={compareAddress(picked)} size="compact-md">
        Compare {picked.length === 1 ? "1 experiment" : `${picked.length} experiments`}
      </Button>
      <Button size="compact-md" variant="default" onClick={() => onPick([])}>
        Clear the marks
      </Button>
    </Group>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  if (filtered) return <EmptyState title="No experiment matches">Change the search or the status.</EmptyState>;
  return (
    <EmptyState title="No experiments yet">
      Run <Code>npm run demo</Code>, import a folder of images with <Code>npm run import</Code>, or send the mutation{" "}
      <Code>createExperiment</Code> in the{" "}
      <Anchor href="/graphql" inherit underline="always">
        API explorer
      </Anchor>
      .
    </EmptyState>
  );
}

export function ExperimentList() {
  const { state: view, change } = useUrlState(KEYS);
  const { data, previousData, loading, error, refetch } = useQuery(EXPERIMENTS, {
    variables: {
      ...pageVariables(view, PAGE),
      search: view.search,
      status: view.status as ExperimentStatus | null,
      orderBy: view.order as ExperimentOrder | null,
    },
    fetchPolicy: "cache-and-network",
  });
  useLive(JOBS_LIVE, { refetch });
  // A mark shows at once; the address follows.
  const [picked, setPicked] = useState(() => subjectsOf(view.picked));
  const onPick = (to: readonly Subject[]) => {
    setPicked([...to]);
    change({ picked: subjectsText(to) || null });
  };
  const experiments = (data ?? previousData)?.experiments;
  return (
    <Stack>
      <PageHeader title="Experiments">
        <Controls view={view} change={change} />
      </PageHeader>
      {!experiments && <QueryState error={error} onRetry={refetch} />}
      {experiments && (
        <Stack aria-busy={loading && !data}>
          <QueryProblem error={error} onRetry={refetch} />
          <Picked picked={picked} onPick={onPick} />
          {experiments.nodes.length === 0 && <Nothing filtered={Boolean(view.search || view.status)} />}
          {experiments.nodes.length > 0 && (
            <ResponsiveTable
              label="Experiments"
              columns={columnsOf({ picked, onPick })}
              rows={experiments.nodes}
              keyOf={(row) => row.id}
            />
          )}
          <Pager pageInfo={experiments.pageInfo} onMove={(to) => change({ ...to }, "push")}>
            {experiments.nodes.length > 0 && `${experiments.nodes.length} of ${count(experiments.totalCount)}`}
          </Pager>
        </Stack>
      )}
    </Stack>
  );
}
