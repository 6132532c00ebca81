"use client";
import { useQuery } from "@apollo/client/react";
import { Anchor, Button, Stack } from "@mantine/core";
import Link from "next/link";
import { count } from "../../../shared/format/number.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { PageHeader } from "../../components/PageHeader.tsx";
import { Pager, pageVariables } from "../../components/Pager.tsx";
import { QueryProblem, QueryState } from "../../components/QueryState.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { type Column, ResponsiveTable } from "../../components/ResponsiveTable.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { useUrlState } from "../../components/useUrlState.ts";
import type { StudiesQuery } from "../../graphql/generated/graphql.ts";
import { useMayChange } from "../../graphql/useViewer.ts";
import { STUDIES } from "./StudyList.graphql.ts";

type Row = StudiesQuery["studies"]["nodes"][number];

const PAGE = 50;
const KEYS = ["after", "before"] as const;

const COLUMNS: [Column<Row>, ...Column<Row>[]] = [
  {
    label: "Study",
    cell: ({ id, name }) => (
      <Anchor component={Link} href={`/studies/${id}`} inherit>
        {name}
      </Anchor>
    ),
  },
  { label: "State", cell: ({ state }) => <StateBadge state={state} /> },
  { label: "Compares", cell: ({ arms }) => arms.map(({ name }) => name).join(", ") },
  { label: "Pairs", number: true, cell: ({ progress }) => count(progress.items) },
  {
    label: "Finished",
    number: true,
    cell: ({ progress }) => `${count(progress.finished)} of ${count(progress.joined)}`,
  },
  {
    label: "Votes",
    number: true,
    cell: ({ progress }) => `${count(progress.votes)} of ${count(progress.votesWanted)}`,
  },
  { label: "Created", cell: ({ createdAt }) => <RelativeTime time={createdAt} /> },
];

/** Every user study, newest first. */
export function StudyList() {
  const { state, change } = useUrlState(KEYS);
  const mayChange = useMayChange();
  const { data, previousData, error, refetch } = useQuery(STUDIES, {
    variables: pageVariables({ after: state.after ?? null, before: state.before ?? null }, PAGE),
    fetchPolicy: "cache-and-network",
  });
  const studies = (data ?? previousData)?.studies;
  return (
    <Stack>
      <PageHeader title="User studies">
        {mayChange && (
          <Button component={Link} href="/studies/new">
            New study
          </Button>
        )}
      </PageHeader>
      <QueryProblem error={studies ? error : undefined} onRetry={refetch} />
      {!studies && <QueryState error={error} onRetry={refetch} />}
      {studies?.nodes.length === 0 && (
        <EmptyState title="No study yet">
          A study asks volunteers which of two images of a prompt they prefer: policies of two rounds, or a first sample
          against the best of K.
        </EmptyState>
      )}
      {studies && studies.nodes.length > 0 && (
        <>
          <ResponsiveTable label="User studies" columns={COLUMNS} rows={studies.nodes} keyOf={({ id }) => id} />
          <Pager pageInfo={studies.pageInfo} onMove={change} />
        </>
      )}
    </Stack>
  );
}
