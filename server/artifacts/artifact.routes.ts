import { pipeline } from "node:stream/promises";
import { type Request, type Response, Router } from "express";
import { z } from "zod";
import { ArtifactKind, Role } from "../../shared/enums.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { requireRole } from "../graphql/authorization.ts";
import type { Principal } from "../graphql/context.ts";
import { type ArtifactService, bytesOf, thumbnailKey } from "./artifact.service.ts";
import { DrawnImages, sendDrawn } from "./drawn-images.ts";
import { CLOSE_PIXELS, closeWebp, frameSheet, movementOf } from "./frame-sheet.ts";
import { THUMBNAIL_SIZES, type ThumbnailSize } from "./image-inspection.ts";

const SHA256 = /^[0-9a-f]{64}$/;

const headers = z.object({
  "X-Artifact-Kind": z.enum(ArtifactKind, `must be one of ${Object.values(ArtifactKind).join(", ")}`),
  "X-Artifact-Sha256": z.string().regex(SHA256, "must be 64 hex digits").optional(),
});

/** What a download calls itself: a name that needs no quoting anywhere. */
const downloadOptions = z.object({
  name: z
    .string()
    .regex(/^\w[\w.-]{0,199}$/, "must be 1 to 200 letters, digits, dots, hyphens or underscores")
    .optional(),
});

/** The percent-encoded name of an upload, for messages only. @throws UserError BAD_INPUT when it is not percent-encoded */
function decodeFileName(header = "upload"): string {
  try {
    return decodeURIComponent(header).slice(0, 300);
  } catch {
    throw new UserError(
      "BAD_INPUT",
      "X-File-Name: must be percent-encoded, as encodeURIComponent does.",
      "X-File-Name",
    );
  }
}

/** How long a client may go on sending what was refused, ms. */
const DISCARD_MS = 10_000;

/** Content never changes under its hash, so a browser may keep it for good. */
const FOREVER = "private, max-age=31536000, immutable";

/** Sheets of frames by the size in their address: for the place of a thumbnail, and to be looked at closely. */
const SHEETS = {
  "160": { most: { edge: 160, pixels: 1_000_000 }, webp: () => ({ quality: 82, effort: 2 }) },
  full: { most: { pixels: CLOSE_PIXELS }, webp: closeWebp },
} as const;
const isSheetSize = (size: unknown): size is keyof typeof SHEETS =>
  typeof size === "string" && Object.hasOwn(SHEETS, size);

/** @returns the range asked for, null for the whole; @throws RangeError when it lies outside the bytes */
export function parseRange(header: string | undefined, size: number): { start: number; end: number } | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (!match || (!match[1] && !match[2])) return null;
  const start = match[1] ? Number(match[1]) : Math.max(0, size - Number(match[2]));
  const end = match[1] && match[2] ? Math.min(Number(match[2]), size - 1) : size - 1;
  if (start > end || start >= size) throw new RangeError("range not satisfiable");
  return { start, end };
}

async function download(artifacts: ArtifactService, request: Request, response: Response): Promise<void> {
  const sha256 = String(request.params.sha256);
  const { name } = parseInput(downloadOptions, { name: request.query.name });
  const artifact = SHA256.test(sha256) ? await artifacts.find(sha256) : null;
  if (!artifact) throw new UserError("NOT_FOUND", "No such artifact.", "sha256");
  const etag = `"${artifact.sha256}"`;
  response.set({
    "Content-Type": artifact.mediaType,
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cache-Control": FOREVER,
    "Accept-Ranges": "bytes",
    ETag: etag,
  });
  if (artifact.kind !== ArtifactKind.IMAGE || name)
    response.set("Content-Disposition", `attachment; filename="${name ?? artifact.sha256}"`);
  if (request.headers["if-none-match"] === etag) {
    response.status(304).end();
    return;
  }
  let range: { start: number; end: number } | null;
  try {
    range = parseRange(request.headers.range, artifact.byteSize);
  } catch {
    response.status(416).set("Content-Range", `bytes */${artifact.byteSize}`).end();
    return;
  }
  if (range) response.status(206).set("Content-Range", `bytes ${range.start}-${range.end}/${artifact.byteSize}`);
  response.set("Content-Length", String(range ? range.end - range.start + 1 : artifact.byteSize));
  await pipeline(artifacts.store.read(artifact.sha256, range ?? undefined), response).catch(ignoreAbort);
}

