"use client";
import { useMutation } from "@apollo/client/react";
import { Alert, Anchor, Card, Group, Stack, Text, Title } from "@mantine/core";
import { bytes, count, decimal, percent } from "../../../shared/format/number.ts";
import { type Fact, Facts } from "../../components/Facts.tsx";
import { JobProgress } from "../../components/JobProgress.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { CANCEL_JOB } from "../../graphql/cancelJob.graphql.ts";
import { useMayChange } from "../../graphql/useViewer.ts";
import { wordsOf } from "./prepareMetrics.ts";
import { aucText, type RewardModel } from "./prepareRounds.ts";
import { RewardModelMetrics } from "./RewardModelMetrics.tsx";

function quality(model: RewardModel): Fact[] {
  if (model.heldOutAuc == null) return [];
  const n = model.heldOutCount == null ? "" : ` (n = ${count(model.heldOutCount)})`;
  return [
    { label: `Held-out AUC${n}`, value: <b>{aucText(model)}</b> },
    { label: "Accuracy", value: model.heldOutAccuracy == null ? "–" : percent(model.heldOutAccuracy) },
    { label: "Calibration error (ECE)", value: decimal(model.heldOutEce) },
  ];
}

const STRATEGIES: Record<RewardModel["strategy"], string> = {
  NAIVE: "naive: the last weights of a run",
  AVERAGE: "average of the run's snapshots",
  VOTING: "voting of the run's snapshots",
  BOOTSTRAP: "bootstrap: trained again on pseudo-labels",
};

/** What a strategy was made of; nothing for models from before it was kept. */
function madeOf({ run, bootstrap }: RewardModel): Fact[] {
  return [
    ...(bootstrap
      ? [{ label: "pseudo-labels", value: `2 × ${count(bootstrap.m)} of a pool of ${count(bootstrap.pool)}` }]
      : []),
    ...(run
      ? [
          {
            label: "training run",
            value: (
              <span title={run.key}>{`${run.key.slice(0, 10)}…, snapshots at ${run.snapshotSteps.join(", ")}`}</span>
            ),
          },
        ]
      : []),
  ];
}

const valueText = (value: unknown): string =>
  typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(4))) : String(value);

/** How the model came to be: enough to make it again. */
function Provenance({ model }: { model: RewardModel }) {
  const settings = Object.entries(model.hyperparameters)
    .flatMap(([key, value]) => (key === "bootstrap" ? Object.entries(value ?? {}) : [[key, value] as const]))
    .filter(([, value]) => value != null)
    .map(([key, value]) => ({ label: wordsOf(key), value: valueText(value) }));
  const files = [
    { label: "RPL weights", file: model.weights },
    { label: "ONNX, features to score", file: model.onnx },
    { label: "ONNX, image to score", file: model.imageOnnx },
  ].flatMap(({ label, file }) =>
    file
      ? [
          {
            label,
            value: (
              <Anchor href={file.url} inherit download title={`sha256 ${file.sha256}`}>
                {file.sha256.slice(0, 10)}… ({bytes(file.byteSize)})
              </Anchor>
            ),
          },
        ]
      : [],
  );
  return (
    <details>
      <summary>
        <Text span size="sm">
          How it was made
        </Text>
      </summary>
      <Stack gap="sm" mt="xs">
        <Facts
          facts={[
            { label: "encoder", value: model.encoder },
            { label: "seed", value: String(model.seed) },
            ...settings,
            ...madeOf(model),
            ...(model.keptStep == null
              ? []
              : [
                  {
                    label: "steps trained, kept",
                    value: `${count(model.trainedSteps ?? 0)}, ${count(model.keptStep)}`,
                  },
                ]),
            { label: "created", value: <RelativeTime time={model.createdAt} /> },
            ...files,
          ]}
        />
      </Stack>
    </details>
  );
}

/** A reward model: what it is worth on held-out items, how it learned, what its job is doing, how it was made. */
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
              {model.name}
            </Title>
            <Text size="xs" c="dimmed">
              round {roundIndex}, {STRATEGIES[model.strategy]}
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
        <RewardModelMetrics key={model.state} modelId={model.id} isTraining={model.state === "TRAINING"} />
        <Provenance model={model} />
      </Stack>
    </Card>
  );
}
