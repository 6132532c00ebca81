import { randomUUID } from "node:crypto";
import sharp from "sharp";
import type { TestClient } from "../support/server.ts";

/** A PNG of one colour, 8 x 8. */
export function plainPng(shade: number): Promise<Buffer> {
  return sharp({ create: { width: 8, height: 8, channels: 3, background: { r: shade, g: 0, b: 255 - shade } } })
    .png()
    .toBuffer();
}

export interface OpenExperiment {
  experimentId: string;
  roundId: string;
  promptSetId: string;
  proxySetId: string;
  policyId: string;
  /** Two uploaded images that samples may show. */
  sha256: string;
  otherSha256: string;
}

/** Five images of one colour each. */
async function plainImages(server: TestClient): Promise<string[]> {
  const hashes: string[] = [];
  for (let shade = 0; shade < 5; shade++) hashes.push((await server.upload(await plainPng(shade * 50))).body.sha256);
  return hashes;
}

/**
 * Registers prompts, proxy data, policy and experiment through the API and opens round 1.
 * @param proxyImages hashes of uploaded images; plain ones by default
 */
export async function openExperiment(
  server: TestClient,
  prompts: number,
  k: number,
  proxyImages?: string[],
): Promise<OpenExperiment> {
  const name = randomUUID();
  const make = async (mutation: string, type: string, answer: string, input: object): Promise<string> => {
    const { data, errors } = await server.ask(
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${answer} { id } } }`,
      { input },
    );
    if (errors) throw new Error(JSON.stringify(errors));
    return data[mutation][answer].id;
  };
  const hashes = proxyImages ?? (await plainImages(server));
  const texts = Array.from({ length: prompts }, (_, i) => ({ text: `prompt ${i}` }));
  const promptSetId = await make("createPromptSet", "CreatePromptSetInput", "promptSet", { name, prompts: texts });
  const items = hashes.map((artifactSha256) => ({ artifactSha256 }));
  const proxySetId = await make("createProxySet", "CreateProxySetInput", "proxySet", { name, items });
  const policyId = await make("createPolicy", "CreatePolicyInput", "policy", { name });
  const input = { name, basePolicyId: policyId, promptSetId, proxySetId, k };
  const experimentId = await make("createExperiment", "CreateExperimentInput", "experiment", input);
  const roundId = await make("openRound", "OpenRoundInput", "round", { experimentId });
  return {
    experimentId,
    roundId,
    promptSetId,
    proxySetId,
    policyId,
    sha256: hashes[0] ?? "",
    otherSha256: hashes[1] ?? "",
  };
}
