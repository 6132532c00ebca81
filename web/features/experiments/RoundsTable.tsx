"use client";
import { Anchor, Box, Group, NativeSelect, Skeleton, Stack, Text, Title } from "@mantine/core";
import Link from "next/link";
import type { ReactNode } from "react";
import { count, decimal, percent } from "../../../shared/format/number.ts";
import { ExportedTable } from "../../components/export/ExportedTable.tsx";
import type { Column } from "../../components/ResponsiveTable.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { aucText, bestOfKText, type Outcomes, type RoundRow, rewardText } from "./prepareRounds.ts";

/** A cell of what is still being counted. */
function counted(row: RoundRow, show: (outcomes: Outcomes) => ReactNode): ReactNode {
  if (!row.model) return "–";
  if (!row.outcomes) return <Skeleton h={16} w={80} ms="auto" aria-busy="true" />;
  return show(row.outcomes);
}

function BestOfK({ row }: { row: RoundRow }) {
  if (!row.best) return "–";
  return (
    <div>
      {bestOfKText(row.best)}
      <Text size="xs" c="dimmed">
        n = {count(row.best.prompts)}, chance {percent(row.best.chance)}
      </Text>
    </div>
  );
}

const COLUMNS: [Column<RoundRow>, ...Column<RoundRow>[]] = [
  {
    label: "Round",
    cell: ({ round }) => (
      <Box fw={400}>
        <Group gap={8}>
          <Anchor component={Link} href={`/rounds/${round.id}`} fw={600}>
            Round {round.index}
          </Anchor>
          <StateBadge state={round.status} />
        </Group>
        <Text size="xs" c="dimmed">
          {round.policyIn.name}
        </Text>
      </Box>
    ),
    value: ({ round }) => `Round ${round.index}, ${round.policyIn.name}`,
  },
  {
    label: "Samples",
    number: true,
    cell: ({ round }) => count(round.sampleCount),
    value: ({ round }) => round.sampleCount,
  },
  {
    label: "Reward model",
    cell: ({ model }) => (
      <div>
        {model ? (
          <Anchor component={Link} href={`/reward-models/${model.id}`} inherit>
            {model.name}
          </Anchor>
        ) : (
          "none yet"
        )}
        {model && (
          <Text size="xs" c="dimmed">
            {[model.strategy, ...(model.state === "TRAINED" ? [] : [model.state])].join(", ").toLowerCase()}
          </Text>
        )}
      </div>
    ),
    value: ({ model }) => model?.name ?? null,
  },
  {
    label: "Held-out AUC",
    number: true,
    cell: ({ model }) => (
      <div>
        {(model && aucText(model)) ?? "–"}
        {model?.heldOutCount != null && (
          <Text size="xs" c="dimmed">
            n = {count(model.heldOutCount)}
          </Text>
        )}
      </div>
    ),
    value: ({ model }) => ({ value: model?.heldOutAuc, low: model?.heldOutAucLow, high: model?.heldOutAucHigh }),
  },
  {
    label: "Best of K",
    number: true,
    cell: (row) => counted(row, () => <BestOfK row={row} />),
    value: ({ best }) => ({ value: best?.accuracy, low: best?.low, high: best?.high, percent: true }),
  },
  {
    label: "Mean reward",
    number: true,
    cell: (row) => counted(row, (o) => (o.rewardSummary ? rewardText(o.rewardSummary) : "–")),
    value: ({ outcomes }) => ({ ...outcomes?.rewardSummary, value: outcomes?.rewardSummary?.mean }),
  },
  {
    label: "Mean of the best",
    number: true,
    cell: (row) => counted(row, (o) => decimal(o.rewardSummary?.bestMean)),
    value: ({ outcomes }) => outcomes?.rewardSummary?.bestMean ?? null,
  },
  {
    label: "Pairs",
    number: true,
    cell: (row) => counted(row, (o) => count(o.pairs.totalCount)),
    value: ({ outcomes }) => outcomes?.pairs.totalCount ?? null,
  },
];

interface RoundsTableProps {
  rows: readonly RoundRow[];
  labels: readonly string[];
  label: string | null;
  onLabel(label: string): void;
}

/** The rounds under each other: what the method gained, by held-out AUC, best of K, reward and pairs. */
export function RoundsTable({ rows, labels, label, onLabel }: RoundsTableProps) {
  return (
    <Stack gap="xs" component="section" aria-label="Rounds">
      <Group justify="space-between" align="end">
        <Title order={2} size="h4">
          Rounds
        </Title>
        {labels.length > 0 && (
          <NativeSelect
            label="Best of K: how often this label is picked"
            size="xs"
            value={label ?? ""}
            data={[...labels]}
            onChange={(event) => onLabel(event.currentTarget.value)}
          />
        )}
      </Group>
      <ExportedTable
        label="Rounds"
        columns={COLUMNS}
        rows={rows}
        keyOf={(row) => `${row.round.id} ${row.model?.id ?? ""}`}
      />
      <Text size="xs" c="dimmed">
        Intervals are 95%: Hanley and McNeil's for the AUC, Wilson's for best of K, over prompts for rewards.
      </Text>
    </Stack>
  );
}
