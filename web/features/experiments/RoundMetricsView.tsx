"use client";
import { Alert, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { ChartFigure } from "../../components/charts/ChartFigure.tsx";
import { MetricTable } from "./MetricTable.tsx";
import {
  headline,
  lastPair,
  type MetricCard,
  metricCards,
  type RoundMetric,
  rewardHacking,
} from "./prepareRoundMetrics.ts";
import { RoundMetricChart } from "./RoundMetricChart.tsx";
import { VerdictBadge } from "./VerdictBadge.tsx";

const pointTable = ({ name, points }: MetricCard) => ({
  columns: ["round", name, "n"].map((label) => ({ label, number: true })),
  rows: points.map(({ round, value, low, high, n, bias }) => [round, { value, low, high, bias }, n]),
});

function Metric({ card }: { card: MetricCard }) {
  return (
    <Card withBorder component="article" aria-label={card.name}>
      <Stack gap="xs">
        <ChartFigure title={`${card.name} ${card.arrow}`} note={card.note} data={() => pointTable(card)}>
          <RoundMetricChart card={card} />
        </ChartFigure>
        {card.bias && (
          <Text size="xs" c="dimmed">
            {card.bias}
          </Text>
        )}
        {card.changes.map((one) => (
          <div key={one.key}>
            <Group gap={8} wrap="nowrap" align="baseline">
              <VerdictBadge verdict={one.verdict} />
              <Text size="sm">
                {one.rounds}: {one.text}
              </Text>
            </Group>
            <Text size="xs" c="dimmed">
              {one.reading}
            </Text>
          </div>
        ))}
      </Stack>
    </Card>
  );
}

/** Is round t + 1 better than round t? Every metric that the rounds were measured by, with the evidence. `problem` stands above it. */
export function RoundMetricsView({ metrics, problem }: { metrics: readonly RoundMetric[]; problem?: ReactNode }) {
  const pair = lastPair(metrics);
  const alarm = pair && rewardHacking(metrics, pair);
  return (
    <Stack gap="sm" component="section" aria-label="Metrics by round">
      <Title order={2} size="h4">
        Metrics by round
      </Title>
      {problem}
      {pair && (
        <Text fw={600} maw={900}>
          {headline(metrics, pair)}
        </Text>
      )}
      {alarm && (
        <Alert color="orange" title="Reward hacking?" role="alert">
          {alarm}
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {metricCards(metrics).map((card) => (
          <Metric key={card.key} card={card} />
        ))}
      </SimpleGrid>
      <MetricTable metrics={metrics} />
      <Text size="xs" c="dimmed" maw={900}>
        Intervals are 95%. A change is called better or worse where its interval leaves out 0; of 20 changes without a
        true difference, one is expected to be called so by chance. Frechet distances are compared at equal numbers of
        images.
      </Text>
    </Stack>
  );
}
