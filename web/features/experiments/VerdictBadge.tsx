import { Badge } from "@mantine/core";
import type { RoundMetric } from "./prepareRoundMetrics.ts";

const SIGNS = {
  BETTER: { color: "teal", sign: "▲ better" },
  WORSE: { color: "red", sign: "▼ worse" },
  NO_EVIDENCE: { color: "gray", sign: "no evidence" },
} as const;

/** What a change is evidence of, by a word and not by colour alone. */
export function VerdictBadge({ verdict }: { verdict: RoundMetric["changes"][number]["verdict"] }) {
  return (
    <Badge
      variant="light"
      color={SIGNS[verdict].color}
      tt="none"
      styles={{ root: { color: "var(--mantine-color-text)", flexShrink: 0 } }}
    >
      {SIGNS[verdict].sign}
    </Badge>
  );
}
