import type { ApiClient } from "../../shared/api-client.ts";

/** By round: value and half the width of its interval. Reward rises, the distance falls, and diversity is lost on the way. */
const MEASURED = [
  {
    name: "FD(mobilenet-v2-mid)",
    direction: "LOWER",
    rounds: [
      [24.1, 0.9],
      [19.6, 0.8],
    ],
  },
  {
    name: "reward(R)",
    direction: "HIGHER",
    rounds: [
      [-0.8, 0.15],
      [0.9, 0.18],
    ],
  },
  {
    name: "diversity(mobilenet-v2-mid)",
    direction: "HIGHER",
    rounds: [
      [6.4, 0.2],
      [5.3, 0.2],
    ],
  },
  {
    name: "KID(mobilenet-v2-mid)",
    direction: "LOWER",
    rounds: [
      [0.051, 0.006],
      [0.047, 0.006],
    ],
  },
] as const;

/** What a lab measured of two rounds, logged as its own numbers. */
export async function seedMetrics(client: ApiClient, roundIds: readonly string[], samples: number): Promise<void> {
  const points = roundIds.flatMap((subjectId, t) =>
    MEASURED.map(({ name, direction, rounds }) => {
      const [value = 0, half = 0] = rounds[t] ?? [];
      return {
        ...{ subject: "ROUND", subjectId, name, direction, provenance: { computedBy: "the lab's own script" } },
        ...{ step: samples, value, low: value - half, high: value + half, n: samples },
      };
    }),
  );
  await client.ask("mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }", {
    input: { points },
  });
}
