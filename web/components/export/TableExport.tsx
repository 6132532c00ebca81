"use client";
import { Menu } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { EXPORT_FORMATS, type ExportTable, exportFileName, exportTable } from "../../../shared/export/table.ts";
import { ExportButton } from "./ExportButton.tsx";
import { saveFile } from "./saveFile.ts";

const FORMATS = {
  csv: { label: "CSV", type: "text/csv;charset=utf-8" },
  md: { label: "Markdown", type: "text/markdown;charset=utf-8" },
  tex: { label: "LaTeX", type: "text/x-tex;charset=utf-8" },
} as const;

interface TableExportProps {
  title: string;
  /** Made when it is asked for. */
  table(): ExportTable;
}

/** A table as CSV, Markdown or LaTeX: as a file, and the latter two also for the clipboard. */
export function TableExport({ title, table }: TableExportProps) {
  const { copy, copied, error } = useClipboard({ timeout: 2000 });
  return (
    <ExportButton title={title} done={error ? "Not copied" : copied ? "Copied" : null}>
      {EXPORT_FORMATS.map((format) => (
        <Menu.Item
          key={format}
          onClick={() =>
            saveFile(exportTable(table(), format), FORMATS[format].type, exportFileName({ title }, format))
          }
        >
          {FORMATS[format].label}
        </Menu.Item>
      ))}
      <Menu.Divider />
      {(["md", "tex"] as const).map((format) => (
        <Menu.Item key={format} onClick={() => copy(exportTable(table(), format))}>
          Copy {FORMATS[format].label}
        </Menu.Item>
      ))}
    </ExportButton>
  );
}
