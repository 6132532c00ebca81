import { SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { biasText, count, estimate, significant } from "../../../shared/format/number.ts";
import { ChartFigure } from "../../components/charts/ChartFigure.tsx";
import { directionNote } from "../../components/charts/metricScale.ts";
import { XYPlot } from "../../components/charts/XYPlot.tsx";
import classes from "./charts.module.css";
import { type RankSlices, rankDomain, rankTicks } from "./prepareCurves.ts";

const rankText = ({ rank, value, low, high, bias, n }: RankSlices["ranks"][number]): string =>
  [
    `rank ${rank}: ${estimate({ mean: value, low, high })}`,
    ...(bias == null ? [] : [biasText(bias)]),
    ...(n == null ? [] : [`n = ${count(n)}`]),
  ].join(", ");

function RankChart({ slices }: { slices: RankSlices }) {
  const { name, direction, ranks } = slices;
  const [low, high] = rankDomain(slices);
  const last = Math.max(...ranks.map(({ rank }) => rank));
  return (
    <ChartFigure
      title={`${name} ${direction === "HIGHER" ? "↑" : "↓"}`}
      note={directionNote(direction)}
      data={() => ({
        columns: ["rank", name, "n"].map((label) => ({ label, number: true })),
        rows: ranks.map(({ rank, value, low, high, n, bias }) => [rank, { value, low, high, bias }, n ?? null]),
      })}
    >
      <XYPlot
        description={`${name} by reward rank, ${directionNote(direction)}. ${ranks.map(rankText).join("; ")}.`}
        x={{
          label: "rank by reward, 1 the most preferred",
          domain: [0.5, last + 0.5],
          ticks: rankTicks(last),
          text: String,
        }}
        y={{
          domain: [low, high],
          ticks: [low + 0.1 * (high - low), (low + high) / 2, high - 0.1 * (high - low)],
          text: significant,
        }}
      >
        {({ x, y }) => (
          <>
            <polyline
              points={ranks.map(({ rank, value }) => `${x(rank)},${y(value)}`).join(" ")}
              className={classes.line}
            />
            {ranks.map((one) => (
              <g key={one.rank}>
                {one.low != null && one.high != null && (
                  <line
                    x1={x(one.rank)}
                    x2={x(one.rank)}
                    y1={y(one.low)}
                    y2={y(one.high)}
                    className={classes.interval}
                  />
                )}
                <circle cx={x(one.rank)} cy={y(one.value)} r={4} className={classes.dot}>
                  <title>{rankText(one)}</title>
                </circle>
              </g>
            ))}
          </>
        )}
      </XYPlot>
    </ChartFigure>
  );
}

/** Figure 2 of the paper: is what the model prefers also better by other measures? */
export function RankCharts({ rankSlices }: { rankSlices: readonly RankSlices[] }) {
  if (rankSlices.length === 0) return null;
  return (
    <Stack gap="xs" component="section" aria-label="Metrics by rank">
      <Title order={2} size="h4">
        Metrics by rank
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {rankSlices.map((slices) => (
          <RankChart key={`${slices.name} ${JSON.stringify(slices.provenance)}`} slices={slices} />
        ))}
      </SimpleGrid>
      <Text size="xs" c="dimmed">
        Each prompt's samples are ranked by the reward; a dot is the metric over all samples of one rank, with its 95%
        interval. Where what the model prefers is better, the line gets worse from left to right.
      </Text>
    </Stack>
  );
}
