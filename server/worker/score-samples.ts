import { type ScoreSamplesResult, scoreSamplesInput } from "../../shared/jobs/score-samples.ts";
import { loadEncoder } from "../ml/encoders/encoder.ts";
import { RewardScorer } from "../ml/reward/score.ts";
import { readRewardMembers } from "../ml/reward/weights-file.ts";
import { featuresOf } from "./features.ts";
import type { JobHandler } from "./handler.ts";

const PAGE = 500;
const SAMPLES = `query SamplesToScore($roundId: ID!, $first: Int!, $after: String) {
  round(id: $roundId) { sampleCount samples(first: $first, after: $after) {
    nodes { id artifactSha256 } pageInfo { hasNextPage endCursor } } } }`;
const LOG = `mutation LogScores($input: LogScoresInput!) { logScores(input: $input) { inserted } }`;

interface Page {
  round: {
    sampleCount: number;
    samples: {
      nodes: { id: string; artifactSha256: string }[];
      pageInfo: { hasNextPage: boolean; endCursor: string | null };
    };
  };
}

/** r(x) of every sample of the round (section 3.3), page by page; the checkpoint is the cursor of the last page stored. */
export const scoreSamples: JobHandler = async (run) => {
  const { roundId, rewardModelId, encoder: encoderId, weightsSha256 } = scoreSamplesInput.parse(run.input);
  const encoder = await loadEncoder(encoderId, { provider: run.provider });
  const scorer = await RewardScorer.create(readRewardMembers(await run.client.download(weightsSha256)), {
    provider: run.provider,
  });
  let after = typeof run.checkpoint?.after === "string" ? run.checkpoint.after : null;
  let scored = typeof run.checkpoint?.scored === "number" ? run.checkpoint.scored : 0;
  for (let more = true; more; ) {
    const { round } = await run.client.ask<Page>(SAMPLES, { roundId, first: PAGE, after });
    const { nodes, pageInfo } = round.samples;
    if (nodes.length > 0) {
      const show = (done: number) =>
        run.report((scored + done) / Math.max(round.sampleCount, 1), `scored ${scored + done} of ${round.sampleCount}`);
      const features = await featuresOf(
        run.client,
        encoder,
        nodes.map((node) => node.artifactSha256),
        { onProgress: show },
      );
      const { logits, scores } = await scorer.score(features);
      const rows = nodes.map((node, i) => ({
        sampleId: node.id,
        logit: logits[i] ?? Number.NaN,
        score: scores[i] ?? Number.NaN,
      }));
      await run.client.ask(LOG, { input: { rewardModelId, scores: rows } });
      scored += nodes.length;
    }
    after = pageInfo.endCursor;
    more = pageInfo.hasNextPage;
    if (after) run.saveCheckpoint({ after, scored });
  }
  const result: ScoreSamplesResult = { scored };
  return result;
};
