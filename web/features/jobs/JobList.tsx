"use client";
import { useQuery } from "@apollo/client/react";
import { NativeSelect, Stack } from "@mantine/core";
import { count } from "../../../shared/format/number.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { PageHeader } from "../../components/PageHeader.tsx";
import { Pager, pageVariables } from "../../components/Pager.tsx";
import { QueryProblem, QueryState } from "../../components/QueryState.tsx";
import { useUrlState } from "../../components/useUrlState.ts";
import type { JobState } from "../../graphql/generated/graphql.ts";
import { JOBS_LIVE } from "../../graphql/live.graphql.ts";
import { useLive } from "../../graphql/useLive.ts";
import { useMayChange } from "../../graphql/useViewer.ts";
import { JobCard } from "./JobCard.tsx";
import { JOBS } from "./JobList.graphql.ts";
import { OneJob } from "./OneJob.tsx";
import { Workers } from "./Workers.tsx";

const PAGE = 25;
const KEYS = ["state", "after", "before"] as const;
const STATES = [
  { value: "", label: "Any state" },
  { value: "QUEUED", label: "Queued" },
  { value: "RUNNING", label: "Running" },
  { value: "SUCCEEDED", label: "Succeeded" },
  { value: "FAILED", label: "Failed" },
  { value: "CANCELLED", label: "Cancelled" },
];

/** All jobs, or the one that the address names. */
export function Jobs() {
  const { state } = useUrlState(["job"]);
  return state.job ? <OneJob id={state.job} /> : <JobList />;
}

function JobList() {
  const { state: view, change } = useUrlState(KEYS);
  const mayChange = useMayChange();
  const { data, previousData, error, refetch } = useQuery(JOBS, {
    variables: { ...pageVariables(view, PAGE), state: view.state as JobState | null },
    fetchPolicy: "cache-and-network",
  });
  useLive(JOBS_LIVE, { refetch });
  const jobs = (data ?? previousData)?.jobs;
  return (
    <Stack>
      <PageHeader title="Jobs">
        <NativeSelect
          aria-label="State"
          value={view.state ?? ""}
          data={STATES}
          onChange={(event) => change({ state: event.currentTarget.value || null, after: null, before: null })}
        />
      </PageHeader>
      <Workers />
      {!jobs && <QueryState error={error} onRetry={refetch} />}
      {jobs && (
        <Stack gap="sm" aria-busy={!data}>
          <QueryProblem error={error} onRetry={refetch} />
          {jobs.nodes.length === 0 && (
            <EmptyState title={view.state ? `No job is ${view.state.toLowerCase()}` : "No jobs yet"}>
              {view.state ? "Choose another state." : "Training or scoring a round's samples starts one."}
            </EmptyState>
          )}
          {jobs.nodes.map((job) => (
            <JobCard key={job.id} job={job} mayChange={mayChange} />
          ))}
          <Pager pageInfo={jobs.pageInfo} onMove={(to) => change({ ...to }, "push")}>
            {jobs.nodes.length > 0 && `${jobs.nodes.length} of ${count(jobs.totalCount)}`}
          </Pager>
        </Stack>
      )}
    </Stack>
  );
}
