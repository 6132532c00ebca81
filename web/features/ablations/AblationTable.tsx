import { Stack, Text, Title } from "@mantine/core";
import { biasText, change, estimate } from "../../../shared/format/number.ts";
import { directionNote } from "../../components/charts/metricScale.ts";
import { ExportedTable } from "../../components/export/ExportedTable.tsx";
import type { Column } from "../../components/ResponsiveTable.tsx";
import { type Ablation, chiefDifference, type Row, type Value, verdictText } from "./prepareAblation.ts";

function Cell({ value }: { value: Value | undefined }) {
  if (!value) return "–";
  const difference = chiefDifference(value);
  return (
    <div>
      <span style={{ fontWeight: value.best ? 700 : 400 }}>{estimate(value)}</span>
      {value.bias != null && (
        <Text size="xs" c="dimmed">
          {biasText(value.bias)}
        </Text>
      )}
      {difference && (
        <Text size="xs" c="dimmed">
          {change(difference)}, {verdictText(difference)}
        </Text>
      )}
    </div>
  );
}

const exportedValue = (value: Value | undefined) =>
  value ? { value: value.mean, low: value.low, high: value.high, best: value.best, bias: value.bias } : null;

function columnsOf({ columns }: Ablation["table"]): [Column<Row>, ...Column<Row>[]] {
  return [
    { label: "Model", cell: (row) => row.label },
    ...columns.map(
      ({ name, direction }, i): Column<Row> => ({
        label: `${name} ${direction === "HIGHER" ? "↑" : "↓"}`,
        number: true,
        cell: (row) => <Cell value={row.values[i]} />,
        value: (row) => exportedValue(row.values[i]),
      }),
    ),
  ];
}

/** The ablation in the shape of the paper's tables 4, 7 and 8, with the spread that those leave out. */
export function AblationTable({ ablation }: { ablation: Ablation }) {
  const { table, seeds } = ablation;
  const [metric] = table.columns;
  return (
    <Stack gap="xs" component="section" aria-label="Table">
      <Title order={2} size="h4">
        Table
      </Title>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keys (WCAG 2.1.1) */}
      <section style={{ overflowX: "auto" }} tabIndex={0} aria-label="Table, scrolls sideways">
        <ExportedTable
          label="Ablation"
          columns={columnsOf(table)}
          rows={table.rows}
          keyOf={(row) => String(row.position)}
        />
      </section>
      <Text size="xs" c="dimmed">
        Means over {seeds.length} seeds with Student's 95% interval; the best mean in bold
        {metric ? `; ↑ ${directionNote("HIGHER")}, ↓ ${directionNote("LOWER")}` : ""}. Below each, the difference to the
        row compared with: paired by prompt for best-of-K accuracy and pick rate, else paired by seed. Of a Fréchet
        distance the bias is about what so few samples add to it; rows of one size share it.
      </Text>
    </Stack>
  );
}
