import { buildEmojiDataset } from "../../tools/demo/dataset.ts";
import type { TestServer } from "../support/server.ts";
import { type OpenExperiment, openExperiment } from "./open-experiment.ts";

export interface MeasuredRound extends OpenExperiment {
  /** In order of prompt and k. */
  samples: { id: string; sha256: string; promptPosition: number; k: number }[];
  /** Has scored and ranked every sample. */
  rewardModelId: string;
}

/** Round 1 of an experiment on emoji, `prompts` with four drawings each, and fifty proxy images, ten of them held out. */
export async function measuredRound(server: TestServer, prompts: number): Promise<MeasuredRound> {
  const dataset = buildEmojiDataset({ proxyCount: 50, trainPrompts: 20, evalPrompts: prompts });
  const upload = async (picture: { render(): Promise<Buffer> }) =>
    (await server.upload(await picture.render())).body.sha256;
  const hashesOf = async (pictures: { render(): Promise<Buffer> }[]) => {
    const hashes: string[] = [];
    for (const picture of pictures) hashes.push(await upload(picture));
    return hashes;
  };
  const judged = dataset.samples.filter(({ promptPosition }) => promptPosition >= 20);
  const experiment = await openExperiment(server, prompts, 4, await hashesOf(dataset.proxy));
  const hashes = await hashesOf(judged);
  const logged = judged.map(({ promptPosition, k, label }, i) => ({
    promptPosition: promptPosition - 20,
    k,
    label,
    artifactSha256: hashes[i],
  }));
  const { errors } = await server.ask(
    "mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }",
    { input: { roundId: experiment.roundId, samples: logged } },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  const samples: MeasuredRound["samples"] = await server.db.query(
    `select id, artifact_sha256 as sha256, prompt_position as "promptPosition", k from samples
     where round_id = $1 order by prompt_position, k`,
    [experiment.roundId],
  );
  return { ...experiment, samples, rewardModelId: await rankedBy(server, experiment.roundId, "R") };
}

/** A reward model that ranks a round's samples in an order of its own, by SQL. */
export async function rankedBy({ db }: TestServer, roundId: string, name: string): Promise<string> {
  const [{ id }] = await db.query(
    `insert into reward_models (round_id, name, strategy, encoder, hyperparameters, seed) values ($1, $2, 'NAIVE', 'mobilenet-v2-mid', '{}', 0)
     returning id`,
    [roundId, name],
  );
  await db.query(
    `insert into sample_scores (reward_model_id, sample_id, logit, score, rank)
     select $1, id, 0, 0.5, row_number() over (partition by prompt_id order by md5($3 || prompt_position || ':' || k))
     from samples where round_id = $2`,
    [id, roundId, name],
  );
  return id;
}
