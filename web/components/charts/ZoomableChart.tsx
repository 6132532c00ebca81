"use client";
import { Button, Checkbox, RangeSlider, Skeleton, Stack, Text } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import dynamic from "next/dynamic";
import { useState } from "react";
import { count, significant } from "../../../shared/format/number.ts";
import { ChartFigure } from "./ChartFigure.tsx";
import { type ChartSeries, prepareSeriesChart } from "./prepareSeriesChart.ts";

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

const legendText = ({ label, buckets }: ChartSeries): string => {
  const last = buckets.at(-1);
  return last ? `${label}: ${significant(last.mean)} at step ${count(last.toStep)}` : label;
};

/** Every stretch that is drawn, of every series. */
const bucketTable = (series: readonly ChartSeries[]) => ({
  columns: [
    { label: "series" },
    ...["from step", "to step", "mean", "least", "greatest"].map((label) => ({ label, number: true })),
  ],
  rows: series.flatMap(({ label, buckets }) =>
    buckets.map(({ fromStep, toStep, mean, min, max }) => [label, fromStep, toStep, mean, min, max]),
  ),
});

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
    <Stack gap={6}>
      <ChartFigure
        title={title}
        note={note}
        legend={series.map(legendText)}
        data={() => bucketTable(series)}
        controls={
          <>
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
          </>
        }
      >
        <SeriesChart
          description={`${title}, ${note}. Latest: ${last}.`}
          series={series}
          data={data}
          logarithmic={logarithmic}
          onZoom={(from, to) => onRange({ from, to })}
        />
      </ChartFigure>
      <RangeControl extent={extent} range={range} onRange={onRange} />
      {data.hidden > 0 && (
        <Text size="xs" c="dimmed">
          {count(data.hidden)} values at or below zero can't be shown on a logarithmic axis.
        </Text>
      )}
    </Stack>
  );
}
