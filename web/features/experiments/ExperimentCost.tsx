"use client";
import { useQuery } from "@apollo/client/react";
import { Stack, Text, Title } from "@mantine/core";
import { count, duration } from "../../../shared/format/number.ts";
import { ExportedTable } from "../../components/export/ExportedTable.tsx";
import { wordsOf } from "../../components/provenance.ts";
import { QueryProblem } from "../../components/QueryState.tsx";
import type { Column } from "../../components/ResponsiveTable.tsx";
import type { ExperimentCostQuery } from "../../graphql/generated/graphql.ts";
import { ROUNDS_LIVE } from "../../graphql/live.graphql.ts";
import { useLive } from "../../graphql/useLive.ts";
import { EXPERIMENT_COST } from "./ExperimentPage.graphql.ts";

type Kind = NonNullable<ExperimentCostQuery["experiment"]>["cost"]["kinds"][number];

const COLUMNS: [Column<Kind>, ...Column<Kind>[]] = [
  { label: "Work", cell: ({ kind }) => wordsOf(kind) },
  { label: "Jobs", number: true, cell: ({ jobs }) => count(jobs), value: ({ jobs }) => jobs },
  { label: "Failed or cancelled", number: true, cell: ({ lost }) => count(lost), value: ({ lost }) => lost },
  {
    label: "Worker time",
    number: true,
    cell: ({ workerSeconds }) => duration(workerSeconds),
    value: ({ workerSeconds }) => workerSeconds,
  },
  {
    label: "Images drawn",
    number: true,
    cell: ({ imagesDrawn }) => (imagesDrawn === 0 ? "–" : count(imagesDrawn)),
    value: ({ imagesDrawn }) => imagesDrawn,
  },
];

/** What the experiment took so far, by its jobs. */
export function ExperimentCost({ experimentId }: { experimentId: string }) {
  const { data, error, refetch } = useQuery(EXPERIMENT_COST, {
    variables: { id: experimentId },
    fetchPolicy: "cache-and-network",
  });
  useLive(ROUNDS_LIVE, { variables: { experimentId, aspects: ["WORK"] }, refetch });
  const cost = data?.experiment?.cost;
  if (!cost) return <QueryProblem error={error} onRetry={refetch} />;
  if (cost.kinds.length === 0) return null;
  const images = cost.imagesDrawn === 0 ? "no image drawn by the lab" : `${count(cost.imagesDrawn)} images drawn`;
  return (
    <Stack gap="xs" component="section" aria-label="Cost">
      <Title order={2} size="h4">
        Cost
      </Title>
      <details>
        <summary>
          <Text span size="sm">
            <b>{duration(cost.workerSeconds)}</b> of workers' time, {images}
          </Text>
        </summary>
        <ExportedTable label="Cost by kind of work" columns={COLUMNS} rows={cost.kinds} keyOf={({ kind }) => kind} />
        <Text size="xs" c="dimmed">
          From each job's first lease to its end, so waiting for another attempt is among it; two workers at once count
          twice. Worker time is in seconds in the files.
        </Text>
      </details>
    </Stack>
  );
}
