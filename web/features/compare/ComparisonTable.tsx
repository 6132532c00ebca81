import { Stack, Text, Title } from "@mantine/core";
import { ExportedTable } from "../../components/export/ExportedTable.tsx";
import type { Column } from "../../components/ResponsiveTable.tsx";
import classes from "./Compare.module.css";
import type { Cell, Row, Table } from "./prepareComparison.ts";

function CellView({ cell }: { cell: Cell | null | undefined }) {
  if (!cell) return <span className={classes.none}>–</span>;
  return (
    <div>
      <span className={`${classes.value} ${cell.best ? classes.best : cell.reported ? classes.reported : ""}`}>
        {cell.text}
      </span>
      {cell.incompatible && (
        <Text size="xs" className={classes.warning}>
          ⚠ {cell.incompatible}
        </Text>
      )}
      {cell.notes.map((note) => (
        <Text key={note} size="xs" c="dimmed">
          {note}
        </Text>
      ))}
    </div>
  );
}

function RowName({ row }: { row: Row }) {
  return (
    <div className={classes.name}>
      <span className={row.reported ? classes.reported : classes.strong}>{row.name}</span>
      <Text size="xs" c="dimmed" fw={400}>
        {row.detail}
        {row.baseline && "; the others are compared with it"}
      </Text>
    </div>
  );
}

const columnsOf = ({ columns }: Table): [Column<Row>, ...Column<Row>[]] => [
  {
    label: "Compared",
    cell: (row) => <RowName row={row} />,
    value: ({ name, detail }) => (detail ? `${name}, ${detail}` : name),
  },
  ...columns.map(
    (label, i): Column<Row> => ({
      label,
      number: true,
      cell: ({ cells }) => <CellView cell={cells[i]} />,
      value: ({ cells }) => cells[i]?.exported ?? null,
    }),
  ),
];

/** What the file has besides: bold type and colour don't go along, so it says where numbers are from. */
const REMARKS: Column<Row> = { label: "remarks", cell: () => "", value: ({ remarks }) => remarks };

/** A row a subject and a published row, a column a metric; the best in bold. */
export function ComparisonTable({ table }: { table: Table }) {
  return (
    <Stack gap="xs" component="section" aria-label="Metrics side by side">
      <Title order={2} size="h4">
        Metrics
      </Title>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keys (WCAG 2.1.1) */}
      <section className={classes.wide} tabIndex={0} aria-label="Metrics, scrolls sideways">
        <ExportedTable
          label="Comparison"
          columns={columnsOf(table)}
          filed={[REMARKS]}
          rows={table.rows}
          keyOf={({ key }) => key}
        />
      </section>
      {table.incompatible.length > 0 && (
        <details>
          <summary>
            <Text span size="sm">
              Why {table.incompatible.length === 1 ? "a value" : `${table.incompatible.length} values`} can't be
              compared
            </Text>
          </summary>
          <ul className={classes.reasons}>
            {table.incompatible.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </details>
      )}
      <Text size="xs" c="dimmed" maw={900}>
        ↑ higher is better, ↓ lower is better. The best of the values that can be compared is bold; ≈ marks those that
        no test tells from it. Below each, the difference to the row compared with, with its 95% interval: paired by
        prompt where rounds have the same prompts, else from both intervals. Not corrected for the number of
        comparisons. Numbers in italics are reported by the paper, were not measured here and are never ranked.
      </Text>
    </Stack>
  );
}
