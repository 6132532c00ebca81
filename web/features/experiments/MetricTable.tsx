import { Text } from "@mantine/core";
import { biasText, estimate } from "../../../shared/format/number.ts";
import { ExportedTable } from "../../components/export/ExportedTable.tsx";
import type { Column } from "../../components/ResponsiveTable.tsx";
import { changeReading, type MetricRow, metricTable, type RoundMetric } from "./prepareRoundMetrics.ts";

function Value({ value }: { value: ReturnType<MetricRow["values"]["get"]> }) {
  if (!value) return "–";
  return (
    <div>
      <span style={{ fontWeight: value.best ? 700 : 400 }}>{estimate({ mean: value.value, ...value })}</span>
      {value.bias !== null && (
        <Text size="xs" c="dimmed">
          {biasText(value.bias)}
        </Text>
      )}
    </div>
  );
}

/** All metrics of all rounds in the shape of the paper's tables; the best of a metric in bold. */
export function MetricTable({ metrics }: { metrics: readonly RoundMetric[] }) {
  const { rounds, rows } = metricTable(metrics);
  const columns: [Column<MetricRow>, ...Column<MetricRow>[]] = [
    { label: "Metric", cell: ({ name }) => name },
    ...rounds.map(
      (round): Column<MetricRow> => ({
        label: `Round ${round}`,
        number: true,
        cell: ({ values }) => <Value value={values.get(round)} />,
        value: ({ values }) => values.get(round) ?? null,
      }),
    ),
    { label: "Last change", cell: ({ change }) => (change ? changeReading(change) : "–") },
  ];
  return (
    <details>
      <summary>
        <Text span size="sm">
          As a table
        </Text>
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keys (WCAG 2.1.1) */}
      <section style={{ overflowX: "auto" }} tabIndex={0} aria-label="Metrics by round, scrolls sideways">
        <ExportedTable label="Metrics of all rounds" columns={columns} rows={rows} keyOf={({ key }) => key} />
      </section>
    </details>
  );
}
