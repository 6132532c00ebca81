"use client";
import { Group, Stack, Text } from "@mantine/core";
import { type ReactNode, useRef } from "react";
import type { ExportTable } from "../../../shared/export/table.ts";
import { ChartExport } from "../export/ChartExport.tsx";
import { Legend } from "./Legend.tsx";

interface ChartFigureProps {
  title: string;
  /** Such as "lower is better". */
  note?: string | undefined;
  /** What the lines are, in the order of the series. */
  legend?: readonly string[];
  /** What is drawn, for who takes the chart along. */
  data(): Pick<ExportTable, "columns" | "rows">;
  /** Beside the title. */
  controls?: ReactNode;
  /** The chart, an SVG. */
  children: ReactNode;
}

/** A chart under its title, which can be taken along as a picture and as numbers. */
export function ChartFigure({ title, note, legend = [], data, controls, children }: ChartFigureProps) {
  const frame = useRef<HTMLDivElement>(null);
  return (
    <Stack gap={6} component="figure" m={0}>
      <Group justify="space-between" gap="xs" wrap="nowrap" align="start">
        <Text size="sm" component="figcaption" style={{ overflowWrap: "anywhere" }}>
          <b>{title}</b>{" "}
          {note && (
            <Text span size="xs" c="dimmed">
              {note}
            </Text>
          )}
        </Text>
        <Group gap="xs" wrap="nowrap">
          {controls}
          <ChartExport title={title} frame={frame} legend={legend} data={() => ({ title, ...data() })} />
        </Group>
      </Group>
      <div ref={frame}>{children}</div>
      {legend.length > 0 && <Legend labels={legend} />}
    </Stack>
  );
}
