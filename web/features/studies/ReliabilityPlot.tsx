import { Text } from "@mantine/core";
import { count, percent, percentWithInterval } from "../../../shared/format/number.ts";
import { ChartFigure } from "../../components/charts/ChartFigure.tsx";
import type { ReliabilityPoint } from "./prepareStudy.ts";
import classes from "./ReliabilityPlot.module.css";

const [SIZE, LEFT, BOTTOM, PAD] = [240, 54, 36, 10];
const x = (share: number) => LEFT + share * SIZE;
const y = (share: number) => PAD + (1 - share) * SIZE;
const [SMALLEST, LARGEST] = [3, 9];

const reliabilityTable = (points: readonly ReliabilityPoint[]) => ({
  columns: ["predicted", "observed", "votes"].map((label) => ({ label, number: true })),
  rows: points.map(({ predicted, observed, low, high, n }) => [predicted, { value: observed, low, high }, n]),
});

/** Whether what a reward model says it is sure of is what people say: on the dashed line it is. Areas of dots go with votes. */
export function ReliabilityPlot({ name, points }: { name: string; points: readonly ReliabilityPoint[] }) {
  const most = Math.max(...points.map(({ n }) => n));
  const words = points.map(
    ({ predicted, observed, low, high, n }) =>
      `predicted ${percent(predicted)}, observed ${percentWithInterval(observed, low, high)} of ${count(n)} votes`,
  );
  return (
    <ChartFigure title={`Reliability of ${name}`} data={() => reliabilityTable(points)}>
      <svg
        viewBox={`0 0 ${LEFT + SIZE + PAD} ${PAD + SIZE + BOTTOM}`}
        className={classes.plot}
        role="img"
        aria-label={`Reliability of ${name}: ${words.join("; ")}.`}
      >
        <rect x={LEFT} y={PAD} width={SIZE} height={SIZE} className={classes.frame} />
        <line x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} className={classes.ideal} />
        {points.map(({ predicted, observed, low, high, n }) => (
          <g key={predicted}>
            <line x1={x(predicted)} x2={x(predicted)} y1={y(low)} y2={y(high)} className={classes.interval} />
            <circle
              cx={x(predicted)}
              cy={y(observed)}
              r={SMALLEST + (LARGEST - SMALLEST) * Math.sqrt(n / most)}
              className={classes.point}
            />
          </g>
        ))}
        {[0, 0.5, 1].map((share) => (
          <g key={share} className={classes.tick}>
            <text x={x(share)} y={PAD + SIZE + 14} textAnchor={share === 1 ? "end" : share === 0 ? "start" : "middle"}>
              {100 * share}%
            </text>
            <text x={LEFT - 5} y={y(share) + (share === 1 ? 9 : share === 0 ? 0 : 4)} textAnchor="end">
              {100 * share}%
            </text>
          </g>
        ))}
        <text x={x(0.5)} y={PAD + SIZE + 30} textAnchor="middle" className={classes.tick}>
          what {name} predicts
        </text>
        <text transform={`translate(11 ${y(0.5)}) rotate(-90)`} textAnchor="middle" className={classes.tick}>
          what people choose
        </text>
      </svg>
      <Text size="xs" c="dimmed" maw={300}>
        {name}: how often people choose the image that it gives this chance. Bars: Wilson’s 95%; areas go with votes.
      </Text>
    </ChartFigure>
  );
}
