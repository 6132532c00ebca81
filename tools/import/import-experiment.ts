import { type ApiClient, ApiError } from "../../shared/api-client.ts";
import * as operations from "../demo/operations.ts";
import {
  type ImportItem,
  type ImportProblem,
  type ProxyImportItem,
  readImageFolder,
  readProxyFolder,
} from "./imagefolder.ts";

export interface ImportRequest {
  /** Of the experiment, its prompt set, proxy set and policy. */
  name: string;
  /** Folder, tar or zip with metadata.jsonl: the policy's outputs. */
  samples: string;
  /** Folder, tar or zip of images: the Preference Proxy Data. */
  proxy: string;
  encoder?: string;
  onProblem?: (problem: ImportProblem) => void;
}

export interface ImportReport {
  experimentId: string;
  roundId: string;
  samples: number;
  proxyImages: number;
  problems: number;
}

/** Answers of the server that concern one image; the rest of the import goes on. */
const REFUSALS = new Set(["IMAGE_REFUSED", "TOO_LARGE"]);
const ROWS_A_REQUEST = 5000;

type Uploaded<T> = Omit<T, "bytes"> & { artifactSha256: string };

/** Uploads what can be read; what can't, or what the server refuses, is reported and left out. */
async function upload<T extends ImportItem | ProxyImportItem>(
  client: ApiClient,
  items: AsyncIterable<T | ImportProblem>,
  onProblem: (problem: ImportProblem) => void,
): Promise<Uploaded<T>[]> {
  const uploaded: Uploaded<T>[] = [];
  for await (const item of items) {
    if (item.kind === "problem") {
      onProblem(item);
      continue;
    }
    const { bytes, ...rest } = item;
    try {
      uploaded.push({ ...rest, artifactSha256: await client.upload(new Uint8Array(bytes), "IMAGE", item.fileName) });
    } catch (error) {
      if (!(error instanceof ApiError && REFUSALS.has(error.code))) throw error;
      onProblem({
        kind: "problem",
        file: item.fileName,
        line: null,
        reason: error.message,
        fix: "Mend or remove the file.",
      });
    }
  }
  return uploaded;
}

/** Runs a creating mutation. @returns the new object's id */
async function create(client: ApiClient, operation: string, input: Record<string, unknown>): Promise<string> {
  const answer = await client.ask<Record<string, Record<string, { id: string }>>>(operation, { input });
  const made = Object.values(Object.values(answer)[0] ?? {})[0];
  if (!made) throw new Error("The server answered without the object it made.");
  return made.id;
}

/**
 * Makes an experiment with round 1 from a lab's own files: prompts in the order of metadata.jsonl, K the largest number of
 * images that a prompt has. @throws ApiError NAME_TAKEN when the name is in use, BAD_INPUT when too little is left to import
 */
export async function importExperiment(client: ApiClient, request: ImportRequest): Promise<ImportReport> {
  const { name, encoder } = request;
  let problems = 0;
  const onProblem = (found: ImportProblem): void => {
    problems++;
    request.onProblem?.(found);
  };
  const samples = await upload(client, readImageFolder(request.samples), onProblem);
  const proxy = await upload(client, readProxyFolder(request.proxy), onProblem);
  samples.sort((a, b) =>
    a.metadataFile === b.metadataFile ? a.line - b.line : a.metadataFile < b.metadataFile ? -1 : 1,
  );
  const positions = new Map<string, number>();
  for (const { prompt } of samples) if (!positions.has(prompt)) positions.set(prompt, positions.size);
  const prompts = [...positions.keys()].map((text) => ({ text }));
  const k = samples.reduce((largest, sample) => Math.max(largest, sample.k + 1), 2);
  const promptSetId = await create(client, operations.CREATE_PROMPT_SET, { name, source: request.samples, prompts });
  const items = proxy.map(({ artifactSha256, fileName }) => ({ artifactSha256, fileName }));
  const proxySetId = await create(client, operations.CREATE_PROXY_SET, { name, source: request.proxy, items });
  const basePolicyId = await create(client, operations.CREATE_POLICY, {
    name,
    origin: "IMPORTED",
    generator: request.samples,
  });
  const experimentId = await create(client, operations.CREATE_EXPERIMENT, {
    name,
    promptSetId,
    proxySetId,
    basePolicyId,
    k,
    encoder,
  });
  const roundId = await create(client, operations.OPEN_ROUND, { experimentId, index: 1 });
  const rows = samples.map(({ prompt, k: place, seed, label, artifactSha256 }) => ({
    promptPosition: positions.get(prompt),
    k: place,
    seed,
    label,
    artifactSha256,
  }));
  for (let i = 0; i < rows.length; i += ROWS_A_REQUEST)
    await client.ask(operations.LOG_SAMPLES, { input: { roundId, samples: rows.slice(i, i + ROWS_A_REQUEST) } });
  return { experimentId, roundId, samples: samples.length, proxyImages: proxy.length, problems };
}
