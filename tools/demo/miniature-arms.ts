import type { ApiClient } from "../../shared/api-client.ts";
import type { AblationTable } from "./ablation-report.ts";
import { buildMiniature } from "./miniature.ts";
import { type DemoOptions, demoOptions } from "./options.ts";
import { recordKAblation } from "./record-k-ablation.ts";
import { type Arm, type RunsRequest, recordRun } from "./record-runs.ts";
import { type ReportRow, rowsOf } from "./run-report.ts";

const PROXY_COUNT = 400;
const ABLATION_SEEDS = [0, 1, 2];

/** What the miniature gives as it comes: the comparison after each arm, then the ablation's table. */
export type MiniaturePart = { experimentId: string; rows: ReportRow[] } | { tables: AblationTable[] };

/** Sizes that tests lower. */
export type MiniatureLimits = Partial<
  Pick<RunsRequest, "rewardSteps" | "samplingSteps" | "resamples" | "stream" | "metrics">
> & {
  /** Instead of the pretrained generator's. */
  weights?: Uint8Array;
  proxyCount?: number;
  postTraining?: Record<string, unknown>;
  ablationSeeds?: number[];
};

const armsOf = (options: DemoOptions, suffix: string, hyperparameters: Record<string, unknown>): Arm[] => {
  const question =
    "Does a generator of five mixed styles come to draw in the one that its reward model was shown, and at what price?";
  return [
    {
      ...{ name: `Miniature: DPO${suffix}`, description: question, postTraining: "DPO" },
      plannedRounds: options.rounds,
      hyperparameters,
    },
    {
      description: question,
      hyperparameters,
      ...{ name: `Miniature: SFT${suffix}`, postTraining: "SFT", plannedRounds: options.sftRounds },
      picksPerPrompt: 1,
    },
  ];
};

const sizesOf = ({ rounds, sftRounds, k, trainPrompts, evalPrompts, seed }: DemoOptions): string =>
  `, ${rounds} + ${sftRounds} rounds, K = ${k}, ${trainPrompts} + ${evalPrompts} prompts, seed ${seed}`;

/** What tells an experiment of these sizes from others by its name; nothing where they are the demo's own. */
const suffixOf = (options: DemoOptions): string => {
  const usual = demoOptions([]);
  return usual && sizesOf(usual) === sizesOf(options) ? "" : sizesOf(options);
};

/**
 * The paper in miniature on the embedded generator: rounds of DPO, rounds of SFT from the same base policy, selection alone, and
 * the ablation of K. Every step asks the server first, so a second run does nothing twice.
 */
export async function* recordMiniature(
  client: ApiClient,
  options: DemoOptions,
  limits: MiniatureLimits = {},
): AsyncGenerator<MiniaturePart> {
  const { trainPrompts, evalPrompts, k, seed } = options;
  const { proxyCount = PROXY_COUNT, postTraining = {}, ablationSeeds, weights, ...sizes } = limits;
  const built = buildMiniature({ trainPrompts, evalPrompts, proxyCount }, seed);
  const miniature = weights ? { ...built, weights: new Uint8Array(weights) } : built;
  const data = `Miniature: ${trainPrompts} + ${evalPrompts} prompts, seed ${seed}`;
  const rows: ReportRow[] = [];
  let first: string | undefined;
  for (const arm of armsOf(options, suffixOf(options), postTraining)) {
    const experimentId = await recordRun(client, { miniature, data, arm, k, seed, ...sizes });
    const shown = await rowsOf(client, experimentId);
    if (!first) rows.push(shown.base, ...(shown.best ? [shown.best] : []));
    rows.push(...shown.rounds);
    first ??= experimentId;
    yield { experimentId, rows: [...rows] };
  }
  if (!(first && options.ablations)) return;
  const ks = [...new Set([2, Math.max(2, Math.floor((2 * k) / 3)), k])];
  const asked = { experimentId: first, seeds: ablationSeeds ?? ABLATION_SEEDS, k: ks, steps: limits.rewardSteps };
  yield { tables: await recordKAblation(client, { ...asked, stream: limits.stream }) };
}
