"use client";
import { useQuery } from "@apollo/client/react";
import { Text } from "@mantine/core";
import { biasText, count, estimate } from "../../../shared/format/number.ts";
import { directionNote } from "../../components/charts/metricScale.ts";
import { ExportedTable } from "../../components/export/ExportedTable.tsx";
import { provenanceText } from "../../components/provenance.ts";
import { QueryProblem } from "../../components/QueryState.tsx";
import type { Column } from "../../components/ResponsiveTable.tsx";
import type { RoundMeasuresQuery } from "../../graphql/generated/graphql.ts";
import { ROUND_MEASURES } from "./RoundPage.graphql.ts";

type Measure = NonNullable<RoundMeasuresQuery["round"]>["metrics"]["nodes"][number];

function Name({ measure }: { measure: Measure }) {
  return (
    <div>
      {measure.name} {measure.direction === "HIGHER" ? "↑" : "↓"}
      <Text size="xs" c="dimmed" fw={400}>
        {directionNote(measure.direction)}
      </Text>
    </div>
  );
}

function Value({ latest }: Pick<Measure, "latest">) {
  if (!latest) return "–";
  const { value, low, high, bias } = latest;
  return (
    <div>
      {estimate({ mean: value, low, high })}
      {bias != null && (
        <Text size="xs" c="dimmed">
          {biasText(bias)}
        </Text>
      )}
    </div>
  );
}

const COLUMNS: [Column<Measure>, ...Column<Measure>[]] = [
  {
    label: "Metric",
    cell: (measure) => <Name measure={measure} />,
    value: ({ name, direction }) => `${name} ${direction === "HIGHER" ? "↑" : "↓"}`,
  },
  {
    label: "Value",
    number: true,
    cell: ({ latest }) => <Value latest={latest} />,
    value: ({ latest }) => latest ?? null,
  },
  {
    label: "n",
    number: true,
    cell: ({ latest }) => (latest?.n == null ? "–" : count(latest.n)),
    value: ({ latest }) => latest?.n ?? null,
  },
  {
    label: "Computed by",
    cell: ({ provenance }) => (
      <Text size="xs" c="dimmed" maw={420} lineClamp={3} style={{ overflowWrap: "anywhere" }}>
        {provenanceText(provenance)}
      </Text>
    ),
    value: ({ provenance }) => provenanceText(provenance),
  },
];

/** What the round was measured by: every metric at its largest number of samples, and what of it is small-sample bias. */
export function RoundMeasures({ roundId }: { roundId: string }) {
  const { data, error, refetch } = useQuery(ROUND_MEASURES, {
    variables: { id: roundId },
    fetchPolicy: "cache-and-network",
  });
  const measures = data?.round?.metrics.nodes ?? [];
  if (error) return <QueryProblem error={error} onRetry={refetch} />;
  if (measures.length === 0) return null;
  const [first] = measures;
  return (
    <details>
      <summary>
        <Text span size="sm">
          What the round was measured by: <b>{first?.name}</b>{" "}
          {estimate({ mean: first?.latest?.value, low: first?.latest?.low, high: first?.latest?.high })}
          {measures.length > 1 && ` and ${count(measures.length - 1)} more`}
        </Text>
      </summary>
      <ExportedTable label="Metrics of the round" columns={COLUMNS} rows={measures} keyOf={({ id }) => id} />
      <Text size="xs" c="dimmed" mt={4}>
        Intervals are 95%. A Fréchet distance of few images is too high by about its small-sample bias; distances of
        equally many images share it.
      </Text>
    </details>
  );
}
