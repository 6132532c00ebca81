import type { ReactNode } from "react";
import type { ExportCell } from "../../shared/export/table.ts";
import classes from "./ResponsiveTable.module.css";

export interface Column<Row> {
  /** The column's head; on a phone it stands before each cell. */
  label: string;
  cell(row: Row): ReactNode;
  number?: boolean;
  /** What the cell says in a file, where `cell` gives more than a text or a number. */
  value?(row: Row): ExportCell;
}

export interface ResponsiveTableProps<Row> {
  /** What the table lists, for those who can't see it. */
  label: string;
  /** The first column names the row. */
  columns: readonly [Column<Row>, ...Column<Row>[]];
  rows: readonly Row[];
  keyOf(row: Row): string;
}

/** A table that becomes a list of cards on a phone. The roles are written out because `display: block` takes them away. */
export function ResponsiveTable<Row>({ label, columns, rows, keyOf }: ResponsiveTableProps<Row>) {
  const [name, ...others] = columns;
  return (
    // biome-ignore-start lint/a11y/noRedundantRoles: see above
    <table className={classes.table} role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th
              key={column.label}
              role="columnheader"
              scope="col"
              className={column.number ? classes.number : undefined}
            >
              {column.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={keyOf(row)} role="row">
            <th role="rowheader" scope="row">
              {name.cell(row)}
            </th>
            {others.map((column) => (
              <td
                key={column.label}
                role="cell"
                data-label={column.label}
                className={column.number ? classes.number : undefined}
              >
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
    // biome-ignore-end lint/a11y/noRedundantRoles: see above
  );
}
