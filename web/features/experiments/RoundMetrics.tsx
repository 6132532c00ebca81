"use client";
import { useQuery } from "@apollo/client/react";
import { Alert, Badge, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { ChartFigure } from "../../components/charts/ChartFigure.tsx";
import { QueryProblem } from "../../components/QueryState.tsx";
import { ROUNDS_LIVE } from "../../graphql/live.graphql.ts";
import { useLive } from "../../graphql/useLive.ts";
import { ROUND_METRICS } from "./ExperimentPage.graphql.ts";
import { MetricTable } from "./MetricTable.tsx";
import { headline, lastPair, type MetricCard, metricCards, rewardHacking } from "./prepareRoundMetrics.ts";
import { RoundMetricChart } from "./RoundMetricChart.tsx";

const BADGES = {
  BETTER: { color: "teal", sign: "▲ better" },
  WORSE: { color: "red", sign: "▼ worse" },
  NO_EVIDENCE: { color: "gray", sign: "no evidence" },
} as const;

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
              <Badge
                variant="light"
                color={BADGES[one.verdict].color}
                tt="none"
                styles={{ root: { color: "var(--mantine-color-text)", flexShrink: 0 } }}
              >
                {BADGES[one.verdict].sign}
              </Badge>
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

/** Is round t + 1 better than round t? Every metric that the rounds were measured by, with the evidence. */
export function RoundMetrics({ experimentId }: { experimentId: string }) {
  const { data, previousData, error, refetch } = useQuery(ROUND_METRICS, {
    variables: { id: experimentId },
    fetchPolicy: "cache-and-network",
  });
  useLive(ROUNDS_LIVE, { variables: { experimentId }, refetch });
  const metrics = (data ?? previousData)?.experiment?.roundMetrics ?? [];
  const pair = lastPair(metrics);
  const alarm = pair && rewardHacking(metrics, pair);
  if (metrics.length === 0) return <QueryProblem error={error} onRetry={refetch} />;
  return (
    <Stack gap="sm" component="section" aria-label="Metrics by round">
      <Title order={2} size="h4">
        Metrics by round
      </Title>
      <QueryProblem error={error} onRetry={refetch} />
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
