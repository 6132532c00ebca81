import type { ReactNode } from "react";
import classes from "./XYPlot.module.css";

const [WIDTH, HEIGHT] = [340, 230];
const PLOT = { left: 50, right: 14, top: 10, bottom: 40 };

export interface Axis {
  /** Left out where the chart's title says it. */
  label?: string;
  domain: readonly [number, number];
  ticks: readonly number[];
  text(tick: number): string;
}

/** From values to places in the picture. */
export interface Scale {
  x(value: number): number;
  y(value: number): number;
}

interface XYPlotProps {
  /** What it shows, in words, for those who can't see it. */
  description: string;
  x: Axis;
  y: Axis;
  children(scale: Scale): ReactNode;
}

/** Two axes with their ticks; what stands between them is drawn by the caller. */
export function XYPlot({ description, x, y, children }: XYPlotProps) {
  const scale: Scale = {
    x: (value) => PLOT.left + ((value - x.domain[0]) / (x.domain[1] - x.domain[0])) * (WIDTH - PLOT.left - PLOT.right),
    y: (value) =>
      HEIGHT - PLOT.bottom - ((value - y.domain[0]) / (y.domain[1] - y.domain[0])) * (HEIGHT - PLOT.top - PLOT.bottom),
  };
  const [left, right, bottom] = [PLOT.left, WIDTH - PLOT.right, HEIGHT - PLOT.bottom];
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className={classes.plot} role="img" aria-label={description}>
      {y.ticks.map((tick) => (
        <g key={tick}>
          <line x1={left} x2={right} y1={scale.y(tick)} y2={scale.y(tick)} className={classes.grid} />
          <text x={left - 6} y={scale.y(tick) + 4} textAnchor="end" className={classes.tick}>
            {y.text(tick)}
          </text>
        </g>
      ))}
      {x.ticks.map((tick) => (
        <g key={tick}>
          <line x1={scale.x(tick)} x2={scale.x(tick)} y1={bottom} y2={bottom + 4} className={classes.axis} />
          <text x={scale.x(tick)} y={bottom + 16} textAnchor="middle" className={classes.tick}>
            {x.text(tick)}
          </text>
        </g>
      ))}
      <line x1={left} x2={right} y1={bottom} y2={bottom} className={classes.axis} />
      <text x={(left + right) / 2} y={HEIGHT - 6} textAnchor="middle" className={classes.tick}>
        {x.label}
      </text>
      {y.label && (
        <text
          x={12}
          y={(PLOT.top + bottom) / 2}
          textAnchor="middle"
          transform={`rotate(-90 12 ${(PLOT.top + bottom) / 2})`}
          className={classes.tick}
        >
          {y.label}
        </text>
      )}
      {children(scale)}
    </svg>
  );
}
