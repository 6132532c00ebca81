import { Group, Text } from "@mantine/core";
import { SERIES_COLOURS, SERIES_DASHES } from "./seriesStyle.ts";

/** What each line of a chart is, in the order of its series. */
export function Legend({ labels }: { labels: readonly string[] }) {
  return (
    <Group gap="4px 16px">
      {labels.map((label, i) => (
        <Group key={label} gap={6} wrap="nowrap">
          <svg width="22" height="8" aria-hidden="true">
            <line
              x1="0"
              y1="4"
              x2="22"
              y2="4"
              stroke={SERIES_COLOURS[i % SERIES_COLOURS.length]}
              strokeWidth="2.5"
              strokeDasharray={SERIES_DASHES[i % SERIES_DASHES.length]}
            />
          </svg>
          <Text size="xs">{label}</Text>
        </Group>
      ))}
    </Group>
  );
}
