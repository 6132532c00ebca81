import sharp from "sharp";
import type { TestClient } from "../support/server.ts";
import { openExperiment } from "./open-experiment.ts";

export interface ComparedRounds {
  experimentId: string;
  promptSetId: string;
  /** one round an arm, in order */
  roundIds: string[];
  policyNames: string[];
  /** [arm][prompt], of the samples with k = 0 */
  artifacts: string[][];
}

/** Words that no volunteer may ever see, in every place where a file could carry them. */
export const SECRET_WORDS = "SECRETPOLICY";

/** A picture of its own for each arm and prompt, 24 x 24, with metadata that names its policy. */
export function telltalePng(arm: number, prompt: number): Promise<Buffer> {
  const pixels = Uint8Array.from({ length: 24 * 24 * 3 }, (_, i) => (i * (arm + 3) + prompt * 17) % 256);
  return sharp(pixels, { raw: { width: 24, height: 24, channels: 3 } })
    .png()
    .withExif({ IFD0: { ImageDescription: `${SECRET_WORDS} ${arm}`, Software: `${SECRET_WORDS} ${arm}` } })
    .toBuffer();
}

/**
 * An experiment with a round an arm, each of a policy of its own and with one sample of every prompt.
 * @param draw what arm and prompt show, each another picture
 */
export async function comparedRounds(
  server: TestClient,
  prompts: number,
  arms = 2,
  draw: (arm: number, prompt: number) => Promise<Buffer> = telltalePng,
): Promise<ComparedRounds> {
  const ask = async (query: string, input: object) => {
    const { data, errors } = await server.ask(query, { input });
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  const { experimentId, promptSetId } = await openExperiment(server, prompts, 2);
  const [roundIds, artifacts, policyNames]: [string[], string[][], string[]] = [[], [], []];
  for (let arm = 0; arm < arms; arm++) {
    const name = `${SECRET_WORDS} ${experimentId} ${arm}`;
    policyNames.push(name);
    const { createPolicy } = await ask(
      "mutation ($input: CreatePolicyInput!) { createPolicy(input: $input) { policy { id } } }",
      { name },
    );
    const opened = await ask("mutation ($input: OpenRoundInput!) { openRound(input: $input) { round { id } } }", {
      experimentId,
      policyInId: createPolicy.policy.id,
      index: arm + 2,
    });
    const hashes: string[] = [];
    for (let prompt = 0; prompt < prompts; prompt++)
      hashes.push((await server.upload(await draw(arm, prompt))).body.sha256);
    await ask("mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }", {
      roundId: opened.openRound.round.id,
      samples: hashes.map((artifactSha256, promptPosition) => ({
        promptPosition,
        k: 0,
        artifactSha256,
        label: SECRET_WORDS,
      })),
    });
    roundIds.push(opened.openRound.round.id);
    artifacts.push(hashes);
  }
  return { experimentId, promptSetId, roundIds, policyNames, artifacts };
}
