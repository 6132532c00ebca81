import { createHash } from "node:crypto";
import { type ApiClient, ApiError } from "../../shared/api-client.ts";
import { concurrently } from "../client/concurrently.ts";
import { IMAGE } from "../client/operations.ts";
import { type ImportProblem, problem } from "./import-item.ts";

const UPLOADS_AT_ONCE = 8;
/** Answers of the server that concern one image; the rest of the import goes on. */
const REFUSALS = new Set(["IMAGE_REFUSED", "TOO_LARGE"]);

type Uploaded<T> = Omit<T, "bytes"> & { artifactSha256: string };

/** Uploads an image unless the server has it. @returns its SHA-256. @throws ApiError */
export async function uploadImage(client: ApiClient, bytes: Buffer, fileName: string): Promise<string> {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const { artifact } = await client.ask<{ artifact: { kind: string } | null }>(IMAGE, { sha256 });
  return artifact?.kind === "IMAGE" ? sha256 : client.upload(new Uint8Array(bytes), "IMAGE", fileName);
}

/** Uploads images, several at once. @returns what went in, and problems: those passed on and the server's refusals */
export function uploadImages<T extends { kind: "item"; fileName: string; bytes: Buffer }>(
  client: ApiClient,
  items: AsyncIterable<T | ImportProblem>,
): AsyncIterable<Uploaded<T> | ImportProblem> {
  return concurrently(items, UPLOADS_AT_ONCE, async (item) => {
    if (item.kind === "problem") return item;
    const { bytes, ...rest } = item;
    try {
      return { ...rest, artifactSha256: await uploadImage(client, bytes, item.fileName) };
    } catch (error) {
      if (!(error instanceof ApiError && REFUSALS.has(error.code))) throw error;
      return problem(item.fileName, null, { reason: error.message, fix: "Mend or remove the file." });
    }
  });
}
