import type { ApiClient } from "../../shared/api-client.ts";
import { paperResults } from "../../tools/import/paper-results.ts";

/**
 * The paper's tables, and numbers of an experiment that another lab measured: its FD is of another model file, so it can't be
 * compared with that of the rounds. @returns the experiment's id
 */
export async function seedComparison(client: ApiClient, experimentName: string): Promise<string> {
  await client.ask(
    "mutation ($input: ImportReferenceResultsInput!) { importReferenceResults(input: $input) { inserted } }",
    { input: paperResults() },
  );
  const { experiments } = await client.ask<{ experiments: { nodes: { id: string }[] } }>(
    "query ($search: String!) { experiments(search: $search, first: 1) { nodes { id } } }",
    { search: experimentName },
  );
  const subjectId = experiments.nodes[0]?.id ?? "";
  const point = (name: string, direction: "HIGHER" | "LOWER", [value, half]: [number, number]) => ({
    ...{ subject: "EXPERIMENT", subjectId, name, direction, step: 144, value, low: value - half, high: value + half },
    ...{ n: 144, provenance: { computedBy: "another lab's script", sha256: "ab".repeat(32) } },
  });
  await client.ask("mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }", {
    input: {
      points: [point("FD(mobilenet-v2-mid)", "LOWER", [12.5, 0.7]), point("CLIPScore", "HIGHER", [0.712, 0.008])],
    },
  });
  return subjectId;
}
