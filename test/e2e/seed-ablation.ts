import type { ApiClient } from "../../shared/api-client.ts";
import type { SeedWorker } from "./seed-worker.ts";

const SEEDS = [0, 1, 2];
/** What each strategy's models are made to get right, of the judged prompts. */
const SKILL: Record<string, number> = { NAIVE: 0.5, AVERAGE: 0.55, VOTING: 0.55, BOOTSTRAP: 0.95 };

interface Cell {
  id: string;
  strategy: string;
  encoder: string;
  n: number;
  seed: number;
}

interface Group {
  candidates: { promptPosition: number; k: number }[];
}

/** The k of the sample labelled "flat" of every prompt that is judged; see the order of styles in `seed.ts`. */
const flatAt = (promptPosition: number): number => (4 - (promptPosition % 4)) % 4;

function metricsOf(cell: Cell, jitter: number) {
  const measured = (name: string, direction: string, value: number, half: number) => ({
    name,
    direction,
    provenance: { computedBy: "seed" },
    value,
    n: 18,
    low: value - half,
    high: value + half,
  });
  return [
    measured("FD(mobilenet-v2-mid)", "LOWER", 40 - 10 * (SKILL[cell.strategy] ?? 0) + jitter, 2),
    measured("held-out AUC", "HIGHER", 0.9 + 0.05 * (SKILL[cell.strategy] ?? 0) + jitter / 100, 0.02),
  ];
}

/** An ablation over the four strategies, three seeds each, whose numbers are made up. @returns its id */
export async function seedAblation(client: ApiClient, worker: SeedWorker, roundId: string): Promise<string> {
  const { runAblation } = await client.ask<{ runAblation: { ablation: { id: string; cells: Cell[] } } }>(
    "mutation ($input: RunAblationInput!) { runAblation(input: $input) { ablation { id cells { id strategy encoder n seed } } } }",
    {
      input: {
        roundId,
        name: "Strategies",
        strategies: ["NAIVE", "AVERAGE", "VOTING", "BOOTSTRAP"],
        seeds: SEEDS,
        promptTag: "eval",
        negativePromptTag: "train",
        label: "flat",
      },
    },
  );
  const { id, cells } = runAblation.ablation;
  for (const [seed, group] of Map.groupBy(cells, (cell) => cell.seed)) {
    const lease = await worker.lease("RUN_ABLATION");
    const candidates = await judged(worker.client, id, group[0] as Cell);
    for (const cell of group) {
      const right = (SKILL[cell.strategy] ?? 0) * candidates.length;
      const picks = candidates.map((position, i) => (i < right ? flatAt(position) : (flatAt(position) + 1) % 4));
      await worker.client.ask(
        "mutation ($input: RecordAblationCellInput!) { recordAblationCell(input: $input) { cell { id } } }",
        {
          input: {
            cellId: cell.id,
            picks,
            metrics: metricsOf(cell, (seed * (1 + 2 * (SKILL[cell.strategy] ?? 0))) / 4),
          },
        },
      );
    }
    await worker.finish(lease, { result: { recorded: 4 } });
  }
  return id;
}

/** Positions of the judged prompts, in order. */
async function judged(client: ApiClient, ablationId: string, { encoder, n, seed }: Cell): Promise<number[]> {
  const { ablationGroup } = await client.ask<{ ablationGroup: Group }>(
    `query ($ablationId: ID!, $encoder: String!, $n: Int!, $seed: SafeInt!) {
      ablationGroup(ablationId: $ablationId, encoder: $encoder, n: $n, seed: $seed) { candidates { promptPosition k } } }`,
    { ablationId, encoder, n, seed },
  );
  return [...new Set(ablationGroup.candidates.map((candidate) => candidate.promptPosition))];
}
