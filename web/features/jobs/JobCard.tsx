"use client";
import { useMutation } from "@apollo/client/react";
import { Alert, Anchor, Button, Card, Code, Group, Stack, Text, Title } from "@mantine/core";
import Link from "next/link";
import { JobProgress } from "../../components/JobProgress.tsx";
import { addressOfWork, jobTitle } from "../../components/jobSubject.ts";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { CANCEL_JOB } from "../../graphql/cancelJob.graphql.ts";
import { JOB, JOBS, RETRY_JOB } from "./JobList.graphql.ts";
import { type Job, timesOf, workerOf } from "./prepareJob.ts";

function Particulars({ job }: { job: Job }) {
  const { round } = job;
  return (
    <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
      <RelativeTime time={job.createdAt} />
      {` · ${timesOf(job, Date.now())} · ${job.attempts === 1 ? "1 attempt" : `${job.attempts} attempts`} · ${workerOf(job)}`}
      {round && (
        <>
          {" · "}
          <Anchor component={Link} href={`/rounds/${round.id}`} inherit underline="always">
            {round.experiment.name}, round {round.index}
          </Anchor>
        </>
      )}
    </Text>
  );
}

/** Of a lost job: the job that does its work again, or the way to make one. */
function Retry({ job, mayRetry }: { job: Job; mayRetry: boolean }) {
  const [retry, { loading, error }] = useMutation(RETRY_JOB, {
    variables: { id: job.id },
    refetchQueries: [JOBS, JOB],
  });
  const again = job.retriedAs;
  if (again)
    return (
      <Text size="sm">
        Tried again:{" "}
        <Anchor component={Link} href={`/jobs?job=${again.id}`} inherit underline="always">
          {again.state.toLowerCase()}
        </Anchor>
      </Text>
    );
  if (!mayRetry) return null;
  return (
    <>
      <Group gap="sm">
        <Button
          size="compact-sm"
          variant="default"
          loading={loading}
          onClick={() => void retry().catch(() => null)}
          aria-label={`Try again: ${jobTitle(job.kind)}`}
        >
          Try again
        </Button>
        <Text size="xs" c="dimmed">
          Goes on from its last checkpoint, if it has one.
        </Text>
      </Group>
      {error && (
        <Alert color="red" title="Could not be tried again" role="alert">
          {error.message}
        </Alert>
      )}
    </>
  );
}

/** One job: its state, how far it is, who runs it, and what its worker said. */
export function JobCard({ job, mayChange }: { job: Job; mayChange: boolean }) {
  const [cancel, { loading, error }] = useMutation(CANCEL_JOB, { variables: { id: job.id } });
  const live = job.state === "QUEUED" || job.state === "RUNNING";
  const title = jobTitle(job.kind);
  return (
    <Card withBorder component="article" aria-label={`${title}, ${job.state.toLowerCase()}`} p="sm">
      <Stack gap={6}>
        <Group justify="space-between" gap={4}>
          <Group gap="sm">
            <Title order={2} size="h5">
              {title}
            </Title>
            <StateBadge state={job.state} />
          </Group>
          <Particulars job={job} />
        </Group>
        {live ? (
          <JobProgress
            job={job}
            onCancel={mayChange ? () => void cancel().catch(() => null) : undefined}
            cancelling={loading}
          />
        ) : (
          job.progressMessage && <Text size="sm">{job.progressMessage}</Text>
        )}
        {error && (
          <Alert color="red" title="Could not be cancelled" role="alert">
            {error.message}
          </Alert>
        )}
        {job.error && (
          <Alert color="red" title={job.state === "FAILED" ? "Failed" : "The last attempt failed"}>
            {job.error}
          </Alert>
        )}
        {(job.state === "FAILED" || job.state === "CANCELLED") && <Retry job={job} mayRetry={mayChange} />}
        {job.state === "SUCCEEDED" && (
          <Anchor component={Link} href={addressOfWork(job)} size="sm">
            What it made
          </Anchor>
        )}
        {job.logTail && (
          <details>
            <summary>
              <Text span size="sm">
                Log
              </Text>
            </summary>
            <Code block tabIndex={0} mt={6} mah={320} aria-label={`Log of ${title}`} role="region">
              {job.logTail}
            </Code>
          </details>
        )}
      </Stack>
    </Card>
  );
}
