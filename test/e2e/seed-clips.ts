import { ApiClient } from "../../shared/api-client.ts";
import { Role } from "../../shared/enums.ts";
import { clipOf } from "../support/clip.ts";
import type { Dashboard } from "./dashboard-setup.ts";

/** Times of the frames of a prompt's samples, ms, by k; the last one is a still. */
export const CLIP_TIMES = [[80, 80, 80, 80, 80], [200, 200, 200], [400]] as const;

/** A round whose samples are clips, two prompts with GIFs and WebPs. @returns its id */
export async function seedClips({ url, tokens }: Dashboard): Promise<string> {
  const client = new ApiClient({ url, token: tokens[Role.MEMBER] });
  const made = async (mutation: string, object: string, input: object): Promise<string> => {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
    const text = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${object} { id } } }`;
    const answer = await client.ask<Record<string, Record<string, { id: string }>>>(text, { input });
    return answer[mutation]?.[object]?.id ?? "";
  };
  const clip = async (prompt: number, k: number) => {
    const frames = (CLIP_TIMES[k] ?? []).map((ms, frame) => ({
      ...{ colour: [60 + 40 * frame, 70 * k, 90 * prompt] as const, ms },
    }));
    const format = prompt === 0 ? "gif" : "webp";
    const bytes = await clipOf(frames, { width: 96, height: 64, format });
    return client.upload(new Uint8Array(bytes), "IMAGE", `${prompt}-${k}.${format}`);
  };
  const prompts = [{ text: "a wheel that turns" }, { text: "a door that opens" }];
  const samples = await Promise.all(
    prompts.flatMap((_, promptPosition) =>
      CLIP_TIMES.map(async (_times, k) => ({ promptPosition, k, artifactSha256: await clip(promptPosition, k) })),
    ),
  );
  const promptSetId = await made("createPromptSet", "promptSet", { name: "What moves", prompts });
  const items = [{ artifactSha256: samples[0]?.artifactSha256 }, { artifactSha256: samples[1]?.artifactSha256 }];
  const proxySetId = await made("createProxySet", "proxySet", { name: "What moves", items });
  const basePolicyId = await made("createPolicy", "policy", { name: "Of clips", origin: "BASE" });
  const experimentId = await made("createExperiment", "experiment", {
    ...{ name: "What moves", basePolicyId, promptSetId, proxySetId, k: CLIP_TIMES.length },
  });
  const roundId = await made("openRound", "round", { experimentId });
  await made("logSamples", "round", { roundId, samples });
  return roundId;
}
