"use client";
import { Button, Checkbox, Group, RangeSlider, Skeleton, Stack, Text } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import dynamic from "next/dynamic";
import { useState } from "react";
import { count, significant } from "../../../shared/format/number.ts";
import { type ChartSeries, prepareSeriesChart } from "./prepareSeriesChart.ts";
import { SERIES_COLOURS, SERIES_DASHES } from "./seriesStyle.ts";

/** The drawing library is the largest part of the page: it comes after everything else. */
const SeriesChart = dynamic(() => import("./SeriesChart.tsx"), { ssr: false, loading: () => <Skeleton h={200} /> });

/** A slider at rest for so long is where the reader wants it. */
const SETTLE_MS = 250;

export interface StepRange {
  from: number;
  to: number;
}

interface ZoomableChartProps {
  title: string;
  /** Such as "lower is better". */
  note: string;
  series: readonly ChartSeries[];
  /** The steps that there are. */
  extent: StepRange;
  /** The steps shown; null for all. The owner asks the API again: closer means finer. */
  range: StepRange | null;
  onRange(range: StepRange | null): void;
}

function Legend({ series }: { series: readonly ChartSeries[] }) {
  return (
    <Group gap="4px 16px">
      {series.map(({ label, buckets }, i) => {
        const last = buckets.at(-1);
        return (
          <Group key={label} gap={6} wrap="nowrap">
            <svg width="22" height="8" aria-hidden="true">
              <line
                x1="0"
                y1="4"
                x2="22"
                y2="4"
                stroke={SERIES_COLOURS[i % SERIES_COLOURS.length]}
                strokeWidth="2.5"
                strokeDasharray={SERIES_DASHES[i % SERIES_DASHES.length]}
              />
            </svg>
            <Text size="xs">
              {label}
              {last && `: ${significant(last.mean)} at step ${count(last.toStep)}`}
            </Text>
          </Group>
        );
      })}
    </Group>
  );
}

/** The stretch of steps for fingers and keys; the pointer marks it in the chart itself. */
function RangeControl({ extent, range, onRange }: Pick<ZoomableChartProps, "extent" | "range" | "onRange">) {
  const [moving, setMoving] = useState<[number, number] | null>(null);
  // Not onChangeEnd: after a key it tells the value before the key (Mantine 9.7).
  const settle = useDebouncedCallback(([from, to]: [number, number]) => {
    setMoving(null);
    onRange(from === extent.from && to === extent.to ? null : { from, to });
  }, SETTLE_MS);
  if (extent.to - extent.from < 2) return null;
  const shown = range ?? extent;
  return (
    <RangeSlider
      size="sm"
      min={extent.from}
      max={extent.to}
      minRange={1}
      value={moving ?? [shown.from, shown.to]}
      onChange={(value) => {
        setMoving(value);
        settle(value);
      }}
      label={(step) => `step ${count(step)}`}
      thumbFromLabel="First step shown"
      thumbToLabel="Last step shown"
      mx={8}
    />
  );
}

/** Series over steps, with a logarithmic axis and a closer look at a stretch. */
export function ZoomableChart({ title, note, series, extent, range, onRange }: ZoomableChartProps) {
  const [logarithmic, setLogarithmic] = useState(false);
  const data = prepareSeriesChart(series, logarithmic);
  const last = series.map(({ label, buckets }) => `${label} ${significant(buckets.at(-1)?.mean)}`).join(", ");
  return (
    <Stack gap={6} component="figure" m={0}>
      <Group justify="space-between" gap="xs">
        <Text size="sm" component="figcaption">
          <b>{title}</b>{" "}
          <Text span size="xs" c="dimmed">
            {note}
          </Text>
        </Text>
        <Group gap="xs">
          {range && (
            <Button size="compact-xs" variant="default" onClick={() => onRange(null)}>
              All steps
            </Button>
          )}
          <Checkbox
            size="xs"
            label="log"
            aria-label={`Logarithmic axis of ${title}`}
            checked={logarithmic}
            onChange={(event) => setLogarithmic(event.currentTarget.checked)}
          />
        </Group>
      </Group>
      <SeriesChart
        description={`${title}, ${note}. Latest: ${last}.`}
        series={series}
        data={data}
        logarithmic={logarithmic}
        onZoom={(from, to) => onRange({ from, to })}
      />
      <RangeControl extent={extent} range={range} onRange={onRange} />
      <Legend series={series} />
      {data.hidden > 0 && (
        <Text size="xs" c="dimmed">
          {count(data.hidden)} values at or below zero can't be shown on a logarithmic axis.
        </Text>
      )}
    </Stack>
  );
}
