"use client";
import { Button, Group, Progress, Text } from "@mantine/core";
import { duration } from "../../shared/format/number.ts";
import { secondsLeft } from "./secondsLeft.ts";

interface JobProgressProps {
  job: {
    state: string;
    progress: number;
    progressMessage: string;
    startedAt?: string | null;
    cancelRequestedAt?: string | null;
  };
  /** Absent where the reader may not cancel. */
  onCancel?(): void;
  cancelling?: boolean;
}

/** A job under way: how far, what now, how long still, and the way to stop it. */
export function JobProgress({ job, onCancel, cancelling }: JobProgressProps) {
  const left = secondsLeft(job, Date.now());
  const stopping = cancelling || job.cancelRequestedAt != null;
  return (
    <div>
      <Group justify="space-between" gap="xs" mb={4}>
        <Text size="sm" role="status">
          {job.state === "QUEUED" ? "Waiting for a worker" : job.progressMessage || "Starting"}
          {stopping && job.state === "RUNNING" && ", stopping"}
        </Text>
        <Group gap="xs">
          <Text size="sm" c="dimmed" style={{ fontVariantNumeric: "tabular-nums" }}>
            {Math.round(100 * job.progress)}%{left !== null && `, about ${duration(left)} left`}
          </Text>
          {onCancel && (
            <Button size="compact-sm" color="red" variant="default" loading={stopping} onClick={onCancel}>
              Cancel
            </Button>
          )}
        </Group>
      </Group>
      <Progress value={100 * job.progress} aria-label="Progress" />
    </div>
  );
}
