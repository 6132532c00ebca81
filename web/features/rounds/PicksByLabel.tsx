"use client";
import { useQuery } from "@apollo/client/react";
import { Text } from "@mantine/core";
import { count, percent, percentWithInterval } from "../../../shared/format/number.ts";
import { ExportedTable } from "../../components/export/ExportedTable.tsx";
import { QueryProblem } from "../../components/QueryState.tsx";
import type { Column } from "../../components/ResponsiveTable.tsx";
import type { PicksQuery } from "../../graphql/generated/graphql.ts";
import classes from "./PicksByLabel.module.css";
import { PICKS } from "./RoundPage.graphql.ts";

type Pick = NonNullable<PicksQuery["rewardModel"]>["bestOfKByLabel"][number];

/** The share picked as a bar, its interval as a line, chance as a tick; the numbers stand beside it. */
function Bar({ pick }: { pick: Pick }) {
  const at = (share: number) => `${100 * share}%`;
  return (
    <span className={classes.track} aria-hidden="true">
      <span className={classes.bar} style={{ width: at(pick.accuracy) }} />
      <span className={classes.interval} style={{ insetInlineStart: at(pick.low), width: at(pick.high - pick.low) }} />
      <span className={classes.chance} style={{ insetInlineStart: at(pick.chance) }} />
    </span>
  );
}

const COLUMNS: [Column<Pick>, ...Column<Pick>[]] = [
  { label: "Label", cell: (pick) => pick.label },
  { label: "Share", cell: (pick) => <Bar pick={pick} /> },
  {
    label: "Picked",
    number: true,
    cell: (pick) => percentWithInterval(pick.accuracy, pick.low, pick.high),
    value: ({ accuracy, low, high }) => ({ value: accuracy, low, high, percent: true }),
  },
  { label: "Prompts", number: true, cell: (pick) => `${count(pick.wins)} of ${count(pick.prompts)}` },
  {
    label: "Chance",
    number: true,
    cell: (pick) => percent(pick.chance),
    value: ({ chance }) => ({ value: chance, percent: true }),
  },
];

/** Best of K for every label: what the reward model prefers, beside what picking at random would give. */
export function PicksByLabel({ model, promptTag }: { model: string; promptTag: string | null }) {
  const { data, previousData, error, refetch } = useQuery(PICKS, { variables: { model, promptTag } });
  const picks = (data ?? previousData)?.rewardModel?.bestOfKByLabel ?? [];
  if (error) return <QueryProblem error={error} onRetry={refetch} />;
  if (picks.length === 0) return null;
  return (
    <details>
      <summary>
        <Text span size="sm">
          What the model picks: <b>{picks[0]?.label}</b> most often
        </Text>
      </summary>
      <ExportedTable label="Best of K by label" columns={COLUMNS} rows={picks} keyOf={(pick) => pick.label} />
      <Text size="xs" c="dimmed" mt={4}>
        Of the ranked prompts with the label among their samples{promptTag && ` and the tag “${promptTag}”`}: how often
        its sample is ranked first. 95% Wilson intervals; the tick is chance.
      </Text>
    </details>
  );
}
