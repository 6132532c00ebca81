import sharp from "sharp";
import type { TestServer } from "../support/server.ts";
import { openExperiment } from "./open-experiment.ts";

/** What captions look like when nobody was careful. */
export const NASTY_PROMPTS = [
  'a "quoted" fox, with commas; and semicolons',
  "two lines\nof text\r\nor three",
  '=HYPERLINK("http://example.com","click")',
  "@SUM(1,1)*cmd|' /C calc'!A0",
  "a family 👩‍👩‍👧‍👦 of foxes 🦊, U+2028 \u2028 and a combining é",
  '{"json": [1, 2, "\\u0000"]}',
  "'; drop table prompts; --",
  "日本語のプロンプト",
];

export interface ExportedRound {
  experimentId: string;
  roundId: string;
  modelId: string;
  policyId: string;
  proxySetId: string;
  k: number;
}

const FORMATS = ["png", "jpeg", "webp", "gif"] as const;
const FIRST_TAG = "train";

/** 16 x 16 pixels of their own, in a format that the number chooses. */
function picture(n: number): Promise<Buffer> {
  const pixels = Buffer.from(Array.from({ length: 768 }, (_, i) => Math.imul(i + 7, n * 2654435761 + 1) >>> 24));
  const image = sharp(pixels, { raw: { width: 16, height: 16, channels: 3 } });
  return image.toFormat(FORMATS[n % FORMATS.length] ?? "png").toBuffer();
}

/**
 * A round whose samples were scored, ranked and paired. Prompts are NASTY_PROMPTS, all but the last two tagged "train"; the
 * best of prompt p is k = p mod K. Scores have all the digits that a double has.
 */
export async function exportedRound(server: TestServer, k = 3): Promise<ExportedRound> {
  const opened = await openExperiment(server, NASTY_PROMPTS.length, k);
  for (const [position, text] of NASTY_PROMPTS.entries())
    await server.db.query("update prompts set text = $3, tags = $4 where prompt_set_id = $1 and position = $2", [
      opened.promptSetId,
      position,
      text,
      position < NASTY_PROMPTS.length - 2 ? [FIRST_TAG] : [],
    ]);
  const samples: object[] = [];
  for (let position = 0; position < NASTY_PROMPTS.length; position++)
    for (let place = 0; place < k; place++) {
      const { body } = await server.upload(await picture(position * k + place));
      const seed = place === 0 ? null : Number.MAX_SAFE_INTEGER - position;
      samples.push({ promptPosition: position, k: place, artifactSha256: body.sha256, seed });
    }
  const input = { input: { roundId: opened.roundId, samples } };
  await must(server.ask("mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }", input));
  const modelId = await scoredModel(server, opened.roundId, k);
  await must(
    server.ask("mutation ($input: BuildPairsInput!) { buildPairs(input: $input) { inserted } }", {
      input: { rewardModelId: modelId },
    }),
  );
  return { ...opened, modelId, k };
}

async function scoredModel(server: TestServer, roundId: string, k: number): Promise<string> {
  const [{ id }] = await server.db.query(
    `insert into reward_models (round_id, name, strategy, encoder, hyperparameters, seed)
     values ($1, 'R/1 "naïve"', 'NAIVE', 'mobilenet-v2-mid', '{}', 0) returning id`,
    [roundId],
  );
  await server.db.query(
    `insert into sample_scores (reward_model_id, sample_id, score, logit, rank)
     select $1, id, 1 / (pi() + (k - prompt_position + 100 * $3::int) % $3::int + prompt_position / 1000.0), 0,
       (k - prompt_position + 100 * $3::int) % $3::int + 1 from samples where round_id = $2`,
    [id, roundId, k],
  );
  return id;
}

async function must(answer: Promise<{ errors?: unknown }>): Promise<void> {
  const { errors } = await answer;
  if (errors) throw new Error(JSON.stringify(errors));
}
