import { SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { decimal } from "../../../shared/format/number.ts";
import { ChartFigure } from "../../components/charts/ChartFigure.tsx";
import { type Axis, XYPlot } from "../../components/charts/XYPlot.tsx";
import classes from "./charts.module.css";
import { type ReliabilityDot, type RewardModel, reliabilityDots } from "./prepareCurves.ts";

const shareAxis = (label: string): Axis => ({
  label,
  domain: [0, 1],
  ticks: [0, 0.25, 0.5, 0.75, 1],
  text: (share) => decimal(share, 2),
});

function Roc({ roc, auc }: { roc: NonNullable<NonNullable<RewardModel["curves"]>["roc"]>; auc: string }) {
  return (
    <ChartFigure
      title="ROC"
      note={`area ${auc}; the dashed line is chance`}
      data={() => ({
        columns: ["logit", "false positive rate", "true positive rate"].map((label) => ({ label, number: true })),
        rows: roc.map((point) => [point.threshold ?? null, point.falsePositiveRate, point.truePositiveRate]),
      })}
    >
      <XYPlot
        description={`ROC curve of ${roc.length} points, area ${auc}.`}
        x={shareAxis("generated called proxy data")}
        y={shareAxis("proxy data found")}
      >
        {({ x, y }) => (
          <>
            <line x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} className={classes.reference} />
            <polyline
              points={roc.map((point) => `${x(point.falsePositiveRate)},${y(point.truePositiveRate)}`).join(" ")}
              className={classes.line}
            />
          </>
        )}
      </XYPlot>
    </ChartFigure>
  );
}

/** A bin's items as the dot's area; the smallest is still seen. */
const radius = (n: number, most: number): number => 2.5 + 4.5 * Math.sqrt(n / most);

function Reliability({ dots, ece }: { dots: readonly ReliabilityDot[]; ece: string }) {
  const most = Math.max(...dots.map(({ n }) => n));
  return (
    <ChartFigure
      title="Calibration"
      note={`error (ECE) ${ece}; a calibrated model's dots are on the dashed line`}
      data={() => ({
        columns: ["mean reward", "share of proxy data", "items"].map((label) => ({ label, number: true })),
        rows: dots.map(({ score, share, low, high, n }) => [score, { value: share, low, high }, n]),
      })}
    >
      <XYPlot
        description={`Reliability diagram. ${dots.map(({ text }) => text).join("; ")}.`}
        x={shareAxis("mean reward of the bin")}
        y={shareAxis("share of proxy data")}
      >
        {({ x, y }) => (
          <>
            <line x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} className={classes.reference} />
            {dots.map(({ score, share, low, high, n, text }) => (
              <g key={score}>
                <line x1={x(score)} x2={x(score)} y1={y(low)} y2={y(high)} className={classes.interval} />
                <circle cx={x(score)} cy={y(share)} r={radius(n, most)} className={classes.dot}>
                  <title>{text}</title>
                </circle>
              </g>
            ))}
          </>
        )}
      </XYPlot>
    </ChartFigure>
  );
}

/** How well the model tells proxy data from samples, none of which it was trained on, and whether its rewards are shares. */
export function HeldOutCharts({ model, auc }: { model: RewardModel; auc: string }) {
  const roc = model.curves?.roc;
  const dots = reliabilityDots(model.reliability ?? []);
  if (model.heldOutAuc == null) return null;
  return (
    <Stack gap="xs" component="section" aria-label="Held-out items">
      <Title order={2} size="h4">
        Held-out items
      </Title>
      {!roc && dots.length === 0 && (
        <Text size="sm" c="dimmed">
          Neither the ROC curve nor the reliability diagram was recorded: the model is from before they were kept.
        </Text>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {roc && <Roc roc={roc} auc={auc} />}
        {dots.length > 0 && <Reliability dots={dots} ece={decimal(model.heldOutEce)} />}
      </SimpleGrid>
      {dots.length > 0 && (
        <Text size="xs" c="dimmed">
          Held-out proxy items and samples of held-out prompts, as many of the one as of the other where there are
          enough. Intervals are Wilson's, 95%; a dot's area is its number of items.
        </Text>
      )}
    </Stack>
  );
}
