import { randomUUID } from "node:crypto";
import { Role } from "../../shared/enums.ts";
import type { TestServer } from "../support/server.ts";
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
  /** Images of the proxy set, under their prompts; ten plain ones without by default. */
  proxy?: { bytes: Buffer; prompt?: string }[];
  /** Further fields of the experiment. */
  experiment?: object;
  /** Texts of the prompts; numbered by default. */
  texts?: string[];
}

/** Round 1 of an experiment whose policy carries weights. The experiment's seed is 11. */
export async function drawableRound(server: TestServer, options: DrawableOptions): Promise<DrawableRound> {
  const experiment = await drawableExperiment(server, options);
  const { id } = await server.services.rounds.open({ experimentId: experiment.experimentId, index: 1 });
  return { ...experiment, roundId: id };
}

/** As `drawableRound`, with no round open. */
export async function drawableExperiment(
  server: TestServer,
  { k, tags, weights, proxy, experiment, texts }: DrawableOptions,
): Promise<Omit<DrawableRound, "roundId">> {
  const name = randomUUID();
  const { services } = server;
  const file = Buffer.from(weights ?? Buffer.from("weights"));
  const weightsSha256 = (await server.upload(file, { "x-artifact-kind": "MODEL" })).body.sha256;
  const prompts = await services.prompts.create({
    name,
    prompts: tags.map((tag, i) => ({ text: texts?.[i] ?? `prompt ${i}`, tags: [tag] })),
  });
  const images =
    proxy ?? (await Promise.all(Array.from({ length: 10 }, async (_, i) => ({ bytes: await plainPng(i * 20) }))));
  const items: object[] = [];
  for (const { bytes, ...image } of images)
    items.push({ artifactSha256: (await server.upload(bytes)).body.sha256, ...image });
  const proxySet = await services.proxySets.create({ name, items });
  const policy = await services.policies.create({ name, origin: "BASE", weightsSha256 });
  const { data, errors } = await server.ask(
    "mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { id } } }",
    {
      input: {
        name,
        basePolicyId: policy.id,
        promptSetId: prompts.id,
        proxySetId: proxySet.id,
        k,
        seed: 11,
        ...experiment,
      },
    },
    Role.MEMBER,
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return { experimentId: data.createExperiment.experiment.id, policyId: policy.id, weightsSha256 };
}
