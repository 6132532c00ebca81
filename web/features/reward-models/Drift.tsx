import { Anchor, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import Link from "next/link";
import { change, decimal, estimate } from "../../../shared/format/number.ts";
import { ExportedTable } from "../../components/export/ExportedTable.tsx";
import type { Column } from "../../components/ResponsiveTable.tsx";
import { HistogramChart } from "./HistogramChart.tsx";
import { type DriftRow, driftRows, highestShare, type RewardModel } from "./prepareCurves.ts";

const COLUMNS: [Column<DriftRow>, ...Column<DriftRow>[]] = [
  {
    label: "Round",
    cell: ({ roundIndex, model, isThis }) =>
      isThis ? (
        `Round ${roundIndex} (this model)`
      ) : (
        <Anchor component={Link} href={`/reward-models/${model.id}`} inherit>
          Round {roundIndex}
        </Anchor>
      ),
    value: ({ roundIndex }) => `Round ${roundIndex}`,
  },
  {
    label: "Held-out AUC",
    number: true,
    cell: ({ auc }) => estimate({ mean: auc.value, ...auc }),
    value: ({ auc }) => auc,
  },
  {
    label: "Mean logit, proxy",
    number: true,
    cell: ({ proxy }) => decimal(proxy?.meanLogit, 2),
    value: ({ proxy }) => proxy?.meanLogit ?? null,
  },
  {
    label: "Mean logit, generated",
    number: true,
    cell: ({ generated }) => decimal(generated?.meanLogit, 2),
    value: ({ generated }) => generated?.meanLogit ?? null,
  },
  {
    label: "Change of generated",
    number: true,
    cell: ({ moved }) => change({ mean: moved }),
    value: ({ moved }) => moved,
  },
];

function Rounds({ rows }: { rows: readonly DriftRow[] }) {
  const highest = highestShare(
    rows.flatMap(({ proxy, generated }) => [proxy, generated].filter((one) => one !== null)),
  );
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
      {rows.map(({ roundIndex, proxy, generated, isOfAll }) => {
        const series = [
          ...(proxy ? [{ label: "held-out proxy", histogram: proxy }] : []),
          ...(generated ? [{ label: isOfAll ? "all samples" : "held-out generated", histogram: generated }] : []),
        ];
        return series.length === 0 ? null : (
          <HistogramChart key={roundIndex} title={`Round ${roundIndex}`} series={series} highest={highest} />
        );
      })}
    </SimpleGrid>
  );
}

/** Each round's model of this name beside the others: do samples come nearer to the proxy data? */
export function Drift({ model }: { model: RewardModel }) {
  const rows = driftRows(model);
  if (rows.length < 2) return null;
  return (
    <Stack gap="xs" component="section" aria-label="From round to round">
      <Title order={2} size="h4">
        From round to round
      </Title>
      <ExportedTable label="From round to round" columns={COLUMNS} rows={rows} keyOf={({ model: { id } }) => id} />
      <Rounds rows={rows} />
      <Text size="xs" c="dimmed" maw={900}>
        Each round's model “{model.name}” judges its own round's samples, so a shift may be the policy's or the model's.
        One judge for all rounds is among the metrics of the experiment's page.
      </Text>
    </Stack>
  );
}
