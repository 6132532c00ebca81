import { type ScoreSamplesResult, scoreSamplesInput } from "../../shared/jobs/score-samples.ts";
import { loadEncoder } from "../ml/encoders/encoder.ts";
import { RewardScorer, type Scores } from "../ml/reward/score.ts";
import { bordaVotes } from "../ml/reward/voting.ts";
import { readRewardMembers } from "../ml/reward/weights-file.ts";
import { featuresOf } from "./features.ts";
import type { JobHandler, JobRun } from "./handler.ts";

/** Samples a page, or one prompt's where it has more. */
const PAGE = 500;
const ROUND = `query RoundToScore($roundId: ID!) { round(id: $roundId) { sampleCount experiment { k } } }`;
const SAMPLES = `query SamplesToScore($roundId: ID!, $first: Int!, $after: String) {
  round(id: $roundId) { promptRows(first: $first, after: $after) {
    nodes { samples { id artifactSha256 } } pageInfo { hasNextPage endCursor } } } }`;
const LOG = `mutation LogScores($input: LogScoresInput!) { logScores(input: $input) { inserted } }`;

interface Page {
  nodes: { samples: { id: string; artifactSha256: string }[] }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** Whole prompts, since the snapshots of a VOTING model rank a prompt's samples among themselves. */
async function nextPage({ client }: JobRun, place: { roundId: string; first: number; after: string | null }) {
  const { round } = await client.ask<{ round: { promptRows: Page } }>(SAMPLES, place);
  const samples = round.promptRows.nodes.flatMap((row, prompt) => row.samples.map((sample) => ({ ...sample, prompt })));
  return { samples, ...round.promptRows.pageInfo };
}

/** Rows for logScores; several members vote. */
function rowsOf(samples: readonly { id: string; prompt: number }[], { logits, scores, members }: Scores): object[] {
  const votes =
    members.length > 1
      ? bordaVotes(
          members,
          samples.map(({ prompt }) => prompt),
        )
      : null;
  return samples.map(({ id }, i) => ({
    sampleId: id,
    logit: logits[i] ?? Number.NaN,
    score: scores[i] ?? Number.NaN,
    votes: votes?.[i] ?? null,
  }));
}

/** r(x) of every sample of the round (section 3.3), page by page; the checkpoint is the cursor of the last page stored. */
export const scoreSamples: JobHandler = async (run) => {
  const { roundId, rewardModelId, encoder: encoderId, weightsSha256 } = scoreSamplesInput.parse(run.input);
  const encoder = await loadEncoder(encoderId, { provider: run.provider });
  const members = readRewardMembers(await run.client.download(weightsSha256));
  const scorer = await RewardScorer.create(members, { provider: run.provider });
  const { round } = await run.client.ask<{ round: { sampleCount: number; experiment: { k: number } } }>(ROUND, {
    roundId,
  });
  const first = Math.max(1, Math.floor(PAGE / round.experiment.k));
  let after = typeof run.checkpoint?.afterPrompt === "string" ? run.checkpoint.afterPrompt : null;
  let scored = typeof run.checkpoint?.scored === "number" ? run.checkpoint.scored : 0;
  for (let more = true; more; ) {
    const page = await nextPage(run, { roundId, first, after });
    if (page.samples.length > 0) {
      const show = (done: number) =>
        run.report((scored + done) / Math.max(round.sampleCount, 1), `scored ${scored + done} of ${round.sampleCount}`);
      const hashes = page.samples.map((sample) => sample.artifactSha256);
      const features = await featuresOf(run.client, encoder, hashes, { onProgress: show });
      const rows = rowsOf(page.samples, await scorer.score(features));
      await run.client.ask(LOG, { input: { rewardModelId, scores: rows } });
      scored += rows.length;
    }
    after = page.endCursor;
    more = page.hasNextPage;
    if (after) run.saveCheckpoint({ afterPrompt: after, scored });
  }
  const result: ScoreSamplesResult = { scored };
  return result;
};
