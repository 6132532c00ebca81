import type { MeasureRoundInput } from "../../shared/jobs/measure-round.ts";
import type { JobRun } from "./handler.ts";

const PAGE = 1000;
/** Most samples whose features are held at a time: 310 MB of CLIP's. */
const MOST_SAMPLES = 50_000;

const SAMPLES = (
  ranked: boolean,
) => `query SamplesByRank($roundId: ID!, $first: Int!, $after: String, $promptTag: String${ranked ? ", $rewardModelId: ID!" : ""}) {
  round(id: $roundId) { samples(first: $first, after: $after, promptTag: $promptTag) {
    nodes { artifactSha256 promptPosition ${ranked ? "score(rewardModelId: $rewardModelId) { rank }" : ""} }
    pageInfo { hasNextPage endCursor } } } }`;

/** A sample, and the rank that the reward model gave it; null without one. */
export interface RankedSample {
  artifactSha256: string;
  promptPosition: number;
  rank: number | null;
}

/** Samples of one rank, or all of them. */
export interface Slice {
  rank: number | null;
  /** places in the list of samples */
  rows: number[];
}

interface Page {
  nodes: (Omit<RankedSample, "rank"> & { score?: { rank: number | null } | null })[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** Every sample of the round that is to be measured, in order of prompts. */
export async function samplesOf(
  { client }: JobRun,
  { roundId, rewardModelId, promptTag }: MeasureRoundInput,
): Promise<RankedSample[]> {
  const samples: RankedSample[] = [];
  const query = SAMPLES(rewardModelId !== null);
  const pageAfter = async (after: string | null): Promise<Page> => {
    const variables = { roundId, promptTag, first: PAGE, after, ...(rewardModelId && { rewardModelId }) };
    return (await client.ask<{ round: { samples: Page } }>(query, variables)).round.samples;
  };
  for (let page = await pageAfter(null); ; page = await pageAfter(page.pageInfo.endCursor)) {
    for (const { score, ...sample } of page.nodes) samples.push({ ...sample, rank: score?.rank ?? null });
    if (!page.pageInfo.hasNextPage) return samples;
  }
}

/** All samples of as many prompts, at even intervals, as stay within `most` samples. */
export function thinned(samples: RankedSample[], most = MOST_SAMPLES): RankedSample[] {
  if (samples.length <= most) return samples;
  const share = most / samples.length;
  const positions = [...new Set(samples.map(({ promptPosition }) => promptPosition))];
  const kept = new Set(positions.filter((_, i) => Math.floor((i + 1) * share) > Math.floor(i * share)));
  return samples.filter(({ promptPosition }) => kept.has(promptPosition));
}

/** The whole, then each rank from 1. */
export function slicesOf(samples: readonly RankedSample[]): Slice[] {
  const ranks = Map.groupBy(samples.keys(), (row) => samples[row]?.rank ?? null);
  const ranked = [...ranks].flatMap(([rank, rows]) => (rank === null ? [] : [{ rank, rows: [...rows] }]));
  return [{ rank: null, rows: [...samples.keys()] }, ...ranked.toSorted((a, b) => a.rank - b.rank)];
}
