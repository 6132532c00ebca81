import type { ApiClient } from "../../shared/api-client.ts";

interface Measured {
  name: string;
  direction: "HIGHER" | "LOWER";
  /** what the finite number of samples adds */
  bias?: number;
  rounds: [value: number, half: number][];
}

/** By round: value and half the width of its interval. Reward rises, the distance falls, and diversity is lost on the way. */
const MEASURED: Measured[] = [
  {
    name: "FD(mobilenet-v2-mid)",
    direction: "LOWER",
    bias: 3.14,
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
];

/** The paper's figure 2 as it should be: what is preferred less is further from the proxy data. */
const RANKS = {
  "FD(mobilenet-v2-mid)": [21.4, 26.2, 33.9, 41.5],
  "KID(mobilenet-v2-mid)": [0.041, 0.052, 0.066, 0.071],
};

/** A metric of every rank of a model. */
export async function seedRanks(client: ApiClient, rewardModelId: string, n: number): Promise<void> {
  const points = Object.entries(RANKS).flatMap(([name, values]) =>
    values.map((value, i) => ({
      ...{ subject: "RANK_SLICE", subjectId: rewardModelId, name, direction: "LOWER", step: i + 1 },
      ...{ provenance: { computedBy: "the lab's own script" }, value, low: 0.9 * value, high: 1.1 * value, n },
    })),
  );
  await client.ask("mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }", {
    input: { points },
  });
}

/** A metric of every sample: the later round is better for three prompts of four, by an amount of each prompt's own. */
export async function seedSampleMetric(client: ApiClient, roundIds: readonly string[]): Promise<void> {
  for (const [t, roundId] of roundIds.entries()) {
    const { round } = await client.ask<{
      round: { samples: { nodes: { id: string; k: number; promptPosition: number }[] } };
    }>("query ($id: ID!) { round(id: $id) { samples(first: 1000) { nodes { id k promptPosition } } } }", {
      id: roundId,
    });
    const values = round.samples.nodes.map(({ id, k, promptPosition: p }) => ({
      sampleId: id,
      value: 20 + (p % 5) + 0.1 * k + t * (p % 4 === 0 ? -0.5 - p / 50 : 0.5 + p / 20),
    }));
    await client.ask("mutation ($input: LogSampleMetricsInput!) { logSampleMetrics(input: $input) { inserted } }", {
      input: {
        roundId,
        name: "CLIPScore",
        direction: "HIGHER",
        provenance: { computedBy: "the lab's own script" },
        values,
      },
    });
  }
}

/** What a lab measured of two rounds, logged as its own numbers. */
export async function seedMetrics(client: ApiClient, roundIds: readonly string[], samples: number): Promise<void> {
  const points = roundIds.flatMap((subjectId, t) =>
    MEASURED.map(({ name, direction, bias = null, rounds }) => {
      const [value = 0, half = 0] = rounds[t] ?? [];
      return {
        ...{ subject: "ROUND", subjectId, name, direction, provenance: { computedBy: "the lab's own script" } },
        ...{ step: samples, value, low: value - half, high: value + half, n: samples, bias },
      };
    }),
  );
  await client.ask("mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }", {
    input: { points },
  });
}