/** A browser that leaves in mid-download is no error of ours. */
function ignoreAbort(error: NodeJS.ErrnoException): void {
  if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
}

/**
 * Reads on and forgets, so that a refusal reaches a client that is still sending; then hangs up. Closing at once would
 * reset the connection under the answer.
 */
function discardRest(request: Request, response: Response): void {
  response.set("Connection", "close");
  request.resume();
  setTimeout(() => request.destroy(), DISCARD_MS).unref();
}

/**
 * POST /artifacts  body: the bytes; X-Artifact-Kind, optional X-Artifact-Sha256 and X-File-Name.
 * GET /artifacts/:sha256 (ranges; ?name= is what the file is saved as), GET /artifacts/:sha256/thumbnail/:size,
 * GET /artifacts/:sha256/frames/:size (of a clip: all its frames in one picture, how they lie in the header Clip-Frames).
 */
export function artifactRoutes(
  artifacts: ArtifactService,
  principalOf: (request: Request) => Promise<Principal | null>,
): Router {
  const router = Router();
  const sheets = new DrawnImages();
  router.post("/", async (request, response) => {
    requireRole(await principalOf(request), [Role.MEMBER, Role.WORKER]);
    const { "X-Artifact-Kind": kind, "X-Artifact-Sha256": expectedSha256 } = parseInput(headers, {
      "X-Artifact-Kind": request.get("X-Artifact-Kind"),
      "X-Artifact-Sha256": request.get("X-Artifact-Sha256"),
    });
    const fileName = decodeFileName(request.get("X-File-Name"));
    const upload = { kind, fileName, expectedSha256, declaredType: request.get("Content-Type") };
    const artifact = await artifacts.put(request, upload).catch((error: unknown) => {
      discardRest(request, response);
      throw error;
    });
    response.status(201).json(artifact);
  });
  router.get("/:sha256", async (request, response) => {
    requireRole(await principalOf(request), [Role.VIEWER, Role.WORKER]);
    await download(artifacts, request, response);
  });
  router.get("/:sha256/thumbnail/:size", async (request, response) => {
    requireRole(await principalOf(request), [Role.VIEWER]);
    const size = Number(request.params.size) as ThumbnailSize;
    const sha256 = String(request.params.sha256);
    const key = thumbnailKey(sha256, size);
    if (!THUMBNAIL_SIZES.includes(size) || !SHA256.test(sha256) || !(await artifacts.store.has(key)))
      throw new UserError("NOT_FOUND", "No such thumbnail.", "size");
    response.set({ "Content-Type": "image/webp", "X-Content-Type-Options": "nosniff", "Cache-Control": FOREVER });
    await pipeline(artifacts.store.read(key), response).catch(ignoreAbort);
  });
  router.get("/:sha256/frames/:size", async (request, response) => {
    requireRole(await principalOf(request), [Role.VIEWER]);
    const { sha256, size } = request.params;
    const none = new UserError("NOT_FOUND", "No such clip.", "sha256");
    const artifact = SHA256.test(sha256) && isSheetSize(size) ? await artifacts.find(sha256) : null;
    if (!isSheetSize(size) || artifact?.kind !== ArtifactKind.IMAGE) throw none;
    const { most, webp } = SHEETS[size];
    const sheet = await sheets.of(`${sha256} ${size}`, async () => {
      const bytes = await bytesOf(artifacts.store.read(sha256));
      const movement = await movementOf(bytes);
      if (!movement) throw none;
      const drawn = await frameSheet(bytes, movement, most);
      return { webp: await drawn.sheet.webp(webp(movement)).toBuffer(), clip: drawn.clip };
    });
    sendDrawn(sheet, response, FOREVER);
  });
  return router;
}
