import { pipeline } from "node:stream/promises";
import { type Request, type Response, Router } from "express";
import { ExportKind, Role } from "../../shared/enums.ts";
import { UserError } from "../../shared/user-error.ts";
import { requireRole } from "../graphql/authorization.ts";
import type { Principal } from "../graphql/context.ts";
import type { ExportFile, ExportService } from "./export.service.ts";

/** Exports under way at a time: each holds a group of rows with their images in memory. */
const MOST_EXPORTS = 8;
/** A client that takes nothing for so long has gone, ms. */
const STALLED_MS = 120_000;

/** Sends a file at the client's pace. Nothing more is read once the client has gone. */
async function send(request: Request, response: Response, { fileName, mediaType, bytes }: ExportFile): Promise<void> {
  response.set({
    "Content-Type": mediaType,
    "Content-Disposition": `attachment; filename="${fileName}"`,
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cache-Control": "private, no-cache",
  });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  response.setTimeout(STALLED_MS, () => response.destroy());
  response.flushHeaders();
  await pipeline(bytes, response).catch((error: NodeJS.ErrnoException) => {
    // A client that leaves in mid-download is no error of ours.
    if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  });
}

/**
 * GET, for whoever may read: reward-models/:id/pairs.parquet, pairs.jsonl, sft.zip and metrics.csv; rounds/:id/ and
 * proxy-sets/:id/features.safetensors; experiments/:id/ and rounds/:id/metrics.csv;
 * studies/:id/votes.csv and votes.jsonl. Options are in `ExportKind`'s descriptions.
 */
export function exportRoutes(
  files: ExportService,
  principalOf: (request: Request) => Promise<Principal | null>,
): Router {
  const router = Router();
  let running = 0;
  const serve = (path: string, open: (id: string, options: Request["query"]) => Promise<ExportFile>): void => {
    router.get(path, async (request, response) => {
      requireRole(await principalOf(request), [Role.VIEWER]);
      if (running >= MOST_EXPORTS)
        throw new UserError("RATE_LIMITED", `${running} exports are under way; ask again when one of them has ended.`);
      running++;
      try {
        await send(request, response, await open(String(request.params.id), request.query));
      } finally {
        running--;
      }
    });
  };
  for (const [file, kind] of [
    ["pairs.parquet", ExportKind.PAIRS_PARQUET],
    ["pairs.jsonl", ExportKind.PAIRS_JSON_LINES],
  ] as const)
    serve(`/reward-models/:id/${file}`, (id, options) => files.pairs(id, options, kind));
  serve("/reward-models/:id/sft.zip", (id, options) => files.sft(id, options));
  serve("/rounds/:id/features.safetensors", (id, options) => files.features("round", id, options));
  serve("/proxy-sets/:id/features.safetensors", (id, options) => files.features("proxySet", id, options));
  for (const [file, kind] of [
    ["votes.csv", ExportKind.VOTES_CSV],
    ["votes.jsonl", ExportKind.VOTES_JSON_LINES],
  ] as const)
    serve(`/studies/:id/${file}`, (id, options) => files.votes(id, options, kind));
  serve("/experiments/:id/metrics.csv", (id, options) => files.metrics("experiment", id, options));
  serve("/rounds/:id/metrics.csv", (id, options) => files.metrics("round", id, options));
  serve("/reward-models/:id/metrics.csv", (id, options) => files.metrics("rewardModel", id, options));
  return router;
}
