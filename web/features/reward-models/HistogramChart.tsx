import { decimal } from "../../../shared/format/number.ts";
import { ChartFigure } from "../../components/charts/ChartFigure.tsx";
import { SERIES_COLOURS, SERIES_DASHES } from "../../components/charts/seriesStyle.ts";
import { type Scale, XYPlot } from "../../components/charts/XYPlot.tsx";
import { type HistogramSeries, histogramTable, histogramText, LOGIT_DOMAIN, outline } from "./prepareCurves.ts";

const LOGIT_TICKS = [-10, -5, 0, 5, 10];

/** Steps over a pale area; told from others by colour and dash. */
function Steps({ series, place, scale }: { series: HistogramSeries; place: number; scale: Scale }) {
  const points = outline(series.histogram).map(({ logit, share }) => `${scale.x(logit)},${scale.y(share)}`);
  if (points.length === 0) return null;
  const ends = LOGIT_DOMAIN.map((logit) => `${scale.x(logit)},${scale.y(0)}`);
  const colour = SERIES_COLOURS[place % SERIES_COLOURS.length];
  return (
    <g>
      <polygon points={[ends[0], ...points, ends[1]].join(" ")} fill={colour} fillOpacity={0.12} />
      <polyline
        points={points.join(" ")}
        fill="none"
        stroke={colour}
        strokeWidth={1.8}
        strokeDasharray={SERIES_DASHES[place % SERIES_DASHES.length]}
      />
    </g>
  );
}

interface HistogramChartProps {
  title: string;
  note?: string;
  series: readonly HistogramSeries[];
  /** Largest share on the vertical axis, the same for charts that are compared. */
  highest: number;
}

/** Which logits a model gives, as shares of each series' own items. */
export function HistogramChart({ title, note, series, highest }: HistogramChartProps) {
  const words = series.map(({ label, histogram }) => `${label}: ${histogramText(histogram)}`);
  return (
    <ChartFigure title={title} note={note} legend={words} data={() => histogramTable(series)}>
      <XYPlot
        description={`${title}, histogram of logits. ${words.join("; ")}.`}
        x={{ label: "logit; reward 0.5 at 0", domain: LOGIT_DOMAIN, ticks: LOGIT_TICKS, text: String }}
        y={{
          label: "share of items",
          domain: [0, highest * 1.05],
          ticks: [0, highest / 2, highest],
          text: (share) => decimal(share, 2),
        }}
      >
        {(scale) => series.map((one, place) => <Steps key={one.label} series={one} place={place} scale={scale} />)}
      </XYPlot>
    </ChartFigure>
  );
}
