import { Badge } from "@mantine/core";

const COLOURS: Record<string, string> = {
  QUEUED: "gray",
  DRAFT: "gray",
  OPEN: "blue",
  RUNNING: "blue",
  TRAINING: "blue",
  SUCCEEDED: "green",
  TRAINED: "green",
  COMPLETED: "green",
  FAILED: "red",
  CANCELLED: "orange",
};

/** A state in words; the colour only underlines it. */
export function StateBadge({ state }: { state: string }) {
  return (
    <Badge color={COLOURS[state] ?? "gray"} variant="light">
      {state.toLowerCase()}
    </Badge>
  );
}
