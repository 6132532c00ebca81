import { isDeepStrictEqual } from "node:util";
import { ApiError } from "../../shared/api-client.ts";
import type { MeasureRoundInput } from "../../shared/jobs/measure-round.ts";
import { type OpenScorer, type ScoredItem, ScorerEngine } from "../ml/scorers/engine.ts";
import { download } from "./download.ts";
import type { JobRun } from "./handler.ts";
import type { MeasuringCheckpoint } from "./measure-round.ts";
import { numbersOf, type ScorerNumber } from "./sample-scorers.ts";

/** Samples measured between two checkpoints: a worker that dies loses no more. */
const PAGE = 250;

const SAMPLES = `query SamplesToMeasure($roundId: ID!, $names: [String!]!, $first: Int!, $after: String, $promptTag: String) {
  round(id: $roundId) { sampleCount sampleMetrics { id name provenance } samples(first: $first, after: $after, promptTag: $promptTag) {
    nodes { id artifactSha256 prompt { text } metrics(names: $names) { seriesId } } pageInfo { hasNextPage endCursor } } } }`;
const LOG = `mutation LogSampleMetrics($input: LogSampleMetricsInput!) { logSampleMetrics(input: $input) { inserted } }`;

interface SampleRow {
  id: string;
  artifactSha256: string;
  prompt: { text: string };
  metrics: { seriesId: string }[];
}
interface Page {
  sampleCount: number;
  sampleMetrics: { id: string; name: string; provenance: unknown }[];
  samples: { nodes: SampleRow[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

interface SampleValue {
  sampleId: string;
  value: number;
}

/** A number of a scorer with all that its series says. */
interface Recorded extends ScorerNumber {
  readonly scorer: string;
  readonly direction: string;
  readonly provenance: unknown;
}

interface Measuring {
  readonly input: MeasureRoundInput;
  /** ids; at least one */
  readonly scorers: string[];
  readonly checkpoint: MeasuringCheckpoint;
  save(news: Partial<MeasuringCheckpoint>): void;
}

/** Records what the scorers say of every sample of the round that has no such value yet. An image is decoded once. */
export async function measureSamples(run: JobRun, measuring: Measuring): Promise<void> {
  const { input, scorers, checkpoint, save } = measuring;
  const engines = new Engines(run);
  try {
    const recorded = (await engines.of(scorers)).scorers.flatMap(recordedOf);
    let { after, scored } = checkpoint;
    for (let more = true; more; ) {
      const from = after;
      const ask = () => pageOf(run, input, { recorded, after: from });
      const page = await ask();
      const before = scored;
      const show = (done: number) => {
        const of = page.sampleCount * recorded.length;
        run.report(Math.min(1, (before + done) / of), `measured ${before + done} of ${of} values of samples`);
      };
      scored += await measurePage(run, page, { roundId: input.roundId, recorded, engines, show, ask });
      ({ endCursor: after, hasNextPage: more } = page.samples.pageInfo);
      save({ after, scored, sampled: !more });
    }
  } finally {
    await engines.dispose();
  }
}

function recordedOf({ card, provenance }: OpenScorer): Recorded[] {
  const { id: scorer, direction } = card;
  // as the record gives it back
  const plain: unknown = JSON.parse(JSON.stringify(provenance));
  return numbersOf(card).map((number) => ({ ...number, scorer, direction, provenance: plain }));
}

async function pageOf(
  { client }: JobRun,
  { roundId, promptTag }: MeasureRoundInput,
  { recorded, after }: { recorded: Recorded[]; after: string | null },
): Promise<Page> {
  const variables = { roundId, promptTag, names: recorded.map(({ name }) => name), first: PAGE, after };
  return (await client.ask<{ round: Page }>(SAMPLES, variables)).round;
}

/** Of each number, the samples of a page that have no value yet. */
function lackingIn({ sampleMetrics, samples }: Page, recorded: Recorded[]): Map<Recorded, Set<string>> {
  const lacking = (number: Recorded) => {
    const series = sampleMetrics.find(
      ({ name, provenance }) => name === number.name && isDeepStrictEqual(provenance, number.provenance),
    );
    const without = samples.nodes.filter(({ metrics }) => !metrics.some(({ seriesId }) => seriesId === series?.id));
    return new Set(without.map(({ id }) => id));
  };
  return new Map(recorded.map((number) => [number, lacking(number)]));
}

interface PageWork {
  readonly roundId: string;
  readonly recorded: Recorded[];
  readonly engines: Engines;
  /** tells how many values of the page are computed */
  show(done: number): void;
  /** the page as it is now */
  ask(): Promise<Page>;
}

/** @returns how many values were new */
async function measurePage(run: JobRun, page: Page, work: PageWork): Promise<number> {
  const lacking = lackingIn(page, work.recorded);
  const wantedOf = ({ id }: SampleRow) => work.recorded.filter((number) => lacking.get(number)?.has(id));
  const scorersOf = (sample: SampleRow) => [...new Set(wantedOf(sample).map(({ scorer }) => scorer))].join("\n");
  const values = new Map<Recorded, SampleValue[]>(work.recorded.map((number) => [number, []]));
  let done = 0;
  for (const [wanted, samples] of Map.groupBy(page.samples.nodes, scorersOf)) {
    if (wanted === "") continue;
    const engine = await work.engines.of(wanted.split("\n"));
    const byId = new Map(samples.map((sample) => [sample.id, sample]));
    for await (const { key: sampleId, outcomes } of engine.score(itemsOf(run, samples)))
      for (const number of wantedOf(byId.get(sampleId) as SampleRow)) {
        values.get(number)?.push({ sampleId, value: number.of(numberIn(number, sampleId, outcomes)) });
        work.show(++done);
      }
  }
  let inserted = 0;
  for (const [number, own] of values) inserted += await log(run, work, { number, values: own });
  return inserted;
}

/** @throws Error where the scorer has no number for the sample */
function numberIn({ scorer, name }: Recorded, sampleId: string, outcomes: ScoredItem["outcomes"]) {
  const outcome = outcomes.get(scorer);
  if (outcome?.kind === "value") return outcome;
  const reason = outcome?.kind === "failure" ? outcome.reason : "the scorer gives features";
  throw new Error(`${name} of sample ${sampleId} can't be computed: ${reason}`);
}

async function* itemsOf({ client }: JobRun, samples: SampleRow[]) {
  const files = download(
    client,
    samples.map(({ artifactSha256 }) => artifactSha256),
  );
  for (const { id, prompt } of samples) {
    const { value } = await files.next();
    yield { key: id, media: value?.bytes ?? new Uint8Array(), prompt: prompt.text };
  }
}

/** Where another job was faster, its values stay: on another processor they may differ in their last bits. */
async function log(
  run: JobRun,
  { roundId, recorded, ask }: PageWork,
  { number, values }: { number: Recorded; values: SampleValue[] },
): Promise<number> {
  const { name, direction, provenance } = number;
  const send = async (rows: SampleValue[]): Promise<number> => {
    if (rows.length === 0) return 0;
    const input = { roundId, name, direction, provenance, values: rows };
    return (await run.client.ask<{ logSampleMetrics: { inserted: number } }>(LOG, { input })).logSampleMetrics.inserted;
  };
  try {
    return await send(values);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === "CONFLICT" && error.field !== "direction")) throw error;
    run.log(`${name}: another job has recorded some of these samples meanwhile`);
    const lacking = lackingIn(await ask(), recorded).get(number);
    return send(values.filter(({ sampleId }) => lacking?.has(sampleId)));
  }
}

/** The engine of the scorers that are wanted now; one is open at a time. */
class Engines {
  private open: { key: string; engine: ScorerEngine } | undefined;
  constructor(private readonly run: JobRun) {}

  async of(scorers: string[]): Promise<ScorerEngine> {
    const key = scorers.join("\n");
    if (this.open?.key === key) return this.open.engine;
    await this.dispose();
    const engine = await ScorerEngine.open(scorers, { provider: this.run.provider });
    this.open = { key, engine };
    return engine;
  }

  async dispose(): Promise<void> {
    const { open } = this;
    this.open = undefined;
    await open?.engine.dispose();
  }
}
