import sharp from "sharp";
import type { TestClient } from "../support/server.ts";
import { openExperiment } from "./open-experiment.ts";

async function uploadPicture(server: TestClient, pixel: (i: number) => number): Promise<string> {
  const pixels = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => pixel(i));
  const png = await sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
    .png()
    .toBuffer();
  return (await server.upload(png)).body.sha256;
}

/**
 * Round 1 of an experiment with stripes as proxy data and noise as the policy's outputs, one for each prompt or several; with
 * several there are some left to bootstrap from. K is 2 at least.
 */
export async function trainableRound(server: TestClient, images: number, perPrompt = 1): Promise<string> {
  const stripes: string[] = [];
  const samples: object[] = [];
  const noise = (n: number) => uploadPicture(server, (i) => (Math.imul(i + 1, 2654435761) * (n + 1)) >>> 24);
  for (let n = 0; n < images; n++) {
    stripes.push(await uploadPicture(server, (i) => (Math.floor(i / 12) % 2 ? 40 + n : 200 - n)));
    for (let k = 0; k < perPrompt; k++)
      samples.push({ promptPosition: n, k, seed: n, artifactSha256: await noise(n + k * images) });
  }
  const { roundId } = await openExperiment(server, images, Math.max(2, perPrompt), stripes);
  const { errors } = await server.ask(
    "mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }",
    { input: { roundId, samples } },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return roundId;
}
