"use client";
import { useState } from "react";
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceArea,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { count, significant } from "../../../shared/format/number.ts";
import type { ChartSeries, SeriesChartData } from "./prepareSeriesChart.ts";
import { SERIES_COLOURS, SERIES_DASHES } from "./seriesStyle.ts";

interface SeriesChartProps {
  /** What it shows, in words, for those who can't see it. */
  description: string;
  series: readonly ChartSeries[];
  data: SeriesChartData;
  logarithmic: boolean;
  /** A stretch of steps was marked with the pointer. */
  onZoom(from: number, to: number): void;
}

const AXIS = { stroke: "var(--mantine-color-dimmed)", fontSize: 12, tickLine: false } as const;

/** The stretch that the pointer is marking. */
function useMarking(onZoom: (from: number, to: number) => void) {
  const [marked, setMarked] = useState<{ from: number; to: number } | null>(null);
  const at = (state: { activeLabel?: string | number | undefined }) => Number(state.activeLabel);
  return {
    marked,
    handlers: {
      onMouseDown: (state: { activeLabel?: string | number | undefined }) =>
        Number.isFinite(at(state)) && setMarked({ from: at(state), to: at(state) }),
      onMouseMove: (state: { activeLabel?: string | number | undefined }) =>
        marked && Number.isFinite(at(state)) && setMarked({ ...marked, to: at(state) }),
      onMouseUp: () => {
        if (marked && marked.from !== marked.to)
          onZoom(Math.min(marked.from, marked.to), Math.max(marked.from, marked.to));
        setMarked(null);
      },
      onMouseLeave: () => setMarked(null),
    },
  };
}

/** Draws what `prepareSeriesChart` decided: lines over pale bands, told apart by colour and dash. */
export default function SeriesChart({ description, series, data, logarithmic, onZoom }: SeriesChartProps) {
  const { marked, handlers } = useMarking(onZoom);
  return (
    <div role="img" aria-label={description}>
      <ResponsiveContainer width="100%" height={200} initialDimension={{ width: 400, height: 200 }}>
        <ComposedChart
          data={data.rows}
          margin={{ top: 8, right: 12, bottom: 0, left: 0 }}
          accessibilityLayer={false}
          style={{ cursor: "crosshair", userSelect: "none" }}
          {...handlers}
        >
          <CartesianGrid strokeDasharray="3 3" stroke="var(--mantine-color-default-border)" vertical={false} />
          <XAxis dataKey="step" type="number" domain={["dataMin", "dataMax"]} tickFormatter={count} {...AXIS} />
          <YAxis
            width={52}
            scale={logarithmic ? "log" : "linear"}
            domain={data.domain ?? [0, 1]}
            tickFormatter={significant}
            {...AXIS}
          />
          <Tooltip
            isAnimationActive={false}
            labelFormatter={(step) => `step ${count(Number(step))}`}
            formatter={(value) =>
              Array.isArray(value) ? value.map((v) => significant(Number(v))).join(" to ") : significant(Number(value))
            }
            contentStyle={{
              background: "var(--mantine-color-body)",
              border: "1px solid var(--mantine-color-default-border)",
              borderRadius: 8,
              fontSize: 12,
            }}
            itemStyle={{ color: "var(--mantine-color-text)" }}
          />
          {series.map(({ label }, i) => (
            <Area
              key={`band of ${label}`}
              dataKey={`band${i}`}
              name={`${label}, range`}
              stroke="none"
              fill={SERIES_COLOURS[i % SERIES_COLOURS.length]}
              fillOpacity={0.15}
              connectNulls
              isAnimationActive={false}
              tooltipType="none"
            />
          ))}
          {series.map(({ label }, i) => (
            <Line
              key={label}
              dataKey={`mean${i}`}
              name={label}
              stroke={SERIES_COLOURS[i % SERIES_COLOURS.length]}
              strokeDasharray={SERIES_DASHES[i % SERIES_DASHES.length]}
              strokeWidth={2}
              dot={data.rows.length === 1}
              connectNulls
              isAnimationActive={false}
            />
          ))}
          {marked && <ReferenceArea x1={marked.from} x2={marked.to} fill="var(--chart-1)" fillOpacity={0.2} />}
        </ComposedChart>
      </ResponsiveContainer>
    </div>
  );
}
