import type { ApiClient } from "../../shared/api-client.ts";
import * as operations from "../client/operations.ts";
import { evalPrompts } from "./eval-prompts.ts";
import { type ImportProblem, listImages, readImageFolder, readProxyFolder } from "./imagefolder.ts";
import { type ImportItem, problem, SourceError } from "./import-item.ts";
import type { MetadataRow } from "./metadata.ts";
import { listPairs, type Preference, pairFile, readPairImages } from "./pair-file.ts";
import { registerExperiment } from "./register.ts";
import { uploadImages } from "./upload.ts";

export interface ImportRequest {
  /** Of the experiment, its prompt set, proxy set and policy. */
  name: string;
  /** Folder, tar or zip with metadata.jsonl, or a file of pairs: the policy's outputs. */
  samples: string;
  /** Folder, tar or zip of images: the Preference Proxy Data. */
  proxy: string;
  /** Share of the prompts that are tagged "eval", the others "train"; 0 tags none. */
  evalShare: number;
  encoder?: string;
  /** t, 1 by default. A later round has the same prompts and proxy images, and a policy of its own. */
  round?: number;
  policy?: string;
  onProblem?: (problem: ImportProblem) => void;
  /** @param total how many there will be, null where an archive does not say */
  onProgress?: (part: "proxy" | "samples", done: number, total: number | null) => void;
}

export interface ImportReport {
  experimentId: string;
  roundId: string;
  k: number;
  prompts: number;
  evalPrompts: number;
  /** Samples and proxy images of these files that the server has, whether they went in now or before. */
  samples: number;
  proxyImages: number;
  /** Of a file of pairs. */
  preferences: { promptPosition: number; chosenK: number; rejectedK: number }[];
  refused: ImportProblem[];
}

/** The samples, before their bytes are asked for. */
interface SampleSource {
  rows: MetadataRow[];
  preferences: readonly Preference[];
  images(): AsyncIterable<ImportItem | ImportProblem>;
}

/** @throws SourceError */
async function openSamples(source: string): Promise<SampleSource> {
  const pairs = await pairFile(source);
  if (pairs) {
    const list = await listPairs(pairs);
    return { rows: [...list.rows.values()], preferences: list.preferences, images: () => readPairImages(pairs, list) };
  }
  const list = await listImages(source);
  return { rows: [...list.rows.values()], preferences: [], images: () => readImageFolder(source, {}, list) };
}

/** Logged this often, so that an aborted import loses little. */
const ROWS_A_REQUEST = 500;
const FEWEST_PROXY_IMAGES = 2;

type Side = "proxy" | "train" | "eval";

/**
 * Keeps the evaluation honest: refuses an eval prompt's image that is proxy data as well, and an image that stands under a
 * train prompt and an eval prompt. The one met first stays.
 */
class LeakGuard {
  private readonly sides = new Map<string, Side>();
  constructor(
    proxy: readonly { artifactSha256: string }[],
    private readonly evalPrompts: ReadonlySet<string>,
  ) {
    for (const { artifactSha256 } of proxy) this.sides.set(artifactSha256, "proxy");
  }

  refusal(sample: Omit<ImportItem, "bytes"> & { artifactSha256: string }): ImportProblem | null {
    const here: Side = this.evalPrompts.has(sample.prompt) ? "eval" : "train";
    const there = this.sides.get(sample.artifactSha256) ?? here;
    this.sides.set(sample.artifactSha256, there);
    if (there === here || (there === "proxy" && here === "train")) return null;
    const other = { proxy: "a proxy image", train: "an image to train on", eval: "an image to evaluate on" }[there];
    return problem(sample.fileName, sample.line, {
      reason: `The same image is ${other} already, and "${sample.prompt}" is a prompt to ${here === "eval" ? "evaluate" : "train"} on.`,
      fix: "Leave it out on one side.",
    });
  }
}

