"use client";
import { useQuery } from "@apollo/client/react";
import { Stack } from "@mantine/core";
import { EmptyState } from "../../components/EmptyState.tsx";
import { PageHeader } from "../../components/PageHeader.tsx";
import { QueryProblem, QueryState } from "../../components/QueryState.tsx";
import { useLive } from "../../graphql/useLive.ts";
import { useMayChange } from "../../graphql/useViewer.ts";
import { JobCard } from "./JobCard.tsx";
import { JOB, JOB_LIVE } from "./JobList.graphql.ts";

const ABOVE = [{ href: "/jobs", label: "Jobs" }];

/** A job by itself: what a search or a notice leads to. */
export function OneJob({ id }: { id: string }) {
  const mayChange = useMayChange();
  const { data, error, refetch } = useQuery(JOB, { variables: { id }, fetchPolicy: "cache-and-network" });
  const job = data?.job;
  useLive(JOB_LIVE, { variables: { id }, refetch, skip: !job });
  if (!data) return <QueryState error={error} onRetry={refetch} />;
  return (
    <Stack>
      <PageHeader title="A job" above={ABOVE} />
      <QueryProblem error={error} onRetry={refetch} />
      {job ? <JobCard job={job} mayChange={mayChange} /> : <EmptyState title="There is no job with this address" />}
    </Stack>
  );
}
