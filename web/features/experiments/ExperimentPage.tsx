"use client";
import { useQuery } from "@apollo/client/react";
import { Anchor, Breadcrumbs, Button, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import Link from "next/link";
import { count } from "../../../shared/format/number.ts";
import { QueryState } from "../../components/QueryState.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import type { ExperimentQuery } from "../../graphql/generated/graphql.ts";
import { EXPERIMENT } from "./ExperimentPage.graphql.ts";
import { RewardModelCard } from "./RewardModelCard.tsx";

type Experiment = NonNullable<ExperimentQuery["experiment"]>;
const POLL_MS = 1000;

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="sm">{value}</Text>
    </div>
  );
}

function Configuration({ experiment }: { experiment: Experiment }) {
  const { proxySet, promptSet } = experiment;
  return (
    <Card withBorder component="section" aria-label="Configuration">
      <SimpleGrid cols={{ base: 2, sm: 4 }}>
        <Fact label="Base policy" value={experiment.basePolicy.name} />
        <Fact label="Prompts" value={`${promptSet.name} (${count(promptSet.promptCount)})`} />
        <Fact
          label="Preference proxy data"
          value={`${proxySet.name} (${proxySet.trainCount} to train, ${proxySet.heldOutCount} held out)`}
        />
        <Fact label="Encoder" value={experiment.encoder} />
        <Fact label="Samples per prompt, K" value={String(experiment.k)} />
        <Fact label="Post-training" value={experiment.postTraining} />
        <Fact label="Setting" value={experiment.setting.toLowerCase().replace("_", " ")} />
        <Fact label="Seed" value={String(experiment.seed)} />
      </SimpleGrid>
    </Card>
  );
}

function RoundSection({ round }: { round: Experiment["rounds"][number] }) {
  return (
    <Card withBorder component="section" aria-label={`Round ${round.index}`}>
      <Stack>
        <Group justify="space-between">
          <Group>
            <Title order={2} size="h4">
              Round {round.index}
            </Title>
            <StateBadge state={round.status} />
            <Text size="sm" c="dimmed">
              {round.policyIn.name}, {count(round.sampleCount)} samples
            </Text>
          </Group>
          <Button component={Link} href={`/rounds/${round.id}`} size="compact-md" variant="light">
            Browse samples
          </Button>
        </Group>
        {round.rewardModels.length === 0 && (
          <Text c="dimmed">No reward model yet: call the mutation trainRewardModel.</Text>
        )}
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          {round.rewardModels.map((model) => (
            <RewardModelCard key={model.id} model={model} />
          ))}
        </SimpleGrid>
      </Stack>
    </Card>
  );
}

/** Whether something on the page is still being worked on. */
const isLive = (experiment: Experiment | null | undefined): boolean =>
  experiment?.rounds.some((round) =>
    round.rewardModels.some((model) => model.job && ["QUEUED", "RUNNING"].includes(model.job.state)),
  ) ?? false;

export function ExperimentPage({ id }: { id: string }) {
  const { data, loading, error, startPolling, stopPolling } = useQuery(EXPERIMENT, { variables: { id } });
  const experiment = data?.experiment;
  if (isLive(experiment)) startPolling(POLL_MS);
  else stopPolling();
  if (!data) return <QueryState error={error} loading={loading} />;
  if (!experiment) return <Text>There is no such experiment.</Text>;
  return (
    <Stack>
      <Breadcrumbs>
        <Anchor component={Link} href="/">
          Experiments
        </Anchor>
        <Text>{experiment.name}</Text>
      </Breadcrumbs>
      <Group>
        <Title order={1} size="h2">
          {experiment.name}
        </Title>
        <StateBadge state={experiment.status} />
      </Group>
      {experiment.description && <Text>{experiment.description}</Text>}
      <Configuration experiment={experiment} />
      {experiment.rounds.map((round) => (
        <RoundSection key={round.id} round={round} />
      ))}
      {experiment.rounds.length === 0 && <Text c="dimmed">No round yet: call the mutation openRound.</Text>}
    </Stack>
  );
}
