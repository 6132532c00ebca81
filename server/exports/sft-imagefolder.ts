import { createHash, type Hash } from "node:crypto";
import type { EntityManager } from "typeorm";
import { IMAGE_FORMATS } from "../../shared/image-format.ts";
import type { ReadableStore } from "../artifacts/artifact.service.ts";
import { groupsByBytes, readImages } from "./images.ts";
import { pagesOf } from "./pages.ts";
import { ZipStream } from "./zip-stream.ts";

/** x^h of a prompt, as the database has it. */
interface ChosenSample {
  position: number;
  prompt: string;
  k: number;
  seed: number | null;
  label: string | null;
  reward: number;
  sha256: string;
  mediaType: string;
  byteSize: number;
}

const PAGE = 1000;
const GROUP = { maxBytes: 16 << 20, maxRows: 1000 };

/** $1 reward model, $2 its round, $3 prompt tag (null: any), $4 position before, $5 rows. Index samples_by_place_idx. */
const CHOSEN_PAGE = `
select s.prompt_position as position, p.text as prompt, s.k, s.seed, s.label, sc.score as reward,
  s.artifact_sha256 as sha256, a.media_type as "mediaType", a.byte_size as "byteSize"
from samples s join sample_scores sc on sc.reward_model_id = $1 and sc.sample_id = s.id and sc.rank = 1
join prompts p on p.id = s.prompt_id join artifacts a on a.sha256 = s.artifact_sha256
where s.round_id = $2 and ($3::text is null or $3 = any(p.tags)) and s.prompt_position > $4
order by s.prompt_position limit $5`;

/** Which samples are exported: the best of every prompt, or of every prompt with a tag. */
export interface SftSelection {
  rewardModelId: string;
  roundId: string;
  promptTag: string | null;
}

/** x^h of the selected prompts, in their order. */
export function chosenSamples(db: EntityManager, selection: SftSelection): AsyncGenerator<ChosenSample[]> {
  const { rewardModelId, roundId, promptTag } = selection;
  return pagesOf<ChosenSample>(
    (after) => db.query(CHOSEN_PAGE, [rewardModelId, roundId, promptTag, after?.position ?? -1, PAGE]),
    PAGE,
  );
}

/** Sorts by prompt; the ending says the format. */
function fileName({ position, k, mediaType }: ChosenSample): string {
  const format = Object.values(IMAGE_FORMATS).find((known) => known.mediaType === mediaType);
  return `${String(position).padStart(6, "0")}-k${k}.${format?.extensions[0] ?? "bin"}`;
}

/** `text` is what diffusers' scripts look for, `prompt` what `npm run import` does. */
function metadataLine(sample: ChosenSample): string {
  const { prompt, seed, k, reward, label } = sample;
  return `${JSON.stringify({ file_name: fileName(sample), text: prompt, prompt, seed, k, label, reward })}\n`;
}

/** Takes note of what passes, to compare two readings of the database. */
async function* noted(pages: AsyncIterable<ChosenSample[]>, into: Hash): AsyncGenerator<ChosenSample[]> {
  for await (const page of pages) {
    for (const { position, k, sha256 } of page) into.update(`${position} ${k} ${sha256}\n`);
    yield page;
  }
}

async function* metadata(pages: AsyncIterable<ChosenSample[]>): AsyncGenerator<Uint8Array> {
  for await (const page of pages) yield Buffer.from(page.map(metadataLine).join(""));
}

/**
 * The SFT set of a reward model (section 3.3): x^h of every prompt, as a zip in Hugging Face's imagefolder convention,
 * metadata.jsonl first.
 * @throws Error when ranks change while it is written: the archive then breaks off instead of contradicting itself
 */
export async function* sftImagefolder(
  db: EntityManager,
  store: ReadableStore,
  selection: SftSelection,
): AsyncGenerator<Uint8Array> {
  const zip = new ZipStream();
  const described = createHash("sha256");
  const packed = createHash("sha256");
  yield* zip.streamedFile("metadata.jsonl", metadata(noted(chosenSamples(db, selection), described)));
  const rows = noted(chosenSamples(db, selection), packed);
  for await (const group of groupsByBytes(rows, (row) => row.byteSize, GROUP)) {
    const images = await readImages(
      store,
      group.map((row) => row.sha256),
    );
    for (const [i, row] of group.entries()) yield* zip.file(fileName(row), images[i] as Buffer);
  }
  if (described.digest("hex") !== packed.digest("hex"))
    throw new Error("The ranks changed while the set was exported; export it again.");
  yield* zip.end();
}
