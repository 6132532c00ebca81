import { SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IntervalPlot } from "../../components/charts/IntervalPlot.tsx";
import type { ComparedPlot } from "./prepareComparison.ts";

/** Dots on their intervals, a picture a metric; published numbers as diamonds. */
export function ComparisonCharts({ plots }: { plots: readonly ComparedPlot[] }) {
  if (plots.length === 0) return null;
  const overlaid = plots.some(({ rows }) => rows.some(({ reported }) => reported));
  return (
    <Stack gap="xs" component="section" aria-label="Charts">
      <Title order={2} size="h4">
        Charts
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="lg">
        {plots.map((plot) => (
          <div key={plot.key}>
            <IntervalPlot plot={plot} head="Compared" />
            {plot.leftOut.length > 0 && (
              <Text size="xs" c="dimmed">
                Not on this axis, because not comparable: {plot.leftOut.join(", ")}.
              </Text>
            )}
          </div>
        ))}
      </SimpleGrid>
      <Text size="xs" c="dimmed">
        A dot is a value measured here on its 95% interval, filled where it is the best; the dashed line is the row
        compared with.{overlaid && " A diamond, marked (paper), is reported by the paper: nothing was measured here."}
      </Text>
    </Stack>
  );
}
