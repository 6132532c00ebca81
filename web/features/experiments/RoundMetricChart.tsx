import { significant } from "../../../shared/format/number.ts";
import type { MetricCard } from "./prepareRoundMetrics.ts";
import classes from "./RoundMetricChart.module.css";

const [WIDTH, HEIGHT] = [340, 150];
const PLOT = { left: 48, right: 12, top: 8, bottom: 22 };

/** One metric round by round: dots on their 95% intervals, the first round's value as a dashed line. */
export function RoundMetricChart({ card }: { card: MetricCard }) {
  const [low, high] = card.domain;
  const y = (value: number) => PLOT.top + ((high - value) / (high - low)) * (HEIGHT - PLOT.top - PLOT.bottom);
  const step = (WIDTH - PLOT.left - PLOT.right) / card.points.length;
  const x = (place: number) => PLOT.left + step * (place + 0.5);
  const [first] = card.points;
  const ticks = [low + 0.1 * (high - low), (low + high) / 2, high - 0.1 * (high - low)];
  const described = card.points.map(({ round, text }) => `round ${round}: ${text}`).join("; ");
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className={classes.chart}
      role="img"
      aria-label={`${card.name}, ${card.note}. ${described}.`}
    >
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={PLOT.left} x2={WIDTH - PLOT.right} y1={y(tick)} y2={y(tick)} className={classes.grid} />
          <text x={PLOT.left - 6} y={y(tick) + 4} textAnchor="end" className={classes.tick}>
            {significant(tick)}
          </text>
        </g>
      ))}
      {first && (
        <line x1={PLOT.left} x2={WIDTH - PLOT.right} y1={y(first.value)} y2={y(first.value)} className={classes.base} />
      )}
      <polyline points={card.points.map(({ value }, i) => `${x(i)},${y(value)}`).join(" ")} className={classes.line} />
      {card.points.map((point, i) => (
        <g key={point.round}>
          {point.low !== null && point.high !== null && (
            <line x1={x(i)} x2={x(i)} y1={y(point.low)} y2={y(point.high)} className={classes.interval} />
          )}
          <circle cx={x(i)} cy={y(point.value)} r={4.5} className={classes.value}>
            <title>{`Round ${point.round}: ${point.text}`}</title>
          </circle>
          <text x={x(i)} y={HEIGHT - 6} textAnchor="middle" className={classes.tick}>
            {`round ${point.round}`}
          </text>
        </g>
      ))}
    </svg>
  );
}
