import { ENCODER_IDS } from "../../shared/encoders.ts";
import { MetricDirection } from "../../shared/enums.ts";
import type { DerivedMetric, MeasureRoundInput } from "../../shared/jobs/measure-round.ts";
import { type Encoder, loadEncoder } from "../ml/encoders/encoder.ts";
import { meanDistances } from "../ml/metrics/diversity.ts";
import { NearestCentroid } from "../ml/metrics/nearest-centroid.ts";
import { RewardScorer } from "../ml/reward/score.ts";
import { readRewardMembers } from "../ml/reward/weights-file.ts";
import { encoderProvenance } from "./encoder-provenance.ts";
import { featuresOf } from "./features.ts";
import type { JobRun } from "./handler.ts";
import { pairDiversityOf } from "./pair-diversity.ts";
import { isRecorded, type Measure, type PromptRow, type SampleRow, type Values } from "./prompt-measure.ts";

/** Samples a page, or one prompt's where it has more. */
const PAGE = 500;
const ROUND = `query RoundToJudge($roundId: ID!) { round(id: $roundId) { sampleCount experiment { k } } }`;
const ROWS = `query SamplesToJudge($roundId: ID!, $names: [String!]!, $promptTag: String, $first: Int!, $after: String) {
  round(id: $roundId) { promptRows(first: $first, after: $after, promptTag: $promptTag) {
    nodes { prompt { id } samples { id k artifactSha256 metrics(names: $names) { name provenance } } } pageInfo { hasNextPage endCursor } } } }`;
const LOG = `mutation LogDerived($input: LogSampleMetricsInput!) { logSampleMetrics(input: $input) { inserted } }`;

