import { Text } from "@mantine/core";
import { percentWithInterval } from "../../../shared/format/number.ts";
import { ChartFigure } from "../../components/charts/ChartFigure.tsx";
import { armName, decidedRate, type PairResult, type Study } from "./prepareStudy.ts";
import classes from "./WinRatePlot.module.css";

const [ROW, WIDTH, MARGIN] = [70, 420, 8];
const x = (share: number) => MARGIN + share * (WIDTH - 2 * MARGIN);

const rateTable = (study: Study, pairs: readonly PairResult[]) => ({
  columns: [
    { label: "Compared" },
    { label: "Win rate, ties half, clustered", number: true },
    { label: "Wins without ties, Wilson", number: true },
  ],
  rows: pairs.map(({ arm, against, rate, clustered, wilson, wins, losses }) => [
    `${armName(study, arm)} over ${armName(study, against)}`,
    { value: rate, low: clustered?.low, high: clustered?.high },
    { value: decidedRate({ wins, losses }), low: wilson?.low, high: wilson?.high },
  ]),
});

/** Win rates on a line from 0 to 1: with ties as halves and the clustered interval, below without ties and with Wilson's. */
export function WinRatePlot({ study }: { study: Study }) {
  const pairs = study.analysis.pairs.filter(({ rate, clustered }) => rate != null && clustered != null);
  if (pairs.length === 0) return null;
  const height = pairs.length * ROW + 20;
  const words = pairs.map(
    ({ arm, against, rate, clustered }) =>
      `${armName(study, arm)} over ${armName(study, against)}: ${percentWithInterval(rate ?? 0, clustered?.low ?? 0, clustered?.high ?? 0)}`,
  );
  return (
    <ChartFigure title="Win rates" data={() => rateTable(study, pairs)}>
      <svg
        viewBox={`0 0 ${WIDTH} ${height}`}
        className={classes.plot}
        role="img"
        aria-label={`Win rates. ${words.join("; ")}.`}
      >
        <line x1={x(0.5)} x2={x(0.5)} y1={0} y2={height - 18} className={classes.half} />
        {pairs.map(({ arm, against, rate, clustered, wilson, wins, losses }, i) => (
          <g key={`${arm} ${against}`}>
            <text x={MARGIN} y={i * ROW + 12} className={classes.label}>
              {armName(study, arm)} over {armName(study, against)}
              <tspan className={classes.tick}>, ties as halves</tspan>
            </text>
            <line
              x1={x(clustered?.low ?? 0)}
              x2={x(clustered?.high ?? 0)}
              y1={i * ROW + 22}
              y2={i * ROW + 22}
              className={classes.clustered}
            />
            <circle cx={x(rate ?? 0)} cy={i * ROW + 22} r={5} className={classes.rate} />
            {wilson && (
              <>
                <text x={MARGIN} y={i * ROW + 39} className={classes.tick}>
                  without ties (Wilson)
                </text>
                <line
                  x1={x(wilson.low)}
                  x2={x(wilson.high)}
                  y1={i * ROW + 48}
                  y2={i * ROW + 48}
                  className={classes.wilson}
                />
                <circle
                  cx={x(decidedRate({ wins, losses }) ?? 0)}
                  cy={i * ROW + 48}
                  r={3}
                  className={classes.decided}
                />
              </>
            )}
          </g>
        ))}
        {[0, 0.25, 0.5, 0.75, 1].map((share) => (
          <text
            key={share}
            x={x(share)}
            y={height - 3}
            textAnchor={share === 0 ? "start" : share === 1 ? "end" : "middle"}
            className={classes.tick}
          >
            {100 * share}%
          </text>
        ))}
      </svg>
      <Text size="xs" c="dimmed">
        Above, thick: the win rate, a tie counting half, with its clustered 95% interval. Below, thin: wins among wins
        and losses, ties left out, with Wilson’s interval, as if all votes were unrelated. Dashed: a half.
      </Text>
    </ChartFigure>
  );
}
