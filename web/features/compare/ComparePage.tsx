"use client";
import { useQuery } from "@apollo/client/react";
import { Alert, Anchor, Button, Group, Stack } from "@mantine/core";
import Link from "next/link";
import { type Subject, subjectsOf, subjectsText } from "../../components/compareAddress.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ReportButton } from "../../components/export/ReportButton.tsx";
import { PageHeader } from "../../components/PageHeader.tsx";
import { QueryProblem, QueryState } from "../../components/QueryState.tsx";
import { type UrlState, useUrlState } from "../../components/useUrlState.ts";
import { JOBS_LIVE } from "../../graphql/live.graphql.ts";
import { useLive } from "../../graphql/useLive.ts";
import { COMPARISON } from "./ComparePage.graphql.ts";
import { ComparisonCharts } from "./ComparisonCharts.tsx";
import { ComparisonTable } from "./ComparisonTable.tsx";
import { type Comparison, preparePlots, prepareTable } from "./prepareComparison.ts";
import { SettingsDiff } from "./SettingsDiff.tsx";
import { AddSubject, Baseline, Chosen, PublishedTables } from "./SubjectChooser.tsx";

const KEYS = ["subjects", "with", "paper", "settings"] as const;
type View = UrlState<(typeof KEYS)[number]>;
type Change = (to: Partial<View>, how?: "push" | "replace") => void;
/** Between names of published tables in the address. */
const BETWEEN = ".";

interface ComparedProps {
  comparison: Comparison;
  view: View;
  change: Change;
}

function Compared({ comparison, view, change }: ComparedProps) {
  const table = prepareTable(comparison);
  return (
    <>
      <PublishedTables
        shown={view.paper?.split(BETWEEN) ?? []}
        onChange={(names) => change({ paper: names.join(BETWEEN) || null })}
      />
      {table.columns.length === 0 ? (
        <EmptyState title="Nothing was measured yet">
          Rounds get metrics by measureRound or logMetrics, reward models when they are trained.
        </EmptyState>
      ) : (
        <ComparisonTable table={table} />
      )}
      <ComparisonCharts plots={preparePlots(comparison)} />
      <SettingsDiff
        comparison={comparison}
        all={view.settings === "all"}
        onAll={(all) => change({ settings: all ? "all" : null })}
      />
    </>
  );
}

/** What was asked for and is not there, with a way to go on without it. */
function Missing({ comparison, onForget }: { comparison: Comparison; onForget(ids: readonly string[]): void }) {
  const { missing } = comparison;
  if (missing.length === 0) return null;
  return (
    <Alert color="orange" title={missing.length === 1 ? "One is not there" : `${missing.length} are not there`}>
      <Group justify="space-between">
        <span style={{ overflowWrap: "anywhere" }}>There is nothing (any more) with {missing.join(", ")}.</span>
        <Button size="compact-sm" variant="default" onClick={() => onForget(missing)}>
          Go on without
        </Button>
      </Group>
    </Alert>
  );
}

const Nothing = () => (
  <EmptyState title="Nothing is chosen yet">
    Find experiments, rounds, policies or reward models above, or mark experiments in{" "}
    <Anchor component={Link} href="/" inherit underline="always">
      their list
    </Anchor>
    . What is compared stands in this page's address, so a link shows the same.
  </EmptyState>
);

/** Any experiments, rounds, policies and reward models side by side. */
export function ComparePage() {
  const { state: view, change } = useUrlState(KEYS);
  const chosen = subjectsOf(view.subjects);
  const { data, previousData, error, loading, refetch } = useQuery(COMPARISON, {
    variables: {
      subjects: chosen.map(({ kind, id }) => ({ kind, id })),
      baselineId: chosen.some(({ id }) => id === view.with) ? view.with : null,
      reportedTables: view.paper?.split(BETWEEN) ?? [],
    },
    skip: chosen.length === 0,
    fetchPolicy: "cache-and-network",
  });
  useLive(JOBS_LIVE, { refetch, skip: chosen.length === 0 });
  const comparison = chosen.length === 0 ? undefined : (data ?? previousData)?.comparison;
  const choose = (subjects: readonly Subject[]) => change({ subjects: subjectsText(subjects) || null }, "push");
  const without = (ids: readonly string[]) => choose(chosen.filter(({ id }) => !ids.includes(id)));
  return (
    <Stack gap="lg">
      <PageHeader title="Compare">{comparison && <ReportButton title="Comparison" />}</PageHeader>
      {comparison && <Chosen subjects={comparison.subjects} onRemove={(id) => without([id])} />}
      <Group align="start" gap="lg">
        <div style={{ flex: "1 1 320px" }}>
          <AddSubject chosen={chosen} onAdd={(subject) => choose([...chosen, subject])} />
        </div>
        {comparison && <Baseline comparison={comparison} onChange={(id) => change({ with: id })} />}
      </Group>
      {chosen.length === 0 && <Nothing />}
      {chosen.length > 0 && !comparison && <QueryState error={error} onRetry={refetch} />}
      {comparison && (
        <Stack gap="lg" aria-busy={loading && !data}>
          <QueryProblem error={error} onRetry={refetch} />
          <Missing comparison={comparison} onForget={without} />
          {comparison.subjects.length > 0 && <Compared comparison={comparison} view={view} change={change} />}
        </Stack>
      )}
    </Stack>
  );
}