interface Page {
  nodes: PromptRow[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** The samples of a prompt with their features, row after row. */
interface PromptFeatures {
  readonly prompt: { readonly id: string };
  readonly samples: readonly SampleRow[];
  readonly values: Float32Array;
}

/** The same by the features of the samples. */
interface FeatureMeasure {
  of(prompts: readonly PromptFeatures[]): Promise<Values[]>;
  dispose(): Promise<void>;
}

/**
 * Records the metrics that follow from features, and how far samples are from the others of their prompt, of every sample that has
 * none yet. @returns how many values were new
 */
export async function measureDerived(run: JobRun, input: MeasureRoundInput): Promise<number> {
  let inserted = 0;
  for (const [encoderId, metrics] of Map.groupBy(input.derived, ({ encoder }) => encoder)) {
    if (ENCODER_IDS.some((id) => id === encoderId))
      inserted += await measureByEncoder(run, { input, encoderId, metrics });
    else
      for (const metric of metrics)
        inserted += await measureOne(run, { input, metric, measure: await pairDiversityOf(run, metric) });
  }
  return inserted;
}

async function measureByEncoder(
  run: JobRun,
  { input, encoderId, metrics }: { input: MeasureRoundInput; encoderId: string; metrics: readonly DerivedMetric[] },
): Promise<number> {
  let inserted = 0;
  const encoder = await loadEncoder(encoderId, { provider: run.provider });
  try {
    for (const metric of metrics) {
      const own = await featureMeasureOf(run, { input, metric, encoder });
      const measure = {
        ...own,
        of: async (rows: readonly PromptRow[]) => own.of(await withFeatures(run, encoder, rows)),
      };
      inserted += await measureOne(run, { input, metric, measure });
    }
    return inserted;
  } finally {
    await encoder.dispose();
  }
}

async function featureMeasureOf(
  run: JobRun,
  { input, metric, encoder }: { input: MeasureRoundInput; metric: DerivedMetric; encoder: Encoder },
): Promise<FeatureMeasure> {
  if (metric.kind === "REWARD") return rewardOf(run, metric, encoder);
  if (metric.kind === "FIDELITY") return fidelityOf(run, { input, metric, encoder });
  return diversityOf(encoder);
}

interface Work {
  readonly input: MeasureRoundInput;
  readonly metric: DerivedMetric;
  readonly measure: Measure;
}

/** Disposes of the measure. */
async function measureOne(run: JobRun, { input, metric, measure }: Work): Promise<number> {
  const { roundId, promptTag } = input;
  let [inserted, done] = [0, 0];
  try {
    const { round } = await run.client.ask<{ round: { sampleCount: number; experiment: { k: number } } }>(ROUND, {
      roundId,
    });
    const first = Math.max(1, Math.floor(PAGE / round.experiment.k));
    for (let after: string | null = null, more = true; more; ) {
      const page: Page = await pageOf(run, { roundId, promptTag, names: [metric.name], first, after });
      for (const series of await measure.of(page.nodes)) inserted += await log(run, { roundId, metric, series });
      done += page.nodes.reduce((sum, { samples }) => sum + samples.length, 0);
      run.report(Math.min(1, done / Math.max(1, round.sampleCount)), `${metric.name} of ${done} samples`);
      ({ hasNextPage: more, endCursor: after } = page.pageInfo);
    }
    return inserted;
  } finally {
    await measure.dispose();
  }
}

async function pageOf({ client }: JobRun, variables: Record<string, unknown>): Promise<Page> {
  return (await client.ask<{ round: { promptRows: Page } }>(ROWS, variables)).round.promptRows;
}

async function withFeatures(
  { client }: JobRun,
  encoder: Encoder,
  nodes: readonly PromptRow[],
): Promise<PromptFeatures[]> {
  const hashes = nodes.flatMap(({ samples }) => samples.map(({ artifactSha256 }) => artifactSha256));
  const features = await featuresOf(client, encoder, hashes);
  let row = 0;
  return nodes.map(({ prompt, samples }) => {
    const from = row;
    row += samples.length;
    return { prompt, samples, values: features.subarray(from * 2 * encoder.width, row * 2 * encoder.width) };
  });
}

const encoderOf = (encoder: Encoder) => ({ computedBy: "gan-rm-lab features", ...encoderProvenance(encoder) });

/** Of prompts with equally many samples: the distance to the others depends on how many there are. */
function diversityOf(encoder: Encoder): FeatureMeasure {
  return {
    async of(prompts) {
      const bySize = Map.groupBy(prompts, ({ samples }) => samples.length);
      return [...bySize].map(([samplesPerPrompt, own]) => ({
        provenance: { ...encoderOf(encoder), distance: "Euclidean", samplesPerPrompt },
        values: own.flatMap(({ samples, values }) =>
          [...meanDistances({ values, width: 2 * encoder.width })].map((value, i) => ({
            sample: samples[i] as SampleRow,
            value,
          })),
        ),
      }));
    },
    dispose: async () => undefined,
  };
}

/**
 * A sample with k below half of the reference's K is what others are compared with; the rest are looked up, in every round, so that no
 * sample is compared with itself or with one of the same seed.
 */
async function fidelityOf(
  run: JobRun,
  {
    input: { promptTag },
    metric: { referenceRoundId: roundId },
    encoder,
  }: { input: MeasureRoundInput; metric: Extract<DerivedMetric, { kind: "FIDELITY" }>; encoder: Encoder },
): Promise<FeatureMeasure> {
  const width = 2 * encoder.width;
  const { round } = await run.client.ask<{ round: { experiment: { k: number } } }>(ROUND, { roundId });
  const half = Math.ceil(round.experiment.k / 2);
  const rowsOf = ({ samples, values }: PromptFeatures, wanted: (k: number) => boolean) =>
    samples.flatMap((sample, i) =>
      wanted(sample.k) ? [{ sample, row: values.subarray(i * width, (i + 1) * width) }] : [],
    );
  const gallery = new NearestCentroid(width);
  const first = Math.max(1, Math.floor(PAGE / round.experiment.k));
  for (let after: string | null = null, more = true; more; ) {
    const page: Page = await pageOf(run, { roundId, promptTag, names: [], first, after });
    for (const shown of await withFeatures(run, encoder, page.nodes)) {
      const rows = rowsOf(shown, (k) => k < half).map(({ row }) => row);
      if (rows.length > 0) gallery.add(shown.prompt.id, { values: joined(rows), width });
    }
    ({ hasNextPage: more, endCursor: after } = page.pageInfo);
  }
  const provenance = { ...encoderOf(encoder), referenceRound: roundId, prompts: gallery.size, samplesPerPrompt: half };
  return {
    async of(prompts) {
      const asked = prompts.flatMap((shown) =>
        rowsOf(shown, (k) => k >= half).map((one) => ({ ...one, prompt: shown.prompt.id })),
      );
      if (asked.length === 0) return [];
      const found = await gallery.nearest({ values: joined(asked.map(({ row }) => row)), width });
      return [
        { provenance, values: asked.map(({ sample, prompt }, i) => ({ sample, value: found[i] === prompt ? 1 : 0 })) },
      ];
    },
    dispose: async () => undefined,
  };
}

function joined(rows: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  for (const row of rows) {
    all.set(row, at);
    at += row.length;
  }
  return all;
}

async function rewardOf(
  { client, provider }: JobRun,
  { rewardModelId, weightsSha256 }: Extract<DerivedMetric, { kind: "REWARD" }>,
  encoder: Encoder,
): Promise<FeatureMeasure> {
  const scorer = await RewardScorer.create(readRewardMembers(await client.download(weightsSha256)), { provider });
  return {
    async of(prompts) {
      const samples = prompts.flatMap((prompt) => prompt.samples);
      const { logits } = await scorer.score(joined(prompts.map(({ values }) => values)));
      const provenance = { ...encoderOf(encoder), rewardModel: rewardModelId, weights: weightsSha256, value: "logit" };
      return [{ provenance, values: samples.map((sample, i) => ({ sample, value: logits[i] ?? Number.NaN })) }];
    },
    dispose: () => scorer.dispose(),
  };
}

/** What is recorded stays as it is: on another processor a value may differ in its last bits. */
async function log(
  { client }: JobRun,
  { roundId, metric: { name }, series }: { roundId: string; metric: DerivedMetric; series: Values },
): Promise<number> {
  const { provenance } = series;
  const lacking = series.values.filter(({ sample }) => !isRecorded(sample, name, provenance));
  if (lacking.length === 0) return 0;
  const values = lacking.map(({ sample, value }) => ({ sampleId: sample.id, value }));
  const input = { roundId, name, direction: MetricDirection.HIGHER, provenance, values };
  return (await client.ask<{ logSampleMetrics: { inserted: number } }>(LOG, { input })).logSampleMetrics.inserted;
}
