import { ApiClient } from "../../shared/api-client.ts";
import { Role } from "../../shared/enums.ts";
import type { Dashboard } from "./dashboard-setup.ts";

export const LONG_PROMPTS = 20_000;
export const LONG_K = 5;
/** Samples that both models of the long round have scored. */
export const SCORED = 1000;
const BATCH = 5000;

export interface LongRound {
  roundId: string;
  modelIds: [string, string];
}

/** A round of 100,000 samples, which two models have begun to score: what is rewarded by one is not by the other. */
export async function seedLongRound({ url, tokens, seed }: Dashboard): Promise<LongRound> {
  const client = new ApiClient({ url, token: tokens[Role.MEMBER] });
  const make = async (mutation: string, object: string, input: object): Promise<string> => {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
    const answer = await client.ask<Record<string, Record<string, { id: string }>>>(
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${object} { id } } }`,
      { input },
    );
    return answer[mutation]?.[object]?.id ?? "";
  };
  const { experiment } = await client.ask<{
    experiment: {
      basePolicy: { id: string };
      proxySet: { id: string };
      rounds: { samples: { nodes: { artifactSha256: string }[] } }[];
    };
  }>(
    "query ($id: ID!) { experiment(id: $id) { basePolicy { id } proxySet { id } rounds { samples(first: 100) { nodes { artifactSha256 } } } } }",
    { id: seed.experimentId },
  );
  const drawings = experiment.rounds[0]?.samples.nodes ?? [];
  const prompts = Array.from({ length: LONG_PROMPTS }, (_, i) => ({ text: `shape number ${i + 1}`, tags: ["long"] }));
  const promptSetId = await make("createPromptSet", "promptSet", { name: "Many shapes", prompts });
  const experimentId = await make("createExperiment", "experiment", {
    name: "Many shapes",
    basePolicyId: experiment.basePolicy.id,
    proxySetId: experiment.proxySet.id,
    promptSetId,
    k: LONG_K,
  });
  const roundId = await make("openRound", "round", { experimentId });
  for (let first = 0; first < LONG_PROMPTS * LONG_K; first += BATCH)
    await make("logSamples", "round", {
      roundId,
      samples: Array.from({ length: BATCH }, (_, i) => ({
        promptPosition: Math.floor((first + i) / LONG_K),
        k: (first + i) % LONG_K,
        artifactSha256: drawings[(first + i) % drawings.length]?.artifactSha256,
      })),
    });
  const { round } = await client.ask<{ round: { samples: { nodes: { id: string }[] } } }>(
    "query ($id: ID!, $first: Int) { round(id: $id) { samples(first: $first) { nodes { id } } } }",
    { id: roundId, first: SCORED },
  );
  const score = async (name: string, rewardOf: (i: number) => number) => {
    const rewardModelId = await make("trainRewardModel", "rewardModel", { roundId, name, strategy: "NAIVE" });
    const scores = round.samples.nodes.map(({ id: sampleId }, i) => ({ sampleId, score: rewardOf(i), logit: 0 }));
    await client.ask("mutation ($input: LogScoresInput!) { logScores(input: $input) { inserted } }", {
      input: { rewardModelId, scores },
    });
    return rewardModelId;
  };
  const share = (i: number) => (i + 0.5) / SCORED;
  return { roundId, modelIds: [await score("rising", share), await score("steady", () => 0.25)] };
}
