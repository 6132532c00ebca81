"use client";
import { Group } from "@mantine/core";
import type { ExportCell } from "../../../shared/export/table.ts";
import { type Column, ResponsiveTable, type ResponsiveTableProps } from "../ResponsiveTable.tsx";
import { TableExport } from "./TableExport.tsx";

function cellOf<Row>(column: Column<Row>, row: Row): ExportCell {
  if (column.value) return column.value(row);
  const drawn = column.cell(row);
  return typeof drawn === "string" || typeof drawn === "number" ? drawn : null;
}

interface FileOnly<Row> {
  /** So many rows are shown, the first ones; the file has all. */
  most?: number;
  /** Columns that the file has after the others, and the page has not. */
  filed?: readonly Column<Row>[];
}

/** A table that can be taken along as a file. Columns that only draw (no text, no `value`) are left out of it. */
export function ExportedTable<Row>({ most, filed = [], ...props }: ResponsiveTableProps<Row> & FileOnly<Row>) {
  const { label: title, rows } = props;
  const table = () => {
    const columns = [...props.columns, ...filed];
    const cells = rows.map((row) => columns.map((column) => cellOf(column, row)));
    const told = columns.map((column, i) => column.value !== undefined || cells.some((line) => line[i] !== null));
    return {
      title,
      columns: columns.filter((_, i) => told[i]).map(({ label, number = false }) => ({ label, number })),
      rows: cells.map((line) => line.filter((_, i) => told[i])),
    };
  };
  return (
    <div>
      <ResponsiveTable {...props} rows={rows.slice(0, most)} />
      <Group justify="flex-end" mt={4}>
        <TableExport title={title} table={table} />
      </Group>
    </div>
  );
}
