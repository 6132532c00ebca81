import type { ApiClient } from "../../shared/api-client.ts";
import * as operations from "../client/operations.ts";
import { ProgressBar } from "../client/progress-bar.ts";
import type { AblationTable } from "./ablation-report.ts";
import type { EmojiDataset } from "./dataset.ts";
import { openExperiment, type Stream } from "./experiment.ts";

const POLL_MS = 500;

/** What the ablations vary; the defaults are the demo's. */
export interface AblationGrid {
  seeds: number[];
  /** Proxy items, N, of table 7. */
  n: number[];
  /** Samples a prompt, K, of table 8. */
  k: number[];
  /** Training steps; the server's default without it. */
  steps?: number;
}

export interface AblationRequest {
  /** Its train prompts show the preferred style too, as a generator's raw outputs would: else there is nothing to bootstrap. */
  dataset: EmojiDataset;
  k: number;
  grid: AblationGrid;
  stream?: Stream;
}

interface AblationProgress {
  progress: { cells: number; done: number; failed: number };
  cells: { job: { state: string } | null }[];
}

async function waitFor(client: ApiClient, title: string, id: string, stream: Stream): Promise<void> {
  const bar = new ProgressBar(title, stream);
  for (;;) {
    const { ablation } = await client.ask<{ ablation: AblationProgress }>(operations.ABLATION, { id });
    const { cells, done, failed } = ablation.progress;
    bar.update(done / cells, `${done} of ${cells} models`);
    // A job ends a moment after its last cell.
    const ended = ablation.cells.every(({ job }) => job?.state !== "QUEUED" && job?.state !== "RUNNING");
    if (done === cells && ended) return bar.done(`${cells} models`);
    if (failed > 0 && done + failed === cells)
      throw new Error(`${title}: ${failed} of ${cells} models failed or were cancelled; run the demo again to go on.`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/**
 * The paper's ablations of the reward model (tables 4, 7 and 8) on an experiment of their own, whose policy now and then draws
 * in the preferred style: strategies, N and K, several seeds each. Run again, what is recorded is taken as it is.
 */
export async function recordAblations(
  client: ApiClient,
  { dataset, k, grid, stream }: AblationRequest,
): Promise<{ experimentId: string; tables: AblationTable[] }> {
  const experiment = {
    name: "Emoji: ablations",
    description:
      "Which strategy trains the best reward model, how much proxy data does it take, and what do more samples bring? The policy draws as all seven vendors do, so that some of its raw outputs are what is wanted.",
    policy: "Seven emoji vendors",
    generator: "drawings of all seven vendors",
    dataset,
    k,
  };
  const { experimentId, roundId } = await openExperiment(client, experiment, stream);
  const common = {
    roundId,
    seeds: grid.seeds,
    promptTag: "eval",
    negativePromptTag: "train",
    label: dataset.preferredStyle,
    hyperparameters: { steps: grid.steps },
  };
  const varied = [
    { name: "Strategies", strategies: ["NAIVE", "AVERAGE", "VOTING", "BOOTSTRAP"] },
    { name: "Proxy data, N", strategies: ["BOOTSTRAP"], n: grid.n },
    { name: "Samples a prompt, K", strategies: ["BOOTSTRAP"], k: grid.k },
  ];
  return { experimentId, tables: await recordAxes(client, { common, stream }, varied) };
}

/** An ablation of the round for each axis, one after the other. */
export async function recordAxes(
  client: ApiClient,
  { common, stream }: { common: object; stream: Stream },
  axes: readonly { name: string; [setting: string]: unknown }[],
): Promise<AblationTable[]> {
  const tables: AblationTable[] = [];
  for (const axis of axes) {
    const { runAblation } = await client.ask<{ runAblation: { ablation: { id: string } } }>(operations.RUN_ABLATION, {
      input: { ...common, ...axis },
    });
    const { id } = runAblation.ablation;
    await waitFor(client, `Ablation: ${axis.name}`, id, stream);
    const { ablation } = await client.ask<{ ablation: AblationTable }>(operations.ABLATION_TABLE, { id });
    tables.push(ablation);
  }
  return tables;
}
