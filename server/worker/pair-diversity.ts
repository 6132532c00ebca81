import type { DerivedMetric } from "../../shared/jobs/measure-round.ts";
import { meanOfPairs, pairsOf } from "../ml/metrics/diversity.ts";
import { ScorerEngine, type ScorerItem } from "../ml/scorers/engine.ts";
import { download } from "./download.ts";
import type { JobRun } from "./handler.ts";
import { isRecorded, type Measure, type PromptRow, type Values } from "./prompt-measure.ts";
import { pairScorerOf } from "./sample-scorers.ts";

/**
 * Diversity by a scorer that compares two images, such as LPIPS: each sample's mean distance to the others of its prompt. Every two
 * are compared once, in the order of their k, and an image is downloaded once. Prompts that are recorded are left out: a prompt of K samples
 * costs K (K - 1) / 2 runs of the model.
 * @throws Error naming the metric where no scorer of this worker gives it
 */
export async function pairDiversityOf(run: JobRun, metric: DerivedMetric): Promise<Measure> {
  const id = await pairScorerOf(metric);
  const engine = await ScorerEngine.open([id], { provider: run.provider });
  const distancesOf = async (prompts: readonly PromptRow[]): Promise<number[]> => {
    const distances: number[] = [];
    for await (const { key, outcomes } of engine.score(itemsOf(run, prompts))) {
      const outcome = outcomes.get(id);
      if (outcome?.kind !== "value")
        throw new Error(`${metric.name} of ${key}: ${outcome?.kind === "failure" ? outcome.reason : "no number"}`);
      distances.push(outcome.value);
    }
    return distances;
  };
  return {
    async of(prompts) {
      const series: Values[] = [];
      for (const [samplesPerPrompt, own] of Map.groupBy(prompts, ({ samples }) => samples.length)) {
        const provenance = { ...engine.scorers[0]?.provenance, samplesPerPrompt };
        const lacking = own.filter(({ samples }) => samples.some((s) => !isRecorded(s, metric.name, provenance)));
        const pairs = pairsOf(samplesPerPrompt).length;
        if (pairs === 0) continue;
        const distances = await distancesOf(lacking);
        const values = lacking.flatMap(({ samples }, p) => {
          const means = meanOfPairs(samplesPerPrompt, distances.slice(p * pairs, (p + 1) * pairs));
          return samples.map((sample, i) => ({ sample, value: means[i] ?? Number.NaN }));
        });
        series.push({ provenance, values });
      }
      return series;
    },
    dispose: () => engine.dispose(),
  };
}

async function* itemsOf({ client }: JobRun, prompts: readonly PromptRow[]): AsyncGenerator<ScorerItem> {
  const hashes = prompts.flatMap(({ samples }) => samples.map(({ artifactSha256 }) => artifactSha256));
  const files = download(client, hashes);
  for (const { samples } of prompts) {
    const images: { key: string; bytes: Uint8Array }[] = [];
    while (images.length < samples.length) {
      const { value } = await files.next();
      if (!value) throw new Error("There are fewer images than samples.");
      images.push(value);
    }
    for (const [i, j] of pairsOf(images.length)) {
      const [first, second] = [images[i], images[j]];
      if (first && second) yield { key: `${first.key} and ${second.key}`, media: first.bytes, reference: second.bytes };
    }
  }
}
