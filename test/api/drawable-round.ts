import { randomUUID } from "node:crypto";
import type { TestClient } from "../support/server.ts";
import { plainPng } from "./open-experiment.ts";

export interface DrawableRound {
  experimentId: string;
  roundId: string;
  policyId: string;
  weightsSha256: string;
}

export interface DrawableOptions {
  k: number;
  /** The tag of each prompt. */
  tags: string[];
  /** Weights of the policy; some bytes that no generator reads by default. */
  weights?: Uint8Array;
  /** Instead of weights: a folder on the workers. */
  folder?: string;
  /** Images of the proxy set, under their prompts; ten plain ones without by default. */
  proxy?: { bytes: Buffer; prompt?: string }[];
  /** Further fields of the experiment. */
  experiment?: object;
  /** Texts of the prompts; numbered by default. */
  texts?: string[];
}

/** Round 1 of an experiment whose policy carries weights. The experiment's seed is 11. */
export async function drawableRound(server: TestClient, options: DrawableOptions): Promise<DrawableRound> {
  const experiment = await drawableExperiment(server, options);
  const roundId = await make(server, "openRound", "OpenRoundInput", { experimentId: experiment.experimentId });
  return { ...experiment, roundId };
}

/** As `drawableRound`, with no round open. */
export async function drawableExperiment(
  server: TestClient,
  { k, tags, weights, folder, proxy, experiment, texts }: DrawableOptions,
): Promise<Omit<DrawableRound, "roundId">> {
  const name = randomUUID();
  const file = Buffer.from(weights ?? Buffer.from("weights"));
  const weightsSha256 = (await server.upload(file, { "x-artifact-kind": "MODEL" })).body.sha256;
  const promptSetId = await make(server, "createPromptSet", "CreatePromptSetInput", {
    name,
    prompts: tags.map((tag, i) => ({ text: texts?.[i] ?? `prompt ${i}`, tags: [tag] })),
  });
  const images = proxy ?? (await plainProxy());
  const items: object[] = [];
  for (const { bytes, ...image } of images)
    items.push({ artifactSha256: (await server.upload(bytes)).body.sha256, ...image });
  const proxySetId = await make(server, "createProxySet", "CreateProxySetInput", { name, items });
  const files = folder ? { folder } : { weightsSha256 };
  const policyId = await make(server, "createPolicy", "CreatePolicyInput", { name, origin: "BASE", ...files });
  const experimentId = await make(server, "createExperiment", "CreateExperimentInput", {
    ...{ name, basePolicyId: policyId, promptSetId, proxySetId, k, seed: 11 },
    ...experiment,
  });
  return { experimentId, policyId, weightsSha256 };
}

const plainProxy = () => Promise.all(Array.from({ length: 10 }, async (_, i) => ({ bytes: await plainPng(i * 20) })));

/** @returns the id of what the mutation made */
async function make(server: TestClient, mutation: string, type: string, input: object): Promise<string> {
  const answer = mutation.replace(/^(create|open)./, (start) => start.slice(-1).toLowerCase());
  const { data, errors } = await server.ask(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${answer} { id } } }`,
    { input },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data[mutation][answer].id;
}
