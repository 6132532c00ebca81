"use client";
import { useQuery } from "@apollo/client/react";
import { Stack, Text } from "@mantine/core";
import { useState } from "react";
import { type StepRange, ZoomableChart } from "../../components/charts/ZoomableChart.tsx";
import { provenanceText } from "../../components/provenance.ts";
import { QueryProblem } from "../../components/QueryState.tsx";
import { METRICS_LIVE } from "../../graphql/live.graphql.ts";
import { useLive } from "../../graphql/useLive.ts";
import { labelOf, type MetricChart, prepareMetrics } from "./prepareMetrics.ts";
import { REWARD_MODEL_METRICS } from "./RewardModelPage.graphql.ts";

const BUCKETS = 300;

/** The steps of all series, from the whole curve. */
function extentOf(chart: MetricChart): StepRange {
  const steps = chart.series.flatMap(({ buckets }) => buckets.flatMap((b) => [b.fromStep, b.toStep]));
  return { from: Math.min(...steps), to: Math.max(...steps) };
}

function Chart({ modelId, whole }: { modelId: string; whole: MetricChart }) {
  const [range, setRange] = useState<StepRange | null>(null);
  const { data, previousData } = useQuery(REWARD_MODEL_METRICS, {
    variables: { id: modelId, buckets: BUCKETS, ...range },
    skip: !range,
  });
  const closer = (data ?? previousData)?.rewardModel?.metrics.nodes;
  const shown = whole.series.map((series) => (range && closer?.find(({ id }) => id === series.id)) || series);
  return (
    <div>
      <ZoomableChart
        title={whole.title}
        note={whole.note}
        series={shown.map(({ name, buckets }) => ({ label: labelOf(name), buckets }))}
        extent={extentOf(whole)}
        range={range}
        onRange={setRange}
      />
      <Text size="xs" c="dimmed" mt={4}>
        {provenanceText(whole.provenance)}
      </Text>
    </div>
  );
}

/** A reward model's curves; a stretch looked at closely is asked for again, in finer buckets. */
export function RewardModelMetrics({ modelId, isTraining }: { modelId: string; isTraining: boolean }) {
  const { data, error, refetch } = useQuery(REWARD_MODEL_METRICS, {
    variables: { id: modelId, buckets: BUCKETS },
    fetchPolicy: "cache-and-network",
  });
  useLive(METRICS_LIVE, { variables: { subjectId: modelId }, refetch, skip: !isTraining });
  const charts = prepareMetrics(data?.rewardModel?.metrics.nodes ?? []);
  return (
    <Stack gap="md">
      <QueryProblem error={error} onRetry={refetch} />
      {charts.map((chart) => (
        <Chart key={chart.key} modelId={modelId} whole={chart} />
      ))}
    </Stack>
  );
}