/** Prompts in the order of metadata.jsonl, tagged by side. */
function planPrompts(rows: readonly MetadataRow[], share: number) {
  const texts = [...new Set(rows.map((row) => row.prompt))];
  const judged = evalPrompts(texts, share);
  const prompts = texts.map((text) => ({ text, tags: share === 0 ? [] : [judged.has(text) ? "eval" : "train"] }));
  return { prompts, judged, positions: new Map(texts.map((text, i) => [text, i])) };
}

/**
 * Makes an experiment with round 1 from a lab's own files: prompts in the order of metadata.jsonl, K the largest number of
 * images that a prompt has. Repeated after a stop it goes on: what is there is not sent again. Files that were refused and
 * are mended go in with the next run. Nothing but images is stored before the first sample has gone in.
 * @throws SourceError when too little is left to import, ContentDiffers when the name holds other content, ApiError
 */
export async function importExperiment(client: ApiClient, request: ImportRequest): Promise<ImportReport> {
  const { name, encoder, evalShare, round, policy, onProgress } = request;
  const refused: ImportProblem[] = [];
  const refuse = (found: ImportProblem): void => {
    refused.push(found);
    request.onProblem?.(found);
  };
  const { rows, preferences, images } = await openSamples(request.samples).catch((error: unknown) => {
    throw error instanceof SourceError ? new SourceError(`${request.samples}: ${error.reason}`, error.fix) : error;
  });
  const { prompts, judged, positions } = planPrompts(rows, evalShare);

  const proxy: { artifactSha256: string; fileName: string }[] = [];
  for await (const item of uploadImages(client, readProxyFolder(request.proxy))) {
    if (item.kind === "problem") refuse(item);
    else proxy.push({ artifactSha256: item.artifactSha256, fileName: item.fileName });
    onProgress?.("proxy", proxy.length, null);
  }
  if (proxy.length < FEWEST_PROXY_IMAGES)
    throw new SourceError(`${request.proxy}: ${proxy.length} proxy images can be used.`, "Give at least two.");

  const k = rows.reduce((largest, row) => Math.max(largest, row.k + 1), 2);
  const sources = { samplesSource: request.samples, proxySource: request.proxy };
  const plan = { name, ...sources, prompts, proxy, k, encoder, round, policy };
  const guard = new LeakGuard(proxy, judged);
  const registered: { experimentId: string; roundId: string }[] = [];
  let samples = 0;
  const batch: Record<string, unknown>[] = [];
  const log = async (): Promise<void> => {
    if (batch.length === 0) return;
    if (registered.length === 0) registered.push(await registerExperiment(client, plan));
    await client.ask(operations.LOG_SAMPLES, {
      input: { roundId: registered[0]?.roundId, samples: batch.splice(0) },
    });
  };
  const places = new Set<string>();
  for await (const item of uploadImages(client, images())) {
    const leak = item.kind === "problem" ? item : guard.refusal(item);
    if (leak) refuse(leak);
    else if (item.kind === "item") {
      const { prompt, k: place, seed, label, artifactSha256 } = item;
      batch.push({ promptPosition: positions.get(prompt), k: place, seed, label, artifactSha256 });
      places.add(`${place} ${prompt}`);
      samples++;
    }
    onProgress?.("samples", samples, rows.length);
    if (batch.length >= ROWS_A_REQUEST) await log();
  }
  await log();
  const [target] = registered;
  if (!target) throw new SourceError(`${request.samples}: no image in it can be used.`, "See what was said of each.");
  return {
    ...target,
    k,
    prompts: prompts.length,
    evalPrompts: judged.size,
    samples,
    proxyImages: proxy.length,
    preferences: preferences
      .filter(
        ({ prompt, chosenK, rejectedK }) => places.has(`${chosenK} ${prompt}`) && places.has(`${rejectedK} ${prompt}`),
      )
      .map(({ prompt, ...pair }) => ({ promptPosition: positions.get(prompt) ?? 0, ...pair })),
    refused,
  };
}
