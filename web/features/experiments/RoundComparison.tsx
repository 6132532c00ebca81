import { Stack, Text, Title } from "@mantine/core";
import { ExportedTable } from "../../components/export/ExportedTable.tsx";
import type { Column } from "../../components/ResponsiveTable.tsx";
import { compareRounds, type Difference, neighbours, type RoundRow } from "./prepareRounds.ts";

const columnsOf = (before: RoundRow, after: RoundRow): [Column<Difference>, ...Column<Difference>[]] => [
  {
    label: "Measure",
    cell: (d) => <span style={{ fontWeight: 600 }}>{d.measure}</span>,
    value: (d) => d.measure,
  },
  { label: `Round ${before.round.index}`, number: true, cell: (d) => d.before },
  { label: `Round ${after.round.index}`, number: true, cell: (d) => d.after },
  { label: "Change", number: true, cell: (d) => d.change },
  { label: "Reading", cell: (d) => d.reading },
];

/** Each round beside the one before it: did post-training move the policy towards the proxy data? */
export function RoundComparison({ rows }: { rows: readonly RoundRow[] }) {
  return neighbours(rows).map(([before, after]) => (
    <Stack
      key={after.round.id}
      gap="xs"
      component="section"
      aria-label={`Round ${after.round.index} beside round ${before.round.index}`}
    >
      <Title order={2} size="h4">
        Round {after.round.index} beside round {before.round.index}
      </Title>
      <ExportedTable
        label={`Round ${after.round.index} beside round ${before.round.index}`}
        columns={columnsOf(before, after)}
        rows={compareRounds(before, after)}
        keyOf={(d) => d.measure}
      />
      <Text size="xs" c="dimmed">
        Reward models {before.model?.name} and {after.model?.name}. The interval of a difference is Newcombe's, 95%, for
        independent held-out items; the proxy data among them are the same in both rounds.
      </Text>
    </Stack>
  ));
}
