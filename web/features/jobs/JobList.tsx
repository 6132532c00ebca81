"use client";
import { useMutation, useQuery } from "@apollo/client/react";
import { Alert, Button, Card, Code, Group, Progress, Spoiler, Stack, Text, Title } from "@mantine/core";
import { ago } from "../../../shared/format/number.ts";
import { QueryState } from "../../components/QueryState.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import type { JobsQuery } from "../../graphql/generated/graphql.ts";
import { CANCEL_JOB, JOBS } from "./JobList.graphql.ts";

type Job = JobsQuery["jobs"]["nodes"][number];
const POLL_MS = 1500;

function seconds(job: Job): string {
  if (!job.startedAt) return "not started";
  const end = job.finishedAt ? new Date(job.finishedAt).getTime() : Date.now();
  return `${((end - new Date(job.startedAt).getTime()) / 1000).toFixed(1)} s`;
}

function JobCard({ job }: { job: Job }) {
  const [cancel, { loading, error }] = useMutation(CANCEL_JOB, { variables: { id: job.id } });
  const live = job.state === "QUEUED" || job.state === "RUNNING";
  return (
    <Card withBorder component="article" aria-label={`${job.kind}, ${job.state}`}>
      <Stack gap="xs">
        <Group justify="space-between">
          <Group>
            <Title order={2} size="h5">
              {job.kind.toLowerCase().replaceAll("_", " ")}
            </Title>
            <StateBadge state={job.state} />
          </Group>
          <Text size="sm" c="dimmed" title={new Date(job.createdAt).toLocaleString()}>
            {ago(job.createdAt)} · {seconds(job)} · attempt {job.attempts} · {job.worker ?? "no worker yet"}
          </Text>
        </Group>
        {live && <Progress value={100 * job.progress} aria-label="Progress" animated={job.state === "RUNNING"} />}
        <Group justify="space-between">
          <Text size="sm">{job.progressMessage}</Text>
          {live && (
            <Button
              size="compact-sm"
              color="red"
              variant="light"
              loading={loading || job.cancelRequestedAt != null}
              onClick={() => void cancel()}
            >
              Cancel
            </Button>
          )}
        </Group>
        {(job.error ?? error) && (
          <Alert color="red" title="Error">
            {job.error ?? error?.message}
          </Alert>
        )}
        {job.logTail && (
          <Spoiler maxHeight={0} showLabel="Show log" hideLabel="Hide log">
            <Code block>{job.logTail}</Code>
          </Spoiler>
        )}
      </Stack>
    </Card>
  );
}

export function JobList() {
  const { data, loading, error } = useQuery(JOBS, { variables: { first: 50 }, pollInterval: POLL_MS });
  return (
    <Stack>
      <Title order={1} size="h2">
        Jobs
      </Title>
      {!data && <QueryState error={error} loading={loading} />}
      {data?.jobs.nodes.length === 0 && <Text c="dimmed">No jobs yet.</Text>}
      {data?.jobs.nodes.map((job) => (
        <JobCard key={job.id} job={job} />
      ))}
    </Stack>
  );
}
