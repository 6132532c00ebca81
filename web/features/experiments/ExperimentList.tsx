"use client";
import { useQuery } from "@apollo/client/react";
import { Anchor, Button, Card, Code, Group, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import Link from "next/link";
import { useState } from "react";
import { ago, count } from "../../../shared/format/number.ts";
import { QueryState } from "../../components/QueryState.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import type { ExperimentsQuery } from "../../graphql/generated/graphql.ts";
import { EXPERIMENTS } from "./ExperimentList.graphql.ts";

const PAGE = 50;

function ExperimentRow({ experiment }: { experiment: ExperimentsQuery["experiments"]["nodes"][number] }) {
  const samples = experiment.rounds.reduce((sum, round) => sum + round.sampleCount, 0);
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} href={`/experiments/${experiment.id}`} fw={600}>
          {experiment.name}
        </Anchor>
        <Text size="sm" c="dimmed" lineClamp={2}>
          {experiment.description}
        </Text>
      </Table.Td>
      <Table.Td>
        <StateBadge state={experiment.status} />
      </Table.Td>
      <Table.Td ta="right">{experiment.rounds.length}</Table.Td>
      <Table.Td ta="right">{count(samples)}</Table.Td>
      <Table.Td ta="right">{experiment.k}</Table.Td>
      <Table.Td>{experiment.encoder}</Table.Td>
      <Table.Td title={new Date(experiment.createdAt).toLocaleString()}>{ago(experiment.createdAt)}</Table.Td>
    </Table.Tr>
  );
}

function Empty({ search }: { search: string }) {
  return (
    <Card withBorder p="xl" ta="center">
      {search ? (
        <Text>No experiment matches “{search}”.</Text>
      ) : (
        <Text>
          No experiments yet. Run <Code>npm run demo</Code>, or create one with the mutation{" "}
          <Code>createExperiment</Code>.
        </Text>
      )}
    </Card>
  );
}

export function ExperimentList() {
  const [search, setSearch] = useState("");
  const [settled] = useDebouncedValue(search.trim(), 250);
  const [shown, setShown] = useState(PAGE);
  const { data, previousData, loading, error } = useQuery(EXPERIMENTS, {
    variables: { first: Math.min(shown, 1000), search: settled || null },
  });
  const experiments = (data ?? previousData)?.experiments;
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          Experiments
        </Title>
        <TextInput
          aria-label="Search experiments"
          placeholder="Search"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      </Group>
      {!experiments && <QueryState error={error} loading={loading} />}
      {experiments?.nodes.length === 0 && <Empty search={settled} />}
      {experiments && experiments.nodes.length > 0 && (
        <Table.ScrollContainer minWidth={760}>
          <Table highlightOnHover verticalSpacing="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Experiment</Table.Th>
                <Table.Th>Status</Table.Th>
                <Table.Th ta="right">Rounds</Table.Th>
                <Table.Th ta="right">Samples</Table.Th>
                <Table.Th ta="right">K</Table.Th>
                <Table.Th>Encoder</Table.Th>
                <Table.Th>Created</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {experiments.nodes.map((experiment) => (
                <ExperimentRow key={experiment.id} experiment={experiment} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {experiments?.pageInfo.hasNextPage && (
        <Button variant="default" onClick={() => setShown(shown + PAGE)}>
          Show more of {count(experiments.totalCount)}
        </Button>
      )}
    </Stack>
  );
}
