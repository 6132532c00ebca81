import { significant } from "../../../shared/format/number.ts";
import { ChartFigure } from "./ChartFigure.tsx";
import classes from "./IntervalPlot.module.css";
import type { MetricPlot, PlotRow } from "./intervalPlot.ts";

const ROW = 30;
/** The widest label is measured in letters: an SVG can't ask for the width of its text. */
const LETTER = 7.2;
const PLOT = 240;

/** A row's mean as a dot on its interval, its seeds as small dots below. */
function Marks({ row, x, y }: { row: PlotRow; x(value: number): number; y: number }) {
  return (
    <g>
      {row.low != null && row.high != null && (
        <line x1={x(row.low)} x2={x(row.high)} y1={y} y2={y} className={classes.interval} />
      )}
      {row.seeds.map((value, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: seeds never change their order, and their values can be equal
        <circle key={i} cx={x(value)} cy={y + 8} r={2} className={classes.seed} />
      ))}
      {row.mean != null && !row.reported && (
        <circle cx={x(row.mean)} cy={y} r={5} className={row.best ? classes.best : classes.mean} />
      )}
      {row.mean != null && row.reported && (
        <path d={`M${x(row.mean)} ${y - 6}l6 6-6 6-6-6z`} className={classes.reported} />
      )}
    </g>
  );
}

function plotTable({ name, rows }: MetricPlot, head: string) {
  const seeded = rows.some(({ seeds }) => seeds.length > 0);
  return {
    columns: [{ label: head }, { label: name, number: true }, ...(seeded ? [{ label: "single seeds" }] : [])],
    rows: rows.map(({ label, mean, low, high, seeds }) => [
      label,
      { value: mean, low, high },
      ...(seeded ? [seeds.join(" ")] : []),
    ]),
  };
}

interface IntervalPlotProps {
  plot: MetricPlot;
  /** What a row is, in the chart's numbers. */
  head?: string;
}

/** Dots and intervals of one metric, a line a row, on one scale. */
export function IntervalPlot({ plot, head = "Model" }: IntervalPlotProps) {
  const gutter = Math.max(...plot.rows.map((row) => row.label.length * LETTER), 40) + 12;
  const [low, high] = plot.domain;
  const x = (value: number) => gutter + ((value - low) / (high - low)) * PLOT;
  const height = plot.rows.length * ROW + 22;
  const baseline = plot.rows.find((row) => row.baseline);
  const description = plot.rows.map((row) => `${row.label} ${row.text}`).join("; ");
  return (
    <ChartFigure title={plot.name} note={plot.note} data={() => plotTable(plot, head)}>
      <svg
        viewBox={`0 0 ${gutter + PLOT + 8} ${height}`}
        className={classes.plot}
        style={{ maxWidth: gutter + PLOT + 8 }}
        role="img"
        aria-label={`${plot.name}, ${plot.note}. ${description}.`}
      >
        {baseline?.mean != null && (
          <line x1={x(baseline.mean)} x2={x(baseline.mean)} y1={0} y2={height - 20} className={classes.baseline} />
        )}
        {plot.rows.map((row, i) => (
          <g key={row.label}>
            <text x={0} y={i * ROW + 18} className={row.best ? classes.bestLabel : classes.label}>
              {row.label}
            </text>
            <Marks row={row} x={x} y={i * ROW + 13} />
          </g>
        ))}
        <line x1={gutter} x2={gutter + PLOT} y1={height - 20} y2={height - 20} className={classes.axis} />
        {plot.extent.map((end, i) => (
          <text
            key={i === 0 ? "least" : "greatest"}
            x={x(end)}
            y={height - 4}
            textAnchor={i === 0 ? "start" : "end"}
            className={classes.tick}
          >
            {significant(end)}
          </text>
        ))}
      </svg>
    </ChartFigure>
  );
}
