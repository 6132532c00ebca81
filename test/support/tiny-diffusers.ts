import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";

/** Made by tools/reference/diffusers_models.py. */
const FIXTURES = new URL("../fixtures/diffusers/", import.meta.url);
export type TinyPipeline = "sd15" | "sd15-half" | "sdxl";

export interface ReferenceImage {
  readonly prompt: string;
  readonly seed: number;
  readonly steps: number;
  readonly guidance: number;
  readonly scheduler: string | null;
  /** the first numbers of the noise that it starts from */
  readonly latents: readonly number[];
  /** base64 of RGB bytes, 32 x 32 */
  readonly pixels: string;
}
interface Tokens {
  readonly prompt: string;
  readonly ids: readonly number[];
}
export interface PipelineReference {
  readonly images: readonly ReferenceImage[];
  readonly tokens: {
    readonly tokenizer: readonly Tokens[];
    readonly tokenizer_2: readonly Tokens[];
    /** tokenizer.json of the first */
    readonly whole: object;
  };
}

/** What diffusers' own pipelines give with these models. */
export const pipelineReferences = async (): Promise<Record<"sd15" | "sdxl", PipelineReference>> =>
  JSON.parse(await readFile(new URL("images.fixture.json", FIXTURES), { encoding: "utf8" }));

/** Unpacks a tiny random model, as optimum exports it, into a new temporary folder, which the caller removes. */
export async function unpackTinyPipeline(name: TinyPipeline): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `tiny-${name}-`));
  const archive = createReadStream(new URL(`${name}.tar.gz`, FIXTURES))
    .pipe(createGunzip())
    .pipe(extract());
  for await (const entry of archive) {
    const file = join(folder, entry.header.name);
    if (entry.header.type === "file") {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, await buffer(entry));
    } else entry.resume();
  }
  return folder;
}
