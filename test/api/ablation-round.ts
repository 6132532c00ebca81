import sharp from "sharp";
import { Random } from "../../server/ml/onnx/random.ts";
import type { TestClient } from "../support/server.ts";

export interface AblationRound {
  roundId: string;
  /** Images of the samples and the proxy set, each once. */
  images: Set<string>;
  /** Samples logged, more than there are images: some are of two prompts. */
  samples: number;
}

const [TRAIN_PROMPTS, EVAL_PROMPTS, K, PROXIES] = [40, 16, 4, 50];

/** Stripes under noise, 32 x 32: `share` of stripes. */
async function upload(server: TestClient, random: Random, share: number): Promise<string> {
  const phase = Math.floor(random.uniform() * 12);
  const pixels = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => {
    const stripe = Math.floor((i + phase) / 12) % 2 ? 40 : 200;
    return share * stripe + (1 - share) * 255 * random.uniform();
  });
  const png = await sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
    .png()
    .toBuffer();
  return (await server.upload(png)).body.sha256;
}

/**
 * Round 1 of an experiment: 40 prompts tagged "train" with two samples each, 16 tagged "eval" with four, of which the one with
 * more stripes is labelled "stripes". Proxy data are stripes (40 to train on, 10 held out). Every eighth sample shows an image
 * that another prompt of its tag has too.
 */
export async function ablationRound(server: TestClient, name = "ablations"): Promise<AblationRound> {
  const random = new Random(11);
  const ask = async (query: string, input: object) => {
    const { data, errors } = await server.ask(query, { input });
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  const create = async (noun: string, input: object): Promise<string> => {
    const field = `create${noun}`;
    const answer = noun.charAt(0).toLowerCase() + noun.slice(1);
    const data = await ask(
      `mutation ($input: ${field.replace("c", "C")}Input!) { ${field}(input: $input) { ${answer} { id } } }`,
      { name, ...input },
    );
    return data[field][answer].id;
  };
  const proxies: string[] = [];
  for (let i = 0; i < PROXIES; i++) proxies.push(await upload(server, random, 0.8));
  const prompts = Array.from({ length: TRAIN_PROMPTS + EVAL_PROMPTS }, (_, i) => ({
    text: `prompt ${i}`,
    tags: [i < TRAIN_PROMPTS ? "train" : "eval"],
  }));
  const promptSetId = await create("PromptSet", { prompts });
  const proxySetId = await create("ProxySet", { items: proxies.map((artifactSha256) => ({ artifactSha256 })) });
  const basePolicyId = await create("Policy", {});
  const experimentId = await create("Experiment", { basePolicyId, promptSetId, proxySetId, k: K });
  const { openRound } = await ask("mutation ($input: OpenRoundInput!) { openRound(input: $input) { round { id } } }", {
    experimentId,
  });
  const roundId: string = openRound.round.id;
  const samples: { promptPosition: number; k: number; artifactSha256: string; label?: string }[] = [];
  for (const [promptPosition, { tags }] of prompts.entries())
    for (let k = 0; k < (tags.includes("train") ? 2 : K); k++) {
      const preferred = tags.includes("eval") && k === promptPosition % K;
      const before = samples[samples.length - 2 * K];
      const shared = samples.length % 8 === 7 && !preferred && before && !before.label;
      const artifactSha256 = shared
        ? before.artifactSha256
        : await upload(server, random, preferred ? 0.5 : 0.35 * random.uniform());
      samples.push({ promptPosition, k, artifactSha256, ...(preferred && { label: "stripes" }) });
    }
  await ask("mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }", { roundId, samples });
  const images = new Set([...proxies, ...samples.map((sample) => sample.artifactSha256)]);
  return { roundId, images, samples: samples.length + PROXIES };
}
