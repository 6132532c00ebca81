"use client";
import { useQuery, useSubscription } from "@apollo/client/react";
import { Anchor, Card, Code, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import Link from "next/link";
import type { ReactNode } from "react";
import { count } from "../../../shared/format/number.ts";
import { CompareButton } from "../../components/CompareButton.tsx";
import { MOST_SUBJECTS, type Subject } from "../../components/compareAddress.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ReportButton } from "../../components/export/ReportButton.tsx";
import { Facts } from "../../components/Facts.tsx";
import { PageHeader } from "../../components/PageHeader.tsx";
import { QueryProblem, QueryState } from "../../components/QueryState.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { useUrlState } from "../../components/useUrlState.ts";
import { EXPERIMENT_JOBS_LIVE, ROUNDS_LIVE } from "../../graphql/live.graphql.ts";
import { useLive } from "../../graphql/useLive.ts";
import { configurationFacts } from "./configurationFacts.ts";
import { ExperimentCost } from "./ExperimentCost.tsx";
import { EXPERIMENT, ROUND_OUTCOMES } from "./ExperimentPage.graphql.ts";
import { Lineage } from "./Lineage.tsx";
import { PromptOutcomes } from "./PromptOutcomes.tsx";
import { type Experiment, labelsOf, prepareRounds } from "./prepareRounds.ts";
import { RewardModelCard } from "./RewardModelCard.tsx";
import { RoundComparison } from "./RoundComparison.tsx";
import { RoundMetrics } from "./RoundMetrics.tsx";
import { RoundsTable } from "./RoundsTable.tsx";

const KEYS = ["label"] as const;
const ABOVE = [{ href: "/", label: "Experiments" }];

function Configuration({ experiment }: { experiment: Experiment }) {
  const { forkedFrom } = experiment;
  return (
    <Card withBorder component="section" aria-label="Configuration">
      <Facts
        facts={[
          ...configurationFacts(experiment),
          { label: "Created", value: <RelativeTime time={experiment.createdAt} /> },
          ...(forkedFrom
            ? [
                {
                  label: "Forked from",
                  value: (
                    <Anchor component={Link} href={`/experiments/${forkedFrom.id}`} inherit>
                      {forkedFrom.name}
                    </Anchor>
                  ),
                },
              ]
            : []),
        ]}
      />
    </Card>
  );
}

function Rounds({ experiment }: { experiment: Experiment }) {
  const { state, change } = useUrlState(KEYS);
  const { data, previousData, error, refetch } = useQuery(ROUND_OUTCOMES, {
    variables: { id: experiment.id },
    fetchPolicy: "cache-and-network",
  });
  useLive(ROUNDS_LIVE, { variables: { experimentId: experiment.id, aspects: ["WORK"] }, refetch });
  const outcomes = (data ?? previousData)?.experiment;
  const labels = labelsOf(outcomes);
  const label = state.label ?? labels[0] ?? null;
  const rows = prepareRounds(experiment, outcomes, label);
  return (
    <>
      <QueryProblem error={error} onRetry={refetch} />
      <RoundsTable rows={rows} labels={labels} label={label} onLabel={(chosen) => change({ label: chosen })} />
      <RoundComparison rows={rows} />
    </>
  );
}

function Ablations({ experiment }: { experiment: Experiment }) {
  const ablations = experiment.rounds.flatMap((round) => round.ablations.map((ablation) => ({ ablation, round })));
  if (ablations.length === 0) return null;
  return (
    <Stack gap="xs" component="section" aria-label="Ablations">
      <Title order={2} size="h4">
        Ablations
      </Title>
      {ablations.map(({ ablation, round }) => (
        <Text key={ablation.id}>
          <Anchor component={Link} href={`/ablations/${ablation.id}`} fw={600}>
            {ablation.name}
          </Anchor>{" "}
          <Text span size="sm" c="dimmed">
            round {round.index}, {count(ablation.progress.done)} of {count(ablation.progress.cells)} models
            {ablation.progress.failed > 0 && `, ${count(ablation.progress.failed)} failed`}
          </Text>
        </Text>
      ))}
    </Stack>
  );
}

function RewardModels({ experiment }: { experiment: Experiment }) {
  const models = experiment.rounds.flatMap((round) => round.rewardModels.map((model) => ({ model, round })));
  return (
    <Stack gap="xs" component="section" aria-label="Reward models">
      <Title order={2} size="h4">
        Reward models
      </Title>
      {models.length === 0 && (
        <EmptyState title="No reward model yet">
          Log samples to a round, then send the mutation <Code>trainRewardModel</Code>.
        </EmptyState>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {models.map(({ model, round }) => (
          <RewardModelCard key={model.id} model={model} roundIndex={round.index} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}

/** Its newest rounds, or itself while it has none. */
function besideExperiment({ id, rounds }: Experiment): Subject[] {
  if (rounds.length === 0) return [{ kind: "EXPERIMENT", id }];
  return rounds.slice(-MOST_SUBJECTS).map((round) => ({ kind: "ROUND", id: round.id }));
}

/**
 * @param run what another feature says of the experiment's run
 * @param share another feature's way to show the experiment to others
 */
export function ExperimentPage({ id, run, share }: { id: string; run?: ReactNode; share?: ReactNode }) {
  const { data, error, refetch } = useQuery(EXPERIMENT, { variables: { id }, fetchPolicy: "cache-and-network" });
  const experiment = data?.experiment;
  useLive(ROUNDS_LIVE, { variables: { experimentId: id, aspects: ["WORK"] }, refetch, skip: !experiment });
  // What these events carry goes into the cache, and nothing else has changed.
  const carried = { skip: !experiment, ignoreResults: true };
  useSubscription(ROUNDS_LIVE, { ...carried, variables: { experimentId: id, aspects: ["SAMPLES"] } });
  useSubscription(EXPERIMENT_JOBS_LIVE, { ...carried, variables: { experimentId: id } });
  if (!data) return <QueryState error={error} onRetry={refetch} />;
  if (!experiment)
    return (
      <Stack>
        <PageHeader title="No such experiment" above={ABOVE} />
        <EmptyState title="There is no experiment with this address" />
      </Stack>
    );
  return (
    <Stack gap="lg">
      <PageHeader title={experiment.name} above={ABOVE} badge={<StateBadge state={experiment.status} />}>
        <Group gap="xs">
          <CompareButton subjects={besideExperiment(experiment)} />
          {share}
          <ReportButton title={experiment.name} />
        </Group>
      </PageHeader>
      {experiment.description && <Text maw={760}>{experiment.description}</Text>}
      <QueryProblem error={error} onRetry={refetch} />
      {experiment.rounds.length === 0 ? (
        <Configuration experiment={experiment} />
      ) : (
        <>
          <RoundMetrics experimentId={experiment.id}>
            {run}
            <Configuration experiment={experiment} />
          </RoundMetrics>
          <ExperimentCost experimentId={experiment.id} />
          <PromptOutcomes experiment={experiment} />
          <Rounds experiment={experiment} />
          <Lineage experiment={experiment} />
        </>
      )}
      <Ablations experiment={experiment} />
      {experiment.rounds.length === 0 ? (
        <EmptyState title="No round yet">
          Send the mutation <Code>openRound</Code>; from then on the configuration is frozen.
        </EmptyState>
      ) : (
        <RewardModels experiment={experiment} />
      )}
    </Stack>
  );
}
