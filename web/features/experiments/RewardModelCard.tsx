"use client";
import { Alert, Card, Group, Progress, Stack, Text, Title } from "@mantine/core";
import { Area, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { decimal, percent } from "../../../shared/format/number.ts";
import { StateBadge } from "../../components/StateBadge.tsx";
import type { ExperimentQuery } from "../../graphql/generated/graphql.ts";
import { prepareLossCurve } from "./prepareLossCurve.ts";

type Model = NonNullable<ExperimentQuery["experiment"]>["rounds"][number]["rewardModels"][number];

function LossCurve({ model }: { model: Model }) {
  const points = prepareLossCurve(model.metrics.nodes[0]?.buckets ?? []);
  if (points.length === 0) return null;
  const axis = { stroke: "var(--mantine-color-dimmed)", fontSize: 12 };
  const last = points.at(-1);
  return (
    <figure
      style={{ margin: 0 }}
      aria-label={`Training loss, lower is better; ${decimal(last?.mean)} at step ${last?.step}`}
    >
      <Text size="xs" c="dimmed" component="figcaption">
        Training loss (binary cross-entropy, lower is better) by step
      </Text>
      <ResponsiveContainer width="100%" height={160}>
        <ComposedChart data={points} margin={{ top: 8, right: 8, bottom: 0, left: -16 }}>
          <CartesianGrid strokeDasharray="3 3" stroke="var(--mantine-color-default-border)" />
          <XAxis dataKey="step" type="number" domain={["dataMin", "dataMax"]} {...axis} />
          <YAxis domain={[0, "auto"]} {...axis} />
          <Tooltip
            formatter={(value) =>
              Array.isArray(value) ? value.map((v) => decimal(Number(v))).join(" to ") : decimal(Number(value))
            }
            contentStyle={{ background: "var(--mantine-color-body)" }}
          />
          <Area
            dataKey="band"
            name="range"
            stroke="none"
            fill="var(--mantine-color-indigo-4)"
            fillOpacity={0.3}
            isAnimationActive={false}
          />
          <Line
            dataKey="mean"
            name="loss"
            stroke="var(--mantine-color-indigo-6)"
            dot={false}
            strokeWidth={2}
            isAnimationActive={false}
          />
        </ComposedChart>
      </ResponsiveContainer>
    </figure>
  );
}

/** A reward model: what it is worth on held-out items, how it learned, and what its job is doing. */
export function RewardModelCard({ model }: { model: Model }) {
  const live = model.job && ["QUEUED", "RUNNING"].includes(model.job.state) ? model.job : null;
  return (
    <Card withBorder>
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={3} size="h5">
            {model.name} · {model.strategy.toLowerCase()}
          </Title>
          <StateBadge state={model.state} />
        </Group>
        {model.heldOutAuc != null && (
          <Text size="sm">
            Held-out AUC <b>{decimal(model.heldOutAuc)}</b>, accuracy <b>{percent(model.heldOutAccuracy ?? 0)}</b>,
            calibration error <b>{decimal(model.heldOutEce)}</b> (n = {model.heldOutCount})
          </Text>
        )}
        {live && (
          <div role="status">
            <Text size="sm">{live.progressMessage || "waiting for a worker"}</Text>
            <Progress value={100 * live.progress} aria-label="Training progress" animated />
          </div>
        )}
        {model.job?.state === "FAILED" && (
          <Alert color="red" title="Training failed">
            {model.job.error}
          </Alert>
        )}
        <LossCurve model={model} />
      </Stack>
    </Card>
  );
}
