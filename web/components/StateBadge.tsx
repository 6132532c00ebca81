import { Badge } from "@mantine/core";

const COLOURS: Record<string, string> = {
  QUEUED: "gray",
  DRAFT: "gray",
  OPEN: "blue",
  RUNNING: "blue",
  BUSY: "blue",
  IDLE: "teal",
  SILENT: "orange",
  VOTING: "blue",
  INVITED: "gray",
  FINISHED: "teal",
  TRAINING: "blue",
  SUCCEEDED: "teal",
  TRAINED: "teal",
  COMPLETED: "teal",
  CLOSED: "teal",
  FAILED: "red",
  CANCELLED: "orange",
  REVOKED: "red",
  EXPIRED: "orange",
};
const SIGNS: Record<string, string> = {
  QUEUED: "○",
  DRAFT: "○",
  OPEN: "◔",
  RUNNING: "◔",
  BUSY: "◔",
  IDLE: "✓",
  SILENT: "⊘",
  VOTING: "◔",
  INVITED: "○",
  FINISHED: "✓",
  TRAINING: "◔",
  SUCCEEDED: "✓",
  TRAINED: "✓",
  COMPLETED: "✓",
  CLOSED: "✓",
  FAILED: "✕",
  CANCELLED: "⊘",
  REVOKED: "⊘",
  EXPIRED: "⊘",
};

/** A state in words with its sign; the colour only underlines them. */
export function StateBadge({ state }: { state: string }) {
  return (
    <Badge
      color={COLOURS[state] ?? "gray"}
      variant="light"
      tt="none"
      fw={600}
      leftSection={<span aria-hidden="true">{SIGNS[state] ?? "○"}</span>}
      styles={{ root: { color: "var(--mantine-color-text)", flexShrink: 0, minWidth: "max-content" } }}
    >
      {state.toLowerCase()}
    </Badge>
  );
}
