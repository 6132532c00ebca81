import type { ApiClient } from "../../shared/api-client.ts";
import { create, everyNode, findByName } from "../client/list.ts";
import * as operations from "../client/operations.ts";

/** An experiment as the lab's files make it. The server's objects all bear its name. */
export interface ExperimentPlan {
  name: string;
  /** Where prompts and samples come from, for the record. */
  samplesSource: string;
  proxySource: string;
  prompts: { text: string; tags: string[] }[];
  proxy: { artifactSha256: string; fileName: string }[];
  k: number;
  /** The server's default without it. */
  encoder?: string;
  /** t, 1 by default; the rounds before it are there. */
  round?: number;
  /** Name of the policy whose outputs round t shows; the experiment's by default. */
  policy?: string;
}

/** The name belongs to something else. */
export class ContentDiffers extends Error {
  override readonly name = "ContentDiffers";
  constructor(name: string, what: string) {
    super(`"${name}" is there with other content: ${what}. Give the same files and flags to go on, or another --name.`);
  }
}

interface Named {
  id: string;
  name: string;
}

/** @returns the id of the prompt set with just these prompts. @throws ContentDiffers */
async function promptSet(client: ApiClient, { name, samplesSource, prompts }: ExperimentPlan): Promise<string> {
  const known = await findByName<Named & { promptCount: number }>(client, operations.PROMPT_SETS, name);
  if (!known) return create(client, operations.CREATE_PROMPT_SET, { name, source: samplesSource, prompts });
  if (known.promptCount !== prompts.length)
    throw new ContentDiffers(name, `${known.promptCount} prompts there, ${prompts.length} here`);
  let position = 0;
  for await (const { text, tags } of everyNode<{ text: string; tags: string[] }>(client, operations.PROMPTS, {
    id: known.id,
  })) {
    const here = prompts[position++];
    if (text !== here?.text)
      throw new ContentDiffers(name, `prompt ${position} is "${text}" there, "${here?.text}" here`);
    if (tags.join() !== here.tags.join())
      throw new ContentDiffers(
        name,
        `prompt ${position} is tagged "${tags}" there, "${here.tags}" here (--eval-share)`,
      );
  }
  return known.id;
}

/** @returns the id of the proxy set with just these images. @throws ContentDiffers */
async function proxySet(client: ApiClient, { name, proxySource, proxy }: ExperimentPlan): Promise<string> {
  const known = await findByName<Named>(client, operations.PROXY_SETS, name);
  if (!known) return create(client, operations.CREATE_PROXY_SET, { name, source: proxySource, items: proxy });
  const here = new Set(proxy.map((item) => item.artifactSha256));
  const there = new Set<string>();
  for await (const { artifact } of everyNode<{ artifact: { sha256: string } }>(client, operations.PROXY_ITEMS, {
    id: known.id,
  }))
    there.add(artifact.sha256);
  const gone = [...there].filter((sha256) => !here.has(sha256)).length;
  const added = [...here].filter((sha256) => !there.has(sha256)).length;
  if (gone + added > 0) throw new ContentDiffers(name, `of the proxy images, ${added} are new and ${gone} are missing`);
  return known.id;
}

/**
 * Finds or makes prompt set, proxy set, policy, experiment and round 1, so that a repeated import goes on where it stopped.
 * @returns the ids. @throws ContentDiffers, ApiError
 */
export async function registerExperiment(
  client: ApiClient,
  plan: ExperimentPlan,
): Promise<{ experimentId: string; roundId: string }> {
  const { name, k, encoder, samplesSource } = plan;
  const promptSetId = await promptSet(client, plan);
  const proxySetId = await proxySet(client, plan);
  const basePolicyId = await policyOf(client, { name, generator: samplesSource });
  const known = await findByName<KnownExperiment>(client, operations.EXPERIMENTS, name);
  if (known) mustBeAlike(known, plan, [basePolicyId, promptSetId, proxySetId]);
  const input = { name, promptSetId, proxySetId, basePolicyId, k, encoder };
  const experimentId = known?.id ?? (await create(client, operations.CREATE_EXPERIMENT, input));
  return { experimentId, roundId: await openRound(client, { experimentId, basePolicyId, plan }) };
}

type KnownExperiment = Named & { k: number; encoder: string } & Record<
    "basePolicy" | "promptSet" | "proxySet",
    { id: string }
  >;

/** A later round may show fewer samples of a prompt than the first. */
function mustBeAlike(known: KnownExperiment, { name, k, encoder, round = 1 }: ExperimentPlan, ids: string[]): void {
  if (round === 1 ? known.k !== k : known.k < k) throw new ContentDiffers(name, `K is ${known.k} there, ${k} here`);
  if (encoder && known.encoder !== encoder)
    throw new ContentDiffers(name, `the encoder is ${known.encoder} there, ${encoder} here`);
  if ([known.basePolicy.id, known.promptSet.id, known.proxySet.id].join() !== ids.join())
    throw new ContentDiffers(name, "its policy, prompts or proxy set bear another name");
}

/** @returns the id of the policy of that name, which is made where there is none */
async function policyOf(
  client: ApiClient,
  policy: { name: string; generator: string; parentId?: string },
): Promise<string> {
  const known = await findByName<Named>(client, operations.POLICIES, policy.name);
  return known?.id ?? create(client, operations.CREATE_POLICY, { ...policy, origin: "IMPORTED" });
}

/** Round t with its policy, whose parent is that of the round before. @throws ContentDiffers, ApiError */
async function openRound(
  client: ApiClient,
  { experimentId, basePolicyId, plan }: { experimentId: string; basePolicyId: string; plan: ExperimentPlan },
): Promise<string> {
  const { name, round: index = 1, policy, samplesSource } = plan;
  if (policy === undefined) return create(client, operations.OPEN_ROUND, { experimentId, index });
  const { experiment } = await client.ask<{ experiment: { rounds: { index: number; policyIn: { id: string } }[] } }>(
    operations.POLICIES_OF_ROUNDS,
    { id: experimentId },
  );
  const of = (t: number) => experiment.rounds.find((round) => round.index === t)?.policyIn.id;
  const parentId = index > 1 ? of(index - 1) : undefined;
  if (index > 1 && parentId === undefined) throw new ContentDiffers(name, `it has no round ${index - 1} yet`);
  const policyInId =
    index > 1 ? await policyOf(client, { name: policy, generator: samplesSource, parentId }) : basePolicyId;
  const there = of(index);
  if (there !== undefined && there !== policyInId)
    throw new ContentDiffers(name, `round ${index} shows another policy than "${policy}"`);
  return create(client, operations.OPEN_ROUND, { experimentId, index, policyInId });
}
