"use client";
import { useMutation } from "@apollo/client/react";
import { Alert, Anchor, Card, Code, Group, Stack, Text, Title } from "@mantine/core";
import Link from "next/link";
import { duration } from "../../../shared/format/number.ts";
import { JobProgress } from "../../components/JobProgress.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { CANCEL_JOB } from "../../graphql/cancelJob.graphql.ts";
import type { JobFieldsFragment } from "../../graphql/generated/graphql.ts";

export type Job = JobFieldsFragment;

/** TRAIN_REWARD_MODEL -> "Train reward model". */
const titleOf = (kind: string): string =>
  kind
    .toLowerCase()
    .replaceAll("_", " ")
    .replace(/^./, (c) => c.toUpperCase());

function secondsOf(job: Job): number | null {
  if (!job.startedAt) return null;
  const end = job.finishedAt ? new Date(job.finishedAt).getTime() : Date.now();
  return Math.max(0, (end - new Date(job.startedAt).getTime()) / 1000);
}

function Particulars({ job }: { job: Job }) {
  const seconds = secondsOf(job);
  return (
    <Text size="sm" c="dimmed">
      <RelativeTime time={job.createdAt} />
      {seconds === null ? " · not started" : ` · ${duration(seconds)}`}
      {` · ${job.attempts === 1 ? "1 attempt" : `${job.attempts} attempts`} · ${job.worker ?? "no worker yet"}`}
      {typeof job.input.roundId === "string" && (
        <>
          {" · "}
          <Anchor component={Link} href={`/rounds/${job.input.roundId}`} inherit underline="always">
            its round
          </Anchor>
        </>
      )}
    </Text>
  );
}

/** One job: its state, how far it is, who runs it, and what its worker said. */
export function JobCard({ job, mayCancel }: { job: Job; mayCancel: boolean }) {
  const [cancel, { loading, error }] = useMutation(CANCEL_JOB, { variables: { id: job.id } });
  const live = job.state === "QUEUED" || job.state === "RUNNING";
  const title = titleOf(job.kind);
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
            onCancel={mayCancel ? () => void cancel().catch(() => null) : undefined}
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
