"use client";
import { useQuery } from "@apollo/client/react";
import { Anchor, Card, Group, NativeSelect, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import Link from "next/link";
import { count } from "../../../shared/format/number.ts";
import { IntervalPlot } from "../../components/charts/IntervalPlot.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { Facts } from "../../components/Facts.tsx";
import { PageHeader } from "../../components/PageHeader.tsx";
import { QueryProblem, QueryState } from "../../components/QueryState.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { useUrlState } from "../../components/useUrlState.ts";
import { useLive } from "../../graphql/useLive.ts";
import { ABLATION, ABLATION_LIVE } from "./AblationPage.graphql.ts";
import { AblationTable } from "./AblationTable.tsx";
import { type Ablation, findings, preparePlots, progressOf } from "./prepareAblation.ts";

const KEYS = ["baseline"] as const;
const ABOVE = [{ href: "/", label: "Experiments" }];

function Design({ ablation }: { ablation: Ablation }) {
  const { round, progress, judgedPromptCount, promptTag, label, seeds, createdAt } = ablation;
  return (
    <Card withBorder component="section" aria-label="Design">
      <Facts
        facts={[
          {
            label: "Round",
            value: (
              <Anchor component={Link} href={`/rounds/${round.id}`} inherit>
                Round {round.index}
              </Anchor>
            ),
          },
          { label: "Recorded", value: progressOf(progress).text },
          { label: "Seeds", value: seeds.join(", ") },
          {
            label: "Judged on",
            value: `${count(judgedPromptCount)} prompts${promptTag ? ` tagged “${promptTag}”` : ""}, never trained on`,
          },
          { label: "Label that ought to be picked", value: label ?? "none" },
          { label: "Created", value: <RelativeTime time={createdAt} /> },
        ]}
      />
    </Card>
  );
}

function Findings({ ablation }: { ablation: Ablation }) {
  const sentences = findings(ablation.table);
  if (sentences.length === 0) return null;
  return (
    <Stack gap="xs" component="section" aria-label="What it says">
      <Title order={2} size="h4">
        What it says
      </Title>
      <ul style={{ margin: 0, paddingInlineStart: 20 }}>
        {sentences.map(({ metric, text }) => (
          <li key={metric}>
            <b>{metric.charAt(0).toUpperCase() + metric.slice(1)}</b>: {text}
          </li>
        ))}
      </ul>
      <Text size="xs" c="dimmed">
        Evidence means that a 95% interval of the paired difference leaves out zero. It is not corrected for the number
        of comparisons.
      </Text>
    </Stack>
  );
}

function Baseline({ ablation, onChange }: { ablation: Ablation; onChange(position: string): void }) {
  return (
    <NativeSelect
      label="Compare with"
      size="xs"
      value={String(ablation.table.baseline)}
      data={ablation.table.rows.map((row) => ({ value: String(row.position), label: row.label }))}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

export function AblationPage({ id }: { id: string }) {
  const { state, change } = useUrlState(KEYS);
  const { data, previousData, error, refetch } = useQuery(ABLATION, {
    variables: { id, baseline: Number.parseInt(state.baseline ?? "0", 10) || 0 },
    fetchPolicy: "cache-and-network",
  });
  const shown = data ?? previousData;
  const ablation = shown?.ablation;
  useLive(ABLATION_LIVE, { variables: { id }, refetch, skip: !ablation });
  if (!shown) return <QueryState error={error} onRetry={refetch} />;
  if (!ablation)
    return (
      <Stack>
        <PageHeader title="No such ablation" above={ABOVE} />
        <EmptyState title="There is no ablation with this address" />
      </Stack>
    );
  const { experiment } = ablation.round;
  const above = [...ABOVE, { href: `/experiments/${experiment.id}`, label: experiment.name }];
  return (
    <Stack gap="lg">
      <PageHeader
        title={ablation.name}
        above={above}
        badge={<StateBadge state={progressOf(ablation.progress).state} />}
      />
      <QueryProblem error={error} onRetry={refetch} />
      <Design ablation={ablation} />
      <Findings ablation={ablation} />
      <Stack gap="xs" component="section" aria-label="Metrics">
        <Group justify="space-between" align="end">
          <Title order={2} size="h4">
            Metrics
          </Title>
          <Baseline ablation={ablation} onChange={(baseline) => change({ baseline })} />
        </Group>
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="lg">
          {preparePlots(ablation.table).map((plot) => (
            <IntervalPlot key={plot.name} plot={plot} />
          ))}
        </SimpleGrid>
        <Text size="xs" c="dimmed">
          A large dot is the mean over the seeds on its 95% interval, filled where it is the best; small dots are single
          seeds; the dashed line is the row compared with.
        </Text>
      </Stack>
      <AblationTable ablation={ablation} />
    </Stack>
  );
}
