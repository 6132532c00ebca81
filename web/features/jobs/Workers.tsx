"use client";
import { useQuery } from "@apollo/client/react";
import { Anchor, Card, Code, Stack, Text, Title } from "@mantine/core";
import Link from "next/link";
import { jobTitle } from "../../components/jobSubject.ts";
import { QueryProblem } from "../../components/QueryState.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { type Column, ResponsiveTable } from "../../components/ResponsiveTable.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import type { WorkersQuery } from "../../graphql/generated/graphql.ts";
import { machineOf, workersInWords } from "./prepareJob.ts";
import { WORKERS } from "./Workers.graphql.ts";

type Worker = WorkersQuery["workers"][number];

/** Workers come and go, and are heard of, without an event. */
const POLL_MS = 10_000;

const COLUMNS: [Column<Worker>, ...Column<Worker>[]] = [
  { label: "Worker", cell: ({ name }) => <span style={{ overflowWrap: "anywhere" }}>{name}</span> },
  { label: "State", cell: ({ state }) => <StateBadge state={state} /> },
  {
    label: "Job",
    cell: ({ job }) =>
      job ? (
        <Anchor component={Link} href={`/jobs?job=${job.id}`} inherit underline="always">
          {jobTitle(job.kind)} {Math.round(100 * job.progress)}%
        </Anchor>
      ) : (
        "–"
      ),
  },
  { label: "Computes on", cell: (worker) => machineOf(worker) || "–" },
  { label: "Heard of", cell: ({ heardAt }) => <RelativeTime time={heardAt} /> },
  { label: "Here since", cell: ({ since }) => <RelativeTime time={since} /> },
];

/** Which workers there are, idle ones too, and what each has to do. */
export function Workers() {
  const { data, error, refetch } = useQuery(WORKERS, {
    fetchPolicy: "cache-and-network",
    pollInterval: POLL_MS,
    skipPollAttempt: () => document.hidden,
  });
  const workers = data?.workers;
  if (!workers) return <QueryProblem error={error} onRetry={refetch} />;
  return (
    <Stack gap="xs" component="section" aria-label="Workers">
      <Title order={2} size="h4">
        Workers
      </Title>
      <Text size="sm" c="dimmed">
        {workers.length > 0 ? (
          workersInWords(workers)
        ) : (
          <>
            No worker was heard of in the last five minutes, so jobs wait. <Code>npm run worker</Code> starts one.
          </>
        )}
      </Text>
      {workers.length > 0 && (
        <Card withBorder p="sm">
          <ResponsiveTable label="Workers" columns={COLUMNS} rows={workers} keyOf={({ name }) => name} />
        </Card>
      )}
    </Stack>
  );
}
