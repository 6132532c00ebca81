import { Group, Stack, Text, Title } from "@mantine/core";
import { change, significant } from "../../../shared/format/number.ts";
import { directionNote } from "../../components/charts/metricScale.ts";
import { ExportedTable } from "../../components/export/ExportedTable.tsx";
import type { Column } from "../../components/ResponsiveTable.tsx";
import { type Answer, type AnswerRow, answerOf } from "./prepareAnswer.ts";
import { changeReading, type RoundMetric } from "./prepareRoundMetrics.ts";
import { VerdictBadge } from "./VerdictBadge.tsx";

function Change({ one }: { one: AnswerRow["step"] }) {
  if (!one) return "–";
  return (
    <Group gap={8} justify="flex-end">
      <span>{change({ mean: one.difference, low: one.low, high: one.high })}</span>
      <VerdictBadge verdict={one.verdict} />
    </Group>
  );
}

function columnsOf({ firstRound, lastRound, rows }: Answer): [Column<AnswerRow>, ...Column<AnswerRow>[]] {
  const changeColumn = (label: string, of: (row: AnswerRow) => AnswerRow["step"]): Column<AnswerRow> => ({
    ...{ label, number: true },
    cell: (row) => <Change one={of(row)} />,
    value: (row) => {
      const one = of(row);
      return one ? changeReading(one) : null;
    },
  });
  return [
    {
      label: "Metric",
      cell: ({ name, direction }) => (
        <div>
          {name} {direction === "HIGHER" ? "↑" : "↓"}
          <Text size="xs" c="dimmed" fw={400}>
            {directionNote(direction)}
          </Text>
        </div>
      ),
      value: ({ name }) => name,
    },
    {
      label: `Round ${firstRound}`,
      number: true,
      cell: ({ first }) => significant(first),
      value: ({ first }) => first,
    },
    { label: `Round ${lastRound}`, number: true, cell: ({ last }) => significant(last), value: ({ last }) => last },
    ...(rows.some(({ since }) => since) ? [changeColumn(`Since round ${firstRound}`, ({ since }) => since)] : []),
    changeColumn(`Since round ${lastRound - 1}`, ({ step }) => step),
  ];
}

/** Is the last round better than the first and than the one before, by how much, and how sure? Nothing before there are two rounds. */
export function RoundAnswer({ metrics }: { metrics: readonly RoundMetric[] }) {
  const answer = answerOf(metrics);
  if (!answer) return null;
  const title = `Is round ${answer.lastRound} better?`;
  return (
    <Stack gap="xs" component="section" aria-label={title}>
      <Title order={2} size="h4">
        {title}
      </Title>
      <ExportedTable label={title} columns={columnsOf(answer)} rows={answer.rows} keyOf={({ key }) => key} />
      <Text size="xs" c="dimmed" maw={900}>
        Changes with 95% intervals; better or worse where they leave out 0. By which test stands below, under Metrics by
        round.
      </Text>
    </Stack>
  );
}
