"use client";
import { useMutation } from "@apollo/client/react";
import { Alert, Anchor, Card, Group, Stack, Text, Title } from "@mantine/core";
import Link from "next/link";
import { count, decimal, percent } from "../../../shared/format/number.ts";
import { type Fact, Facts } from "../../components/Facts.tsx";
import { JobProgress } from "../../components/JobProgress.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { STRATEGY_WORDS } from "../../components/strategyWords.ts";
import { CANCEL_JOB } from "../../graphql/cancelJob.graphql.ts";
import { useMayChange } from "../../graphql/useViewer.ts";
import { aucText, type RewardModel } from "./prepareRounds.ts";

function quality(model: RewardModel): Fact[] {
  if (model.heldOutAuc == null) return [];
  const n = model.heldOutCount == null ? "" : ` (n = ${count(model.heldOutCount)})`;
  return [
    { label: `Held-out AUC${n}`, value: <b>{aucText(model)}</b> },
    { label: "Accuracy", value: model.heldOutAccuracy == null ? "–" : percent(model.heldOutAccuracy) },
    { label: "Calibration error (ECE)", value: decimal(model.heldOutEce) },
  ];
}

/** A reward model: what it is worth on held-out items and what its job is doing; its page has the rest. */
export function RewardModelCard({ model, roundIndex }: { model: RewardModel; roundIndex: number }) {
  const mayCancel = useMayChange();
  const [cancel, { loading, error }] = useMutation(CANCEL_JOB);
  const { job } = model;
  const live = job && (job.state === "QUEUED" || job.state === "RUNNING") ? job : null;
  const onCancel = mayCancel && live ? () => void cancel({ variables: { id: live.id } }).catch(() => null) : undefined;
  return (
    <Card withBorder component="article" aria-label={`Reward model ${model.name} of round ${roundIndex}`}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" align="start">
          <div>
            <Title order={3} size="h5" style={{ overflowWrap: "anywhere" }}>
              <Anchor component={Link} href={`/reward-models/${model.id}`} inherit>
                {model.name}
              </Anchor>
            </Title>
            <Text size="xs" c="dimmed">
              round {roundIndex}, {STRATEGY_WORDS[model.strategy]}
            </Text>
          </div>
          <StateBadge state={model.state} />
        </Group>
        {live && <JobProgress job={live} onCancel={onCancel} cancelling={loading} />}
        {(job?.state === "FAILED" || error) && (
          <Alert color="red" title={error ? "Could not be cancelled" : "Training failed"}>
            {error?.message ?? job?.error}
          </Alert>
        )}
        {model.heldOutAuc != null && <Facts facts={quality(model)} />}
      </Stack>
    </Card>
  );
}
