"use client";
import { Menu } from "@mantine/core";
import { type RefObject, useState } from "react";
import { type ExportTable, exportFileName, exportTable } from "../../../shared/export/table.ts";
import { ExportButton } from "./ExportButton.tsx";
import { saveFile } from "./saveFile.ts";

interface ChartExportProps {
  title: string;
  /** Where the chart is: its first SVG. */
  frame: RefObject<HTMLElement | null>;
  legend: readonly string[];
  /** What the chart draws. */
  data(): ExportTable;
}

/** A chart as SVG, as PNG, and its numbers. How a picture is made is loaded when one is asked for. */
export function ChartExport({ title, frame, legend, data }: ChartExportProps) {
  const [failed, setFailed] = useState(false);
  const save = async (ending: "svg" | "png") => {
    const chart = frame.current?.querySelector("svg");
    if (!chart) return setFailed(true);
    const { chartPicture, asPng } = await import("./chartPicture.ts");
    const picture = chartPicture(chart, title, legend);
    const name = exportFileName({ title }, ending);
    if (ending === "svg") saveFile(picture.svg, "image/svg+xml", name);
    else saveFile(await asPng(picture), "image/png", name);
  };
  const start = (ending: "svg" | "png") => () => {
    setFailed(false);
    save(ending).catch(() => setFailed(true));
  };
  return (
    <ExportButton title={title} done={failed ? "Failed" : null}>
      <Menu.Item onClick={start("svg")}>SVG</Menu.Item>
      <Menu.Item onClick={start("png")}>PNG</Menu.Item>
      <Menu.Item
        onClick={() => saveFile(exportTable(data(), "csv"), "text/csv;charset=utf-8", exportFileName({ title }, "csv"))}
      >
        Data, CSV
      </Menu.Item>
    </ExportButton>
  );
}
